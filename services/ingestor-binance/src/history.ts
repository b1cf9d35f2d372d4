import {
  barRecord,
  HistoryFailed,
  newSessionId,
  NotOffered,
  RestClient,
  tradeRecord,
  type HistoricalPage,
  type History,
  type HistoryOptions,
  type Listing,
  type ParserContext,
} from '@concord/sources';
import type { RawBar, RawTrade } from '@concord/codec';
import {
  INTERVALS,
  MICROS_PER_MS,
  parseFixed,
  type Fixed,
  type Interval,
  type Kind,
  type Micros,
} from '@concord/model';
import type { BinanceOptions } from './config.ts';

const PAGE = 1_000;

/**
 * Binance's past, from REST: klines, and aggregate trades by id once their place in time is found
 * (https://developers.binance.com/docs/binance-spot-api-docs/rest-api/market-data-endpoints).
 */
export class BinanceHistory implements History {
  readonly #rest: RestClient;
  readonly #own: BinanceOptions;
  readonly #options: HistoryOptions;

  constructor(restUrl: string, own: BinanceOptions, options: HistoryOptions) {
    // 6,000 of weight a minute; a page weighs 2 to 4.
    this.#rest = new RestClient({
      baseUrl: restUrl,
      clock: options.machineClock ?? options.clock,
      gapMs: 50,
    });
    this.#own = own;
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
    if (dataType === 'bars' && interval !== null)
      return this.#bars(context, listing, interval, from, to, signal);
    if (dataType === 'trades' && this.#own.tradeStream === 'aggTrade') {
      return this.#trades(context, listing, from, to, signal);
    }
    throw new NotOffered(`binance has no history of ${dataType} in the form of its live stream`);
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
    from: Micros,
    to: Micros,
    signal: AbortSignal | undefined,
  ): AsyncGenerator<HistoricalPage> {
    for (let start = from; start < to;) {
      const text = await this.#rest.get(
        '/api/v3/klines',
        {
          symbol: listing.symbol,
          interval,
          startTime: Math.ceil(start / MICROS_PER_MS),
          endTime: Math.ceil(to / MICROS_PER_MS) - 1,
          limit: PAGE,
        },
        signal,
      );
      const page = readKlines(text, context, listing, interval, this.#options.clock.nowMicros());
      const last = page.at(-1);
      if (last === undefined) return;
      yield page;
      if (page.length < PAGE) return;
      start = last.end;
    }
  }

  async *#trades(
    context: ParserContext,
    listing: Listing,
    from: Micros,
    to: Micros,
    signal: AbortSignal | undefined,
  ): AsyncGenerator<HistoricalPage> {
    let where: Record<string, number> = {
      startTime: Math.ceil(from / MICROS_PER_MS),
      endTime: Math.ceil(to / MICROS_PER_MS) - 1,
    };
    for (;;) {
      const text = await this.#rest.get(
        '/api/v3/aggTrades',
        { symbol: listing.symbol, limit: PAGE, ...where },
        signal,
      );
      const page = readAggregateTrades(text, context, listing, this.#options.clock.nowMicros());
      const inside = page.filter(({ eventTime }) => (eventTime ?? 0) >= from && (eventTime ?? 0) < to);
      if (inside.length > 0) yield inside;
      const last = page.at(-1);
      // Paging by id leaves nothing out where many trades share a millisecond.
      if (last === undefined || page.length < PAGE || (last.eventTime ?? 0) >= to) return;
      where = { fromId: Number(last.lastId) + 1 };
    }
  }
}

function unreadable(what: string): HistoryFailed {
  return new HistoryFailed('history-unreadable', `binance: ${what}`);
}

function rows(text: string): readonly unknown[] {
  let answer: unknown;
  try {
    answer = JSON.parse(text);
  } catch (cause) {
    throw new HistoryFailed('history-unreadable', 'binance: the answer is not JSON', { cause });
  }
  if (!Array.isArray(answer)) throw unreadable('expected a list');
  return answer;
}

function decimal(value: unknown): Fixed {
  const fixed = typeof value === 'string' ? parseFixed(value) : undefined;
  if (fixed === undefined) throw unreadable(`expected a decimal, got ${JSON.stringify(value)}`);
  return fixed;
}

function whole(value: unknown): number {
  if (!Number.isSafeInteger(value)) throw unreadable(`expected a whole number, got ${JSON.stringify(value)}`);
  return value as number;
}

/** Rows of `/api/v3/klines`. A bar is final when its window has passed at `receiveTime`. Throws `HistoryFailed`. */
export function readKlines(
  text: string,
  context: ParserContext,
  listing: Listing,
  interval: Interval,
  receiveTime: Micros,
): RawBar[] {
  return rows(text).map((row) => {
    if (!Array.isArray(row)) throw unreadable('expected a list of lists');
    const [openTime, open, high, low, close, volume, , quoteVolume, trades, takerBuyVolume] =
      row as unknown[];
    const start = whole(openTime) * MICROS_PER_MS;
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
      volume: decimal(volume),
      quoteVolume: decimal(quoteVolume),
      vwap: null,
      tradeCount: whole(trades),
      takerBuyVolume: decimal(takerBuyVolume),
      final: start + INTERVALS[interval] <= receiveTime,
      revision: 0,
    });
  });
}

/** Rows of `/api/v3/aggTrades`, in the same form as the live stream's. Throws `HistoryFailed`. */
export function readAggregateTrades(
  text: string,
  context: ParserContext,
  listing: Listing,
  receiveTime: Micros,
): RawTrade[] {
  return rows(text).map((row) => {
    const trade = (row ?? {}) as Readonly<Record<string, unknown>>;
    if (typeof trade['m'] !== 'boolean') throw unreadable('m: expected true or false');
    const id = String(whole(trade['a']));
    return tradeRecord(context, listing, {
      receiveTime,
      origin: 'BACKFILL',
      eventTime: whole(trade['T']) * MICROS_PER_MS,
      precision: 'MILLISECOND',
      venueSequence: null,
      idKind: 'AGGREGATE',
      firstId: id,
      lastId: id,
      fills: whole(trade['l']) - whole(trade['f']) + 1,
      price: decimal(trade['p']),
      size: decimal(trade['q']),
      side: trade['m'] ? 'SELL' : 'BUY',
    });
  });
}
