import { INTERVALS, type Interval, type Micros } from '@concord/model';
import type { History, HistoryOptions } from '@concord/sources';
import type { BarReading, TradeReading } from './reading.ts';

/** A trade or bar of a past: the venue's own row of it, and what a person reads from that. */
export interface PastRow {
  readonly row: unknown;
  readonly tells: TradeReading | BarReading;
}

/** A row at its place. */
export interface PlacedRow extends PastRow {
  /** Its number in the past, from 0. */
  readonly n: number;
  /** Time of the trade, start of the bar. */
  readonly at: Micros;
}

/** One list of a venue's past, as its REST answers give it: written from the documentation. */
export interface WrittenPast {
  /** As the venue calls it. Stands in the titles of tests. */
  readonly name: string;
  readonly kind: 'trades' | 'bars';
  /** Of bars; null for trades. */
  readonly interval: Interval | null;
  /** Ids of its trades follow each other: holes are asked for by them. Otherwise by times. */
  readonly isById: boolean;
  /** Rows in one answer at most. */
  readonly pageSize: number;
  /** One answer is all that can be had. Default false. */
  readonly isOnePage?: boolean;
  /** Its times are whole multiples of it, where the venue writes them coarser than in milliseconds. */
  readonly timeUnit?: Micros;
  readonly symbol: string;
  /** Another instrument of the venue, about which it answers by mistake. */
  readonly otherSymbol: string;
  /** Answers, or their rows, say which instrument they are about. */
  readonly isNamed: boolean;
  /** As the ingestor makes it. */
  open(restUrls: readonly string[], options: HistoryOptions): History;
  /** Row `n` of the past of `symbol`. `at` is a whole millisecond, that many trades share; ids of trades go up by one with `n`. */
  row(n: number, at: Micros, symbol: string): PastRow;
  /** The answer to a request, chosen from all rows, oldest first, as the venue is documented to choose: by id or time, so many, in its order. */
  answer(request: URL, rows: readonly PlacedRow[], symbol: string): string | object;
}

/** Noon of a day past. */
export const PAST_FROM: Micros = Date.UTC(2026, 0, 5, 12) * 1_000;
/** Trades that share a time: no page that venues have is a multiple of it, so that borders of pages lie between such. */
const AT_ONCE = 7;
const STEP: Micros = 100_000;
/** Nothing is traded for so long, in the middle. */
const PAUSE: Micros = 3_600_000_000;

export interface MadePast {
  readonly rows: readonly PlacedRow[];
  /** A stretch in which there is nothing. */
  readonly empty: { readonly from: Micros; readonly to: Micros };
}

/** Two and a half pages, or one that is not full where no more can be had. */
export function makePast(past: WrittenPast, symbol = past.symbol): MadePast {
  const count = past.isOnePage === true ? past.pageSize - 1 : Math.floor(past.pageSize * 2.5);
  const half = Math.floor(count / 2);
  const atOf = (n: number): Micros => {
    if (past.interval !== null) return PAST_FROM + n * INTERVALS[past.interval];
    return PAST_FROM + Math.floor(n / AT_ONCE) * Math.max(STEP, past.timeUnit ?? 0) + (n < half ? 0 : PAUSE);
  };
  const rows = Array.from({ length: count }, (_, n) => ({ n, at: atOf(n), ...past.row(n, atOf(n), symbol) }));
  const begin = past.interval === null ? atOf(half - 1) + 60_000_000 : atOf(count + 1);
  return { rows, empty: { from: begin, to: begin + 600_000_000 } };
}
