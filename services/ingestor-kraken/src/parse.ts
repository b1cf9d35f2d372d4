import {
  acksFrame,
  BarCloser,
  barsFrame,
  Entries,
  errorFrame,
  HEARTBEAT,
  isIntegerText,
  isObject,
  NOTHING,
  oldestFirst,
  parseExactJson,
  quoteRecord,
  quotesFrame,
  readDecimal,
  readListing,
  readOhlc,
  readRfc3339,
  refusal,
  refusedFrame,
  saidOf,
  tradeRecord,
  tradesFrame,
  type ExactJson,
  type ExactObject,
  type FrameParser,
  type Listing,
  type OpenBar,
  type ParsedFrame,
  type ParserContext,
  type Refusal,
  type Unread,
} from '@concord/sources';
import type { Origin, RawQuote, RawTrade } from '@concord/codec';
import { KINDS, type Interval, type Kind, type Micros } from '@concord/model';
import { BAR_INTERVALS, minutesOf } from './config.ts';
import {
  UNUSED_CHANNELS,
  UNUSED_METHODS,
  type CandleEntry,
  type ReplyMessage,
  type TickerEntry,
  type TradeEntry,
} from './messages.ts';

/** A parser for the frames of one Kraken v2 session. */
export function createParser(context: ParserContext): FrameParser {
  return new KrakenParser(context);
}

export const CHANNELS = { trades: 'trade', quotes: 'ticker', bars: 'ohlc' } as const;

export function streamKey(channel: string, symbol: string): string {
  return `${channel}:${symbol}`;
}

/** The `req_id` of requests by kind. An answer repeats it, and an error names its channel by nothing else. */
export const REQUEST_IDS: Readonly<Record<Kind, number>> = { trades: 1, quotes: 2, bars: 3 };

const CHANNEL_BY_REQUEST: ReadonlyMap<unknown, string> = new Map(
  KINDS.map((kind) => [String(REQUEST_IDS[kind]), CHANNELS[kind]]),
);

/** Intervals by their length in minutes, as Kraken writes it. */
const INTERVAL_BY_MINUTES: ReadonlyMap<unknown, Interval> = new Map(
  BAR_INTERVALS.map((interval) => [String(minutesOf(interval)), interval]),
);

class KrakenParser implements FrameParser {
  readonly #context: ParserContext;
  readonly #closer = new BarCloser();

  constructor(context: ParserContext) {
    this.#context = context;
  }

  parse(text: string, receiveTime: Micros): ParsedFrame {
    const frame = parseExactJson(text);
    if (frame === undefined) return refusedFrame('not-json', 'expected a JSON object');
    if (!isObject(frame)) return refusedFrame('unknown-frame', 'expected a JSON object');
    const { channel, method } = frame;
    if (channel === 'heartbeat') return HEARTBEAT;
    if (typeof channel === 'string') return this.#channel(channel, frame, receiveTime);
    if (typeof method === 'string') return reply(method, frame);
    if (typeof frame['error'] === 'string') return errorFrame('venue-error', frame['error']);
    return refusedFrame('unknown-frame', 'neither a channel nor a method');
  }

