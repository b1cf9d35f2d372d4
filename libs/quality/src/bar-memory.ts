import type { RawBar } from '@concord/codec';
import type { Fixed, Micros } from '@concord/model';
import { z } from 'zod';

/** Windows remembered per instrument, source and interval. Venues send up to 720 candles at subscription. */
export const WINDOWS_MAX = 1_024;

/** What is remembered of the statement of a window that was passed on last. */
interface Statement {
  readonly session: string;
  readonly revision: number;
  readonly eventTime: Micros | null;
  readonly final: boolean;
  readonly volume: Fixed | null;
  readonly tradeCount: number | null;
  readonly content: string;
}

/**
 * How a bar lies to what was said of its window: `new` (first statement, or one that goes on), `seen` (another session says
 * the same), `back` (another session says less), `not-newer` (the same session without a higher revision).
 */
export type BarCoverage = 'new' | 'seen' | 'back' | 'not-newer';

const statement = z.tuple([
  z.int(),
  z.int().nonnegative(),
  z.int(),
  z.int().nullable(),
  z.boolean(),
  z
    .string()
    .regex(/^-?\d+$/)
    .nullable(),
  z.int().nullable(),
  z.string(),
]);
export const barsSnapshot = z.strictObject({
  sessions: z.array(z.string()),
  intervals: z.array(z.tuple([z.string(), z.int().nullable(), z.array(statement)])),
});
export type BarsSnapshot = z.output<typeof barsSnapshot>;

/** 53-bit hash (two 32-bit multiply-xor lanes) of a bar's values: equal contents are told apart from changed ones without keeping them. */
function digest(bar: RawBar): string {
  const text = `${bar.open} ${bar.high} ${bar.low} ${bar.close} ${bar.volume} ${bar.quoteVolume} ${bar.vwap} ${bar.tradeCount} ${bar.takerBuyVolume} ${bar.final}`;
  let a = 0xdeadbeef;
  let b = 0x41c6ce57;
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    a = Math.imul(a ^ code, 2_654_435_761);
    b = Math.imul(b ^ code, 1_597_334_677);
  }
  a = Math.imul(a ^ (a >>> 16), 2_246_822_507) ^ Math.imul(b ^ (b >>> 13), 3_266_489_909);
  b = Math.imul(b ^ (b >>> 16), 2_246_822_507) ^ Math.imul(a ^ (a >>> 13), 3_266_489_909);
  return (4_294_967_296 * (2_097_151 & b) + (a >>> 0)).toString(36);
}

/** Whether `bar`, of another session, says less than `known`: only a statement that goes on may take its place. */
function goesBack(bar: RawBar, known: Statement): boolean {
  if (bar.final) return false;
  if (bar.eventTime !== null && known.eventTime !== null && bar.eventTime !== known.eventTime)
    return bar.eventTime < known.eventTime;
  if (known.final) return true;
  if (bar.volume !== null && known.volume !== null && bar.volume !== known.volume)
    return bar.volume < known.volume;
  return bar.tradeCount !== null && known.tradeCount !== null && bar.tradeCount < known.tradeCount;
}

interface Windows {
  /** Highest start among LIVE bars. */
  newest: Micros | null;
  /** By start, the longest untouched first. */
  readonly statements: Map<Micros, Statement>;
}

/** The newest statement of each window, per interval. A window that was forgotten may be stated again: statements replace each other. */
export class BarMemory {
  readonly #intervals = new Map<string, Windows>();

  constructor(snapshot?: BarsSnapshot) {
    for (const [interval, newest, rows] of snapshot?.intervals ?? []) {
      const statements = rows.map(
        ([start, session, revision, eventTime, final, volume, tradeCount, content]): [Micros, Statement] => [
          start,
          {
            session: snapshot?.sessions[session] ?? '',
            revision,
            eventTime,
            final,
            volume: volume === null ? null : BigInt(volume),
            tradeCount,
            content,
          },
        ],
      );
      this.#intervals.set(interval, { newest, statements: new Map(statements) });
    }
  }

  coverage(bar: RawBar): BarCoverage {
    const known = this.#intervals.get(bar.interval)?.statements.get(bar.start);
    if (known === undefined) return 'new';
    if (known.session === bar.session) return bar.revision > known.revision ? 'new' : 'not-newer';
    if (known.content === digest(bar)) return 'seen';
    return goesBack(bar, known) ? 'back' : 'new';
  }

  /** Start of the newest LIVE window of the interval. */
  newest(interval: string): Micros | null {
    return this.#intervals.get(interval)?.newest ?? null;
  }

  add(bar: RawBar): void {
    let windows = this.#intervals.get(bar.interval);
    if (windows === undefined) {
      windows = { newest: null, statements: new Map() };
      this.#intervals.set(bar.interval, windows);
    }
    if (bar.origin === 'LIVE' && (windows.newest === null || bar.start > windows.newest))
      windows.newest = bar.start;
    const { statements } = windows;
    statements.delete(bar.start);
    const { session, revision, eventTime, final, volume, tradeCount } = bar;
    statements.set(bar.start, {
      session,
      revision,
      eventTime,
      final,
      volume,
      tradeCount,
      content: digest(bar),
    });
    if (statements.size > WINDOWS_MAX) statements.delete(statements.keys().next().value as Micros);
  }

  toSnapshot(): BarsSnapshot {
    const places = new Map<string, number>();
    const place = (session: string): number => {
      const known = places.get(session);
      if (known !== undefined) return known;
      places.set(session, places.size);
      return places.size - 1;
    };
    const intervals = [...this.#intervals].map(
      ([interval, { newest, statements }]): BarsSnapshot['intervals'][number] => [
        interval,
        newest,
        [...statements].map(([start, s]) => [
          start,
          place(s.session),
          s.revision,
          s.eventTime,
          s.final,
          s.volume?.toString() ?? null,
          s.tradeCount,
          s.content,
        ]),
      ],
    );
    return { sessions: [...places.keys()], intervals };
  }
}
