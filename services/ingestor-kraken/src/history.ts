import {
  barRecord,
  HistoryFailed,
  isExactObject,
  newSessionId,
  NotOffered,
  parseExactJson,
  RestClient,
  tradeRecord,
  type ExactJson,
  type HistoricalPage,
  type History,
  type HistoryOptions,
  type Listing,
  type ParserContext,
} from '@concord/sources';
import type { RawBar, RawTrade } from '@concord/codec';
import {
  INTERVALS,
  MICROS_PER_SECOND,
  parseFixed,
  type Fixed,
  type Interval,
  type Kind,
  type Micros,
} from '@concord/model';

const TRADES_PAGE = 1_000;

const MINUTES: Readonly<Partial<Record<Interval, number>>> = {
  '1m': 1,
  '5m': 5,
  '15m': 15,
  '1h': 60,
  '4h': 240,
  '1d': 1_440,
};

/**
 * Kraken's past, from REST: trades from a cursor in nanoseconds, and the last 720 bars of an interval - older ones are not to be had
 * (https://docs.kraken.com/api/docs/rest-api/get-recent-trades, …/get-ohlc-data).
 */
export class KrakenHistory implements History {
  readonly #rest: RestClient;
  readonly #options: HistoryOptions;

  constructor(restUrl: string, options: HistoryOptions) {
    // About one public request a second for an address.
    this.#rest = new RestClient({
      baseUrl: restUrl,
      clock: options.machineClock ?? options.clock,
      gapMs: 1_000,
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
    const context = this.#context(listing);
    if (dataType === 'trades') return this.#trades(context, listing, from, to, signal);
    if (dataType !== 'bars' || interval === null)
      throw new NotOffered(`kraken offers no history of ${dataType}`);
    const minutes = MINUTES[interval];
    if (minutes === undefined) throw new NotOffered(`kraken offers no bars of ${interval}`);
    return this.#bars(context, listing, interval, minutes, from, to, signal);
  }

  #context(listing: Listing): ParserContext {
    const { clock, replica } = this.#options;
    return {
      session: newSessionId(listing.source, `${replica}-history`, clock),
      ordinals: { next: 1 },
      listings: new Map([[listing.symbol, listing]]),
    };
  }

  async *#bars(
    context: ParserContext,
    listing: Listing,
    interval: Interval,
    minutes: number,
    from: Micros,
    to: Micros,
    signal: AbortSignal | undefined,
  ): AsyncGenerator<HistoricalPage> {
    const text = await this.#rest.get(
      '/0/public/OHLC',
      // `since` is exclusive.
      { pair: listing.symbol, interval: minutes, since: Math.ceil(from / MICROS_PER_SECOND) - 1 },
      signal,
    );
    const bars = readBars(text, context, listing, interval, this.#options.clock.nowMicros());
    const inside = bars.filter(({ start }) => start >= from && start < to);
    if (inside.length > 0) yield inside;
  }

  async *#trades(
    context: ParserContext,
    listing: Listing,
    from: Micros,
    to: Micros,
    signal: AbortSignal | undefined,
  ): AsyncGenerator<HistoricalPage> {
    // Nanoseconds, of which `since` is exclusive.
    let since = String(BigInt(from) * 1_000n - 1n);
    for (;;) {
      const text = await this.#rest.get(
        '/0/public/Trades',
        { pair: listing.symbol, since, count: TRADES_PAGE },
        signal,
      );
      const { trades, last } = readTrades(text, context, listing, this.#options.clock.nowMicros());
      const inside = trades.filter(({ eventTime }) => (eventTime ?? 0) >= from && (eventTime ?? 0) < to);
      if (inside.length > 0) yield inside;
      const end = trades.at(-1)?.eventTime ?? to;
      if (trades.length < TRADES_PAGE || end >= to || last === since) return;
      since = last;
    }
  }
}

function unreadable(what: string): HistoryFailed {
  return new HistoryFailed('history-unreadable', `kraken: ${what}`);
}

function decimal(value: ExactJson | undefined): Fixed {
  const fixed = typeof value === 'string' ? parseFixed(value) : undefined;
  if (fixed === undefined) throw unreadable(`expected a decimal, got ${JSON.stringify(value)}`);
  return fixed;
}

/** Seconds with a fraction, exactly; what is finer than a microsecond is cut. */
function micros(value: ExactJson | undefined): Micros {
  return Number(decimal(value) / 1_000_000n);
}

function resultOf(text: string): { rows: readonly ExactJson[]; last: string } {
  const answer = parseExactJson(text);
  if (!isExactObject(answer)) throw unreadable('the answer is not a JSON object');
  const { error, result } = answer;
  if (Array.isArray(error) && error.length > 0) {
    throw new HistoryFailed(
      'history-refused',
      `kraken: ${error.map((one) => JSON.stringify(one)).join(', ')}`,
    );
  }
  if (!isExactObject(result)) throw unreadable('result: expected an object');
  const { last, ...pairs } = result;
  const rows = Object.values(pairs)[0];
  if (!Array.isArray(rows)) throw unreadable('result: expected a list of rows');
  return { rows, last: typeof last === 'string' ? last : '' };
}

/** An answer of `/0/public/OHLC`, oldest first. A bar is final when its window has passed at `receiveTime`. Throws `HistoryFailed`. */
export function readBars(
  text: string,
  context: ParserContext,
  listing: Listing,
  interval: Interval,
  receiveTime: Micros,
): RawBar[] {
  return resultOf(text).rows.map((row) => {
    if (!Array.isArray(row)) throw unreadable('expected rows');
    const [time, open, high, low, close, vwap, volume, count] = row;
    const start = micros(time);
    const traded = decimal(volume);
    return barRecord(context, listing, {
      receiveTime,
      origin: 'BACKFILL',
      eventTime: null,
      precision: null,
      venueSequence: null,
      interval,
      start,
      open: decimal(open),
      high: decimal(high),
      low: decimal(low),
      close: decimal(close),
      volume: traded,
      quoteVolume: null,
      vwap: traded === 0n ? null : decimal(vwap),
      tradeCount: Number(count),
      takerBuyVolume: null,
      final: start + INTERVALS[interval] <= receiveTime,
      revision: 0,
    });
  });
}

/** An answer of `/0/public/Trades`, oldest first, and the cursor for the next. Throws `HistoryFailed`. */
export function readTrades(
  text: string,
  context: ParserContext,
  listing: Listing,
  receiveTime: Micros,
): { trades: RawTrade[]; last: string } {
  const { rows, last } = resultOf(text);
  const trades = rows.map((row) => {
    if (!Array.isArray(row)) throw unreadable('expected rows');
    const [price, size, time, side, , , id] = row;
    if (typeof id !== 'string' || (side !== 'b' && side !== 's'))
      throw unreadable('expected a side and an id');
    return tradeRecord(context, listing, {
      receiveTime,
      origin: 'BACKFILL',
      eventTime: micros(time),
      precision: 'NANOSECOND',
      venueSequence: null,
      idKind: 'TRADE',
      firstId: id,
      lastId: id,
      fills: null,
      price: decimal(price),
      size: decimal(size),
      side: side === 'b' ? 'BUY' : 'SELL',
    });
  });
  return { trades, last };
}