  #channel(channel: string, frame: ExactObject, receiveTime: Micros): ParsedFrame {
    if (UNUSED_CHANNELS.has(channel)) return NOTHING;
    const { data, type } = frame;
    if (channel !== 'trade' && channel !== 'ticker' && channel !== 'ohlc') {
      return refusedFrame('unknown-frame', `unknown channel "${channel}"`);
    }
    if (!Array.isArray(data)) return refusedFrame('bad-field', 'data: expected a list');
    if (type !== 'snapshot' && type !== 'update')
      return refusedFrame('bad-field', 'type: expected snapshot or update');
    const origin: Origin = type === 'snapshot' ? 'SNAPSHOT' : 'LIVE';
    if (channel === 'trade') return this.#trades(data, origin, receiveTime);
    if (channel === 'ticker') return this.#quotes(data, origin, receiveTime);
    return this.#bars(data, origin, frame['timestamp'], receiveTime);
  }

  #listing(entry: ExactJson): Listing | Refusal {
    if (!isObject(entry)) return refusal('bad-field', 'data: expected objects');
    return readListing(this.#context, entry['symbol'], 'symbol');
  }

  #trades(data: readonly ExactJson[], origin: Origin, receiveTime: Micros): ParsedFrame {
    const trades = new Entries<RawTrade>();
    for (const entry of oldestFirst(data, 'trade_id')) {
      const listing = this.#listing(entry);
      trades.add(
        'code' in listing ? listing : this.#trade(entry as ExactObject, listing, origin, receiveTime),
      );
    }
    return tradesFrame(trades.records, trades.refusals);
  }

  #trade(
    entry: Unread<TradeEntry>,
    listing: Listing,
    origin: Origin,
    receiveTime: Micros,
  ): RawTrade | Refusal {
    const { side, trade_id: id, timestamp } = entry;
    if (side !== 'buy' && side !== 'sell')
      return refusal('bad-field', 'side: expected buy or sell', listing.symbol);
    if (!isIntegerText(id)) return refusal('bad-field', 'trade_id: expected an integer', listing.symbol);
    const eventTime = readRfc3339(timestamp);
    if (eventTime === undefined) return refusal('bad-time', 'timestamp: expected RFC 3339', listing.symbol);
    const price = readDecimal(entry.price);
    const size = readDecimal(entry.qty);
    if (price === undefined || size === undefined) {
      return refusal('bad-number', 'price, qty: expected exact decimals', listing.symbol);
    }
    return tradeRecord(this.#context, listing, {
      receiveTime,
      origin,
      eventTime,
      precision: 'MICROSECOND',
      venueSequence: null,
      idKind: 'TRADE',
      firstId: id,
      lastId: id,
      fills: null,
      price,
      size,
      side: side === 'buy' ? 'BUY' : 'SELL',
    });
  }

  #quotes(data: readonly ExactJson[], origin: Origin, receiveTime: Micros): ParsedFrame {
    const quotes = new Entries<RawQuote>();
    for (const entry of data) {
      const listing = this.#listing(entry);
      const quote =
        'code' in listing ? listing : this.#quote(entry as ExactObject, listing, origin, receiveTime);
      if (quote !== undefined) quotes.add(quote);
    }
    return quotesFrame(quotes.records, quotes.refusals);
  }

  #quote(
    entry: Unread<TickerEntry>,
    listing: Listing,
    origin: Origin,
    receiveTime: Micros,
  ): RawQuote | Refusal | undefined {
    const bid = readDecimal(entry.bid);
    const bidSize = readDecimal(entry.bid_qty);
    const ask = readDecimal(entry.ask);
    const askSize = readDecimal(entry.ask_qty);
    if (bid === undefined || bidSize === undefined || ask === undefined || askSize === undefined) {
      return refusal('bad-number', 'bid, bid_qty, ask, ask_qty: expected exact decimals', listing.symbol);
    }
    const { timestamp } = entry;
    const time = readRfc3339(timestamp);
    if (time === undefined && timestamp !== undefined) {
      return refusal('bad-time', 'timestamp: expected RFC 3339', listing.symbol);
    }
    // A side without orders is sent as price 0 and quantity 0; a market that never had a book is sent with the epoch as its time
    // and both sides so: there is no quote to tell of.
    const noBid = bid === 0n && bidSize === 0n;
    const noAsk = ask === 0n && askSize === 0n;
    if (noBid && noAsk && time === 0) return undefined;
    return quoteRecord(this.#context, listing, {
      receiveTime,
      origin,
      eventTime: time ?? null,
      precision: time === undefined ? null : 'MICROSECOND',
      venueSequence: null,
      updateId: null,
      bid: noBid ? null : bid,
      bidSize: noBid ? null : bidSize,
      ask: noAsk ? null : ask,
      askSize: noAsk ? null : askSize,
    });
  }

  #bars(
    data: readonly ExactJson[],
    origin: Origin,
    timestamp: ExactJson | undefined,
    receiveTime: Micros,
  ): ParsedFrame {
    const eventTime = readRfc3339(timestamp) ?? null;
    const sound: [Listing, OpenBar][] = [];
    const refusals: Refusal[] = [];
    for (const entry of data) {
      const listing = this.#listing(entry);
      if ('code' in listing) {
        refusals.push(listing);
        continue;
      }
      const bar = openBar(entry as ExactObject, listing.symbol, { origin, eventTime, receiveTime });
      if ('code' in bar) refusals.push(bar);
      else sound.push([listing, bar]);
    }
    return barsFrame(this.#closer.records(this.#context, sound), refusals);
  }
}

function openBar(
  entry: Unread<CandleEntry>,
  symbol: string,
  frame: { origin: Origin; eventTime: Micros | null; receiveTime: Micros },
): OpenBar | Refusal {
  const { interval_begin: begin, interval: minutes, trades } = entry;
  const start = readRfc3339(begin);
  if (start === undefined) return refusal('bad-time', 'interval_begin: expected RFC 3339', symbol);
  const interval = INTERVAL_BY_MINUTES.get(minutes);
  if (interval === undefined)
    return refusal('bad-field', 'interval: expected a known number of minutes', symbol);
  if (!isIntegerText(trades)) return refusal('bad-field', 'trades: expected an integer', symbol);
  const prices = readOhlc(entry.open, entry.high, entry.low, entry.close);
  const [volume, vwap] = [readDecimal(entry.volume), readDecimal(entry.vwap)];
  if (prices === undefined)
    return refusal('bad-number', 'open, high, low, close: expected exact decimals', symbol);
  if (volume === undefined || vwap === undefined)
    return refusal('bad-number', 'volume, vwap: expected exact decimals', symbol);
  return {
    receiveTime: frame.receiveTime,
    origin: frame.origin,
    eventTime: frame.eventTime,
    precision: frame.eventTime === null ? null : 'NANOSECOND',
    venueSequence: null,
    interval,
    start,
    ...prices,
    volume,
    quoteVolume: null,
    // A minute without a trade is sent with vwap 0: there is none.
    vwap: volume === 0n ? null : vwap,
    tradeCount: Number(trades),
    takerBuyVolume: null,
  };
}

function reply(method: string, frame: Unread<ReplyMessage>): ParsedFrame {
  if (method === 'pong') return HEARTBEAT;
  const { success, error, symbol, result, req_id: requestId } = frame;
  if (success === false || typeof error === 'string') {
    const channel = CHANNEL_BY_REQUEST.get(requestId);
    // That the end of a stream is refused says nothing of its beginning, which is asked for with it.
    const isRejection = method === 'subscribe' && channel !== undefined && typeof symbol === 'string';
    const keys = isRejection ? [streamKey(channel, symbol)] : [];
    return errorFrame('venue-error', `${method}: ${saidOf(error)}`, keys);
  }
  if (method === 'subscribe' && isObject(result)) {
    return acksFrame([streamKey(saidOf(result['channel']), saidOf(result['symbol']))]);
  }
  if (UNUSED_METHODS.has(method)) return NOTHING;
  return refusedFrame('unknown-frame', `reply to unknown method "${method}"`);
}
