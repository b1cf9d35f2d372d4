import { createReadStream } from 'node:fs';
import { createInterface } from 'node:readline';
import { decodeMarker, type CleanTrade, type Codec } from '@concord/codec';
import { readCommitted } from '@concord/kafka';
import { formatFixed, MICROS_PER_SECOND, parseFixed, type Fixed } from '@concord/model';
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

/** Venues that are shaken alike. */
interface Group {
  readonly venues: readonly string[];
  readonly faults: readonly Fault[];
  readonly pauseMsMax: number;
  /** Whether each of the faults is committed once, in their order, before chance takes its pick. */
  readonly isEachFirst: boolean;
}

/** Venues with faults of their own, and time to serve between two of them. */
const FAULTS_OF: Readonly<Record<string, Omit<Group, 'venues'>>> = {
  // It numbers nothing: what is repeated or left out on an open connection nobody could tell.
  ib: {
    faults: [
      { kind: 'connectivity-lost', durationMs: 2_000, dataLost: true },
      { kind: 'cut' },
      { kind: 'connectivity-lost', durationMs: 2_000 },
      { kind: 'restart', durationMs: 3_000 },
      { kind: 'cut-mid-frame' },
      { kind: 'market-farm-broken', durationMs: 2_000 },
      { kind: 'refuse-upgrade', durationMs: 2_000 },
      { kind: 'garbage' },
    ],
    pauseMsMax: 10_000,
    isEachFirst: true,
  },
};

/** Venues whose trade ids have no arithmetic. */
const OPAQUE: readonly string[] = ['bybit'];

export interface Shaking {
  /** Where faults are commanded. */
  readonly controlUrl: string;
  readonly venues: readonly string[];
  readonly durationMs: number;
  readonly clock: Clock;
  readonly seed: number;
  readonly signal?: AbortSignal;
}

/** Commits faults at random moments at random venues, for so long; tells how many of each at each venue. */
export async function shake(options: Shaking): Promise<Record<string, number>> {
  const { venues, clock, durationMs, seed } = options;
  const counts: Record<string, number> = {};
  const until = clock.monotonicMs() + durationMs;
  const alike = venues.filter((venue) => FAULTS_OF[venue] === undefined);
  const others = venues.flatMap((venue) => {
    const own = FAULTS_OF[venue];
    return own === undefined ? [] : [{ venues: [venue], ...own }];
  });
  const groups = [{ venues: alike, faults: FAULTS, pauseMsMax: PAUSE_MS_MAX, isEachFirst: false }, ...others];
  await Promise.all(groups.map((group, index) => shakeGroup(options, group, seed + index, until, counts)));
  return counts;
}

async function shakeGroup(
  { controlUrl, clock, signal }: Shaking,
  { venues, faults, pauseMsMax, isEachFirst }: Group,
  seed: number,
  until: number,
  counts: Record<string, number>,
): Promise<void> {
  const chance = new ManualClock({ seed });
  const one = <T>(list: readonly T[]): T => list[Math.floor(chance.random() * list.length)] as T;
  const first = isEachFirst ? [...faults] : [];
  for (;;) {
    await clock.sleep(chance.random() * pauseMsMax, signal);
    if (clock.monotonicMs() >= until || signal?.aborted === true) return;
    const venue = one(venues);
    const fault = { ...(first.shift() ?? one(faults)), venue };
    // A frame that is swallowed on an open socket leaves no trace where ids have no arithmetic.
    if (fault.kind === 'gap' && OPAQUE.includes(venue)) continue;
    const response = await fetch(`${controlUrl}/control/fault`, {
      method: 'POST',
      body: JSON.stringify(fault),
    });
    if (!response.ok) throw new Error(`the venue refused ${JSON.stringify(fault)}: ${await response.text()}`);
    const name = `${venue} ${fault.kind}${fault.dataLost === true ? ', data lost' : ''}`;
    counts[name] = (counts[name] ?? 0) + 1;
  }
}

/** Trades that venues made: by `venue instrument`, the venue's time of each id, microseconds. */
export type TradesMade = ReadonlyMap<string, ReadonlyMap<string, number>>;

