import {
  barRecord,
  HistoryFailed,
  isObject,
  newSessionId,
  NotOffered,
  RestClient,
  type HistoricalPage,
  type History,
  type HistoryOptions,
  type Listing,
  type ParserContext,
  type Unread,
} from '@concord/sources';
import type { RawBar } from '@concord/codec';
import {
  INTERVALS,
  MICROS_PER_SECOND,
  parseFixed,
  type Fixed,
  type Interval,
  type Kind,
  type Micros,
} from '@concord/model';
import type { Candle } from './messages.ts';

/** Candles in one answer at most. */
const PAGE = 350;

const GRANULARITIES: Readonly<Partial<Record<Interval, string>>> = {
  '1m': 'ONE_MINUTE',
  '5m': 'FIVE_MINUTE',
  '15m': 'FIFTEEN_MINUTE',
  '1h': 'ONE_HOUR',
  '1d': 'ONE_DAY',
};

/**
 * Coinbase's past candles, from REST
 * (https://docs.cdp.coinbase.com/api-reference/advanced-trade-api/rest-api/public/get-public-product-candles). Windows without a trade are absent.
 */
export class CoinbaseHistory implements History {
  readonly #rest: RestClient;
  readonly #options: HistoryOptions;

  constructor(restUrl: string, options: HistoryOptions) {
    // 10 requests a second.
    this.#rest = new RestClient({
      baseUrl: restUrl,
      clock: options.machineClock ?? options.clock,
      gapMs: 125,
    });
    this.#options = options;
  }

  pages(
    listing: Listing,
    dataType: Kind,
    interval: Interval | null,
    from: Micros,
    to: Micros,
    signal: AbortSignal | undefined,
  ): AsyncIterable<HistoricalPage> {
    if (dataType !== 'bars' || interval === null)
      throw new NotOffered(`coinbase offers no history of ${dataType}`);
    const granularity = GRANULARITIES[interval];
    if (granularity === undefined) throw new NotOffered(`coinbase offers no bars of ${interval}`);
    return this.#bars(listing, interval, granularity, from, to, signal);
  }

  async *#bars(
    listing: Listing,
    interval: Interval,
    granularity: string,
    from: Micros,
    to: Micros,
    signal: AbortSignal | undefined,
  ): AsyncGenerator<HistoricalPage> {
    const { clock, replica } = this.#options;
    const context: ParserContext = {
      session: newSessionId(listing.source, `${replica}-history`, clock),
      ordinals: { next: 1 },
      listings: new Map([[listing.symbol, listing]]),
    };
    const length = INTERVALS[interval];
    for (let start = Math.ceil(from / length) * length; start < to; start += length * PAGE) {
      const end = Math.min(start + length * (PAGE - 1), Math.ceil(to / length) * length - length);
      const text = await this.#rest.get(
        `/api/v3/brokerage/market/products/${encodeURIComponent(listing.symbol)}/candles`,
        { start: start / MICROS_PER_SECOND, end: end / MICROS_PER_SECOND, granularity, limit: PAGE },
        signal,
      );
      const page = readCandles(text, context, listing, interval, clock.nowMicros());
      const inside = page.filter((bar) => bar.start >= start && bar.start <= end);
      if (inside.length > 0) yield inside;
    }
  }
}

function unreadable(what: string, cause?: unknown): HistoryFailed {
  return new HistoryFailed('history-unreadable', `coinbase: ${what}`, { cause });
}

function decimal(value: unknown): Fixed {
  const fixed = typeof value === 'string' ? parseFixed(value) : undefined;
  if (fixed === undefined) throw unreadable(`expected a decimal, got ${JSON.stringify(value)}`);
  return fixed;
}

/** An answer's candles, oldest first. One is final when its window has passed at `receiveTime`. Throws `HistoryFailed`. */
export function readCandles(
  text: string,
  context: ParserContext,
  listing: Listing,
  interval: Interval,
  receiveTime: Micros,
): RawBar[] {
  let answer: unknown;
  try {
    answer = JSON.parse(text);
  } catch (cause) {
    throw unreadable('the answer is not JSON', cause);
  }
  const candles = isObject(answer) ? answer['candles'] : undefined;
  if (!Array.isArray(candles)) throw unreadable('candles: expected a list');
  const read = candles.map((candle: Unread<Candle>) => {
    const start = typeof candle.start === 'string' ? Number(candle.start) * MICROS_PER_SECOND : NaN;
    if (!Number.isSafeInteger(start)) throw unreadable('start: expected seconds since 1970');
    return {
      start,
      open: decimal(candle.open),
      high: decimal(candle.high),
      low: decimal(candle.low),
      close: decimal(candle.close),
      volume: decimal(candle.volume),
    };
  });
  read.sort((a, b) => a.start - b.start);
  return read.map((bar) =>
    barRecord(context, listing, {
      ...bar,
      receiveTime,
      origin: 'BACKFILL',
      eventTime: null,
      precision: null,
      venueSequence: null,
      interval,
      quoteVolume: null,
      vwap: null,
      tradeCount: null,
      takerBuyVolume: null,
      final: bar.start + INTERVALS[interval] <= receiveTime,
      revision: 0,
    }),
  );
}
