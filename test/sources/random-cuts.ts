import { readFileSync } from 'node:fs';
import { decodeMarker, type Codec } from '@concord/codec';
import { readCommitted } from '@concord/kafka';
import type { Clock, Logger } from '@concord/runtime';
import { ManualClock } from '@concord/testkit';
import type { Fault } from '@concord/venues';

/** Milliseconds between two faults, at most. */
const PAUSE_MS_MAX = 4_000;

/** What may happen to a venue, each within seconds. Rates, limits and repairs must cope with all of it. */
const FAULTS: readonly Fault[] = [
  { kind: 'cut' },
  { kind: 'cut' },
  { kind: 'cut-mid-frame' },
  { kind: 'gap', data: 'trades', count: 3 },
  { kind: 'duplicate', data: 'trades', count: 2 },
  { kind: 'reorder', data: 'trades', count: 2 },
  { kind: 'garbage' },
  { kind: 'planned-cut' },
  { kind: 'refuse-upgrade', durationMs: 2_000 },
  { kind: 'rest-down', durationMs: 3_000 },
  { kind: 'rest-lag', durationMs: 5_000 },
];

export interface Shaking {
  /** Where faults are commanded. */
  readonly controlUrl: string;
  readonly venues: readonly string[];
  readonly durationMs: number;
  readonly clock: Clock;
  readonly seed: number;
  readonly signal?: AbortSignal;
}

/** Commits faults at random moments at random venues, for so long; tells how many of each. */
export async function shake(options: Shaking): Promise<Record<string, number>> {
  const { controlUrl, venues, durationMs, clock, seed, signal } = options;
  const chance = new ManualClock({ seed });
  const counts: Record<string, number> = {};
  const endMs = clock.monotonicMs() + durationMs;
  const one = <T>(list: readonly T[]): T => list[Math.floor(chance.random() * list.length)] as T;
  while (clock.monotonicMs() < endMs && signal?.aborted !== true) {
    await clock.sleep(chance.random() * PAUSE_MS_MAX, signal);
    const fault = { ...one(FAULTS), venue: one(venues) };
    const response = await fetch(`${controlUrl}/control/fault`, {
      method: 'POST',
      body: JSON.stringify(fault),
    });
    if (!response.ok) throw new Error(`the venue refused ${JSON.stringify(fault)}: ${await response.text()}`);
    counts[fault.kind] = (counts[fault.kind] ?? 0) + 1;
  }
  return counts;
}

/** Ids of trades, by `venue instrument`. */
export type IdSets = ReadonlyMap<string, ReadonlySet<string>>;

/** Ids of the trades that venues made within [from, to), real microseconds; `undefined` until the file, which is written in pieces, goes beyond. */
export function tradesMade(truthFile: string, from: number, to: number): IdSets | undefined {
  const made = new Map<string, Set<string>>();
  let reached = 0;
  for (const line of readFileSync(truthFile, 'utf8').split('\n')) {
    if (!line.startsWith('{"kind":"trades"') || !line.endsWith('}')) continue;
    const value = JSON.parse(line) as { venue: string; instrument: string; id: string; sentAt: number };
    reached = Math.max(reached, value.sentAt);
    if (value.sentAt < from || value.sentAt >= to) continue;
    const key = `${value.venue} ${value.instrument}`;
    const ids = made.get(key) ?? new Set();
    made.set(key, ids.add(value.id));
  }
  return reached >= to ? made : undefined;
}

/** What stands in `clean.trades`: ids, ids that stand there twice, and ids that markers say cannot be had. */
export interface CleanTrades {
  readonly ids: IdSets;
  readonly doubled: readonly string[];
  readonly stated: IdSets;
  /** Holes that could not be repaired and whose size nobody can say, by `venue instrument`. */
  readonly unknown: ReadonlyMap<string, number>;
}

export async function cleanTrades(
  brokers: readonly string[],
  prefix: string,
  codec: Codec,
  logger: Logger,
): Promise<CleanTrades> {
  const ids = new Map<string, Set<string>>();
  const stated = new Map<string, Set<string>>();
  const unknown = new Map<string, number>();
  const doubled: string[] = [];
  const kafka = { brokers, clientId: 'clean-trades' };
  await using reader = await readCommitted({
    kafka,
    topics: ['clean.trades'],
    prefix,
    logger,
    from: 'beginning',
    until: 'end',
  });
  for await (const { value, headers } of reader) {
    if (value === null) {
      const marker = decodeMarker(headers);
      if (!marker.ok || marker.marker.type !== 'repair' || marker.marker.outcome !== 'unrepairable') continue;
      const { source, instrument, firstId, lastId } = marker.marker;
      const key = `${source} ${instrument}`;
      if (firstId === null) unknown.set(key, (unknown.get(key) ?? 0) + 1);
      else for (let id = Number(firstId); id <= Number(lastId); id++) put(stated, key, String(id));
      continue;
    }
    const decoded = codec.decode('clean.trades', value);
    if (!decoded.ok) throw new Error(decoded.message);
    const { source, instrument, firstId, lastId, idKind } = decoded.value;
    const key = `${source} ${instrument}`;
    for (const id of idKind === 'TRADE' ? span(firstId, lastId) : [lastId ?? '']) {
      if (!put(ids, key, id)) doubled.push(`${key} ${id}`);
    }
  }
  return { ids, doubled, stated, unknown };
}

/** Ids of `made` that are neither there nor stated as lost. */
export function silentlyLost(made: IdSets, clean: CleanTrades): string[] {
  return [...made].flatMap(([key, ids]) =>
    [...ids]
      .filter((id) => clean.ids.get(key)?.has(id) !== true && clean.stated.get(key)?.has(id) !== true)
      .map((id) => `${key} ${id}`),
  );
}

function put(sets: Map<string, Set<string>>, key: string, id: string): boolean {
  const set = sets.get(key) ?? new Set();
  sets.set(key, set);
  const isNew = !set.has(id);
  set.add(id);
  return isNew;
}

function span(first: string | null, last: string | null): string[] {
  const from = Number(first);
  return Array.from({ length: Number(last) - from + 1 }, (_, index) => String(from + index));
}