/** Venues' clocks differ from the real one by less. */
const CLOCKS_DIFFER = 2 * MICROS_PER_SECOND;

/**
 * Trades that venues made within [from, to), real microseconds, and of venues that number none the prints of whole seconds therein; `undefined` until the
 * file, which is written in pieces, goes beyond.
 */
export async function tradesMade(
  truthFile: string,
  from: number,
  to: number,
): Promise<TradesMade | undefined> {
  const made = new Map<string, Map<string, number>>();
  const isWithin = wholeSeconds(from, to);
  let reached = 0;
  // After minutes it is longer than a string can be.
  for await (const line of createInterface({ input: createReadStream(truthFile) })) {
    if (!line.startsWith('{"kind":"trades"') || !line.endsWith('}')) continue;
    const value = JSON.parse(line) as TruthLine;
    reached = Math.max(reached, value.sentAt);
    const isNumberless = NUMBERLESS.includes(value.venue);
    const isOutside = isNumberless
      ? value.sampled === true || !isWithin(value.venueAt)
      : value.sentAt < from || value.sentAt >= to;
    if (isOutside) continue;
    const key = `${value.venue} ${value.instrument}`;
    const ids = made.get(key) ?? new Map<string, number>();
    made.set(key, ids);
    for (const id of isNumberless ? [printId(ids, printOf(value))] : idsOf(value)) ids.set(id, value.venueAt);
  }
  return reached >= to + CLOCKS_DIFFER ? made : undefined;
}

/** How many trades were made, at one venue or all. */
export function countOf(made: TradesMade, venue = ''): number {
  return [...made].reduce((sum, [key, ids]) => sum + (key.startsWith(venue) ? ids.size : 0), 0);
}

interface TruthLine {
  readonly venue: string;
  readonly instrument: string;
  readonly id: string;
  readonly firstTradeId?: string;
  readonly sentAt: number;
  readonly venueAt: number;
  readonly price: string;
  readonly size: string;
  readonly sampled?: boolean;
}

/** What stands in `clean.trades`, by `venue instrument`. */
export interface CleanTrades {
  readonly ids: ReadonlyMap<string, ReadonlySet<string>>;
  readonly doubled: readonly string[];
  /** Ids that markers say cannot be had. */
  readonly stated: ReadonlyMap<string, ReadonlySet<string>>;
  /** Where ids have no arithmetic: spans of event time of which markers say that not everything could be had. */
  readonly spans: ReadonlyMap<string, readonly Span[]>;
}

interface Span {
  readonly from: number;
  to: number;
  lost: boolean | undefined;
}

export async function cleanTrades(
  brokers: readonly string[],
  prefix: string,
  codec: Codec,
  logger: Logger,
): Promise<CleanTrades> {
  const ids = new Map<string, Set<string>>();
  const stated = new Map<string, Set<string>>();
  const spans = new Map<string, Span[]>();
  const newest = new Map<string, number>();
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
      const decoded = decodeMarker(headers);
      if (!decoded.ok || (decoded.marker.type !== 'repair' && decoded.marker.type !== 'gap')) continue;
      const { marker } = decoded;
      const key = `${marker.source} ${marker.instrument}`;
      if (marker.firstId === null) follow(spans, key, newest.get(key) ?? 0, marker);
      else if (marker.type === 'repair' && marker.outcome === 'unrepairable') {
        for (const id of span(marker.firstId, marker.lastId)) put(stated, key, id);
      }
      continue;
    }
    const decoded = codec.decode('clean.trades', value);
    if (!decoded.ok) throw new Error(decoded.message);
    const { source, instrument, origin, eventTime } = decoded.value;
    const key = `${source} ${instrument}`;
    for (const id of cleanIds(decoded.value, ids.get(key))) {
      if (!put(ids, key, id)) doubled.push(`${key} ${id}`);
    }
    if (origin === 'BACKFILL') continue;
    // Times of prints are whole seconds: what was missed may be of the same.
    const within = NUMBERLESS.includes(source) ? MICROS_PER_SECOND - 1 : 0;
    for (const open of spans.get(key) ?? [])
      if (open.to === Infinity) open.to = (eventTime ?? Infinity) + within;
    newest.set(key, Math.max(newest.get(key) ?? 0, eventTime ?? 0));
  }
  return { ids, doubled, stated, spans };
}

/** A hole without ids begins after the newest trade before it, ends with the next live one, and is told of again when it is known what became of it. */
function follow(
  spans: Map<string, Span[]>,
  key: string,
  from: number,
  marker: { readonly type: 'gap' } | { readonly type: 'repair'; readonly outcome: string },
): void {
  const list = spans.get(key) ?? [];
  spans.set(key, list);
  if (marker.type === 'gap') {
    list.push({ from, to: Infinity, lost: undefined });
    return;
  }
  const told = list.find(({ lost }) => lost === undefined);
  if (told !== undefined) told.lost = marker.outcome === 'unrepairable';
}

/** Ids of `made` that are neither there nor stated as lost. */
export function silentlyLost(made: TradesMade, clean: CleanTrades): string[] {
  return [...made].flatMap(([key, ids]) => {
    const spans = (clean.spans.get(key) ?? []).filter(({ lost }) => lost === true);
    const isStated = (id: string, at: number): boolean =>
      clean.stated.get(key)?.has(id) === true || spans.some(({ from, to }) => at >= from && at <= to);
    return [...ids]
      .filter(([id, at]) => clean.ids.get(key)?.has(id) !== true && !isStated(id, at))
      .map(([id]) => `${key} ${id}`);
  });
}

/** What stands in `clean.trades` more than once, or was never made, from `from` to `to`. */
export function doubled(made: TradesMade, clean: CleanTrades, from: number, to: number): string[] {
  const isWithin = wholeSeconds(from, to);
  const prints = [...clean.ids].flatMap(([key, ids]) => {
    if (!NUMBERLESS.some((venue) => key.startsWith(`${venue} `))) return [];
    return [...ids]
      .filter((id) => isWithin(Number.parseInt(id, 10)) && made.get(key)?.has(id) !== true)
      .map((id) => `${key} ${id}`);
  });
  return [...clean.doubled, ...prints];
}

/** Ids of `made` that are missing, stated or not. */
export function lost(made: TradesMade, clean: CleanTrades): string[] {
  return [...made].flatMap(([key, ids]) =>
    [...ids.keys()].filter((id) => clean.ids.get(key)?.has(id) !== true).map((id) => `${key} ${id}`),
  );
}

/** Venues that number no trades: a print is told by its second, price and size, and by how many alike came before it. */
const NUMBERLESS: readonly string[] = ['ib'];

function wholeSeconds(from: number, to: number): (at: number) => boolean {
  const [first, end] = [Math.ceil(from / MICROS_PER_SECOND), Math.floor(to / MICROS_PER_SECOND)];
  return (at) => at >= first * MICROS_PER_SECOND && at < end * MICROS_PER_SECOND;
}

function printText(at: number, price: Fixed, size: Fixed): string {
  const second = Math.floor(at / MICROS_PER_SECOND) * MICROS_PER_SECOND;
  return `${second} ${formatFixed(price)} ${formatFixed(size)}`;
}

function printOf({ venueAt, price, size }: TruthLine): string {
  return printText(venueAt, parseFixed(price) ?? 0n, parseFixed(size) ?? 0n);
}

function printId(known: { has(id: string): boolean } | undefined, text: string): string {
  for (let alike = 1; ; alike++) {
    const id = `${text} ${alike}`;
    if (known?.has(id) !== true) return id;
  }
}

function cleanIds(trade: CleanTrade, known: ReadonlySet<string> | undefined): string[] {
  const { source, firstId, lastId, idKind, eventTime, price, size, sampled } = trade;
  if (NUMBERLESS.includes(source))
    return sampled || eventTime === null ? [] : [printId(known, printText(eventTime, price, size))];
  return idKind === 'TRADE' ? span(firstId, lastId) : [lastId ?? ''];
}

/** A merged trade of OKX covers the ids of its fills; Binance's aggregate has an id of its own. */
function idsOf({ venue, id, firstTradeId }: TruthLine): string[] {
  return venue === 'binance' || firstTradeId === undefined ? [id] : span(firstTradeId, id);
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
