import {
  acksFrame,
  badNumber,
  BarRevisions,
  barRecord,
  barsFrame,
  closingFrame,
  errorFrame,
  isObject,
  isWholeNumber,
  NOTHING,
  quoteRecord,
  quotesFrame,
  readDecimal,
  readFields,
  readListing,
  readOhlc,
  refused,
  refusedFrame,
  saidOf,
  tradeRecord,
  tradesFrame,
  type Fields,
  type FrameParser,
  type ParsedFrame,
  type ParserContext,
  type Unread,
} from '@concord/sources';
import type { TimePrecision } from '@concord/codec';
import { isInterval, type Micros } from '@concord/model';
import {
  UNUSED_EVENTS,
  type AggregateTradeMessage,
  type BookTickerMessage,
  type CombinedMessage,
  type KlineMessage,
  type ReplyMessage,
  type TradeMessage,
} from './messages.ts';

/** The streams that a method call asked for, by its id. */
export type StreamsOfCall = (id: number) => readonly string[];

/** A parser for the frames of one Binance session, raw (`/ws`) or combined (`/stream`). */
export function createParser(context: ParserContext, streamsOfCall: StreamsOfCall = () => []): FrameParser {
  return new BinanceParser(context, streamsOfCall);
}

// Milliseconds reach 10^14 in the year 5138, microseconds did in 1973: the size of the number tells its unit.
const MICROSECOND_TIMES_FROM = 1e14;

function micros(time: number): Micros {
  return time >= MICROSECOND_TIMES_FROM ? time : time * 1_000;
}

function precision(time: number): TimePrecision {
  return time >= MICROSECOND_TIMES_FROM ? 'MICROSECOND' : 'MILLISECOND';
}

class BinanceParser implements FrameParser {
  readonly #context: ParserContext;
  readonly #revisions = new BarRevisions();

  readonly #streamsOfCall: StreamsOfCall;

  constructor(context: ParserContext, streamsOfCall: StreamsOfCall) {
    this.#context = context;
    this.#streamsOfCall = streamsOfCall;
  }

  parse(text: string, receiveTime: Micros): ParsedFrame {
    const frame = readFields(text);
    if (typeof frame === 'string') return refusedFrame(frame, 'expected a JSON object');
    const { stream, data } = frame as Unread<CombinedMessage>;
    if (typeof stream !== 'string') return this.#message(frame, receiveTime);
    return isObject(data)
      ? this.#message(data, receiveTime)
      : refusedFrame('bad-field', 'data: expected an object');
  }

  #message(data: Fields, receiveTime: Micros): ParsedFrame {
    const event = data['e'];
    if (event === undefined) {
      if ('u' in data && 'b' in data) return this.#bookTicker(data, receiveTime);
      if ('id' in data || 'error' in data) return this.#reply(data);
      if ('lastUpdateId' in data) return NOTHING; // partial depth and recorders' depth snapshots have no event type
      return refusedFrame('unknown-frame', 'neither an event type nor a book ticker');
    }
    if (event === 'aggTrade' || event === 'trade')
      return this.#trade(data, event === 'aggTrade', receiveTime);
    if (event === 'kline') return this.#kline(data, receiveTime);
    if (event === 'serverShutdown') return closingFrame('the venue announces a server shutdown');
    if (typeof event === 'string' && UNUSED_EVENTS.has(event)) return NOTHING;
    const symbol = typeof data['s'] === 'string' ? data['s'] : null;
    return refusedFrame('unknown-frame', `unknown event type "${saidOf(event)}"`, symbol);
  }

  #reply(data: Unread<ReplyMessage>): ParsedFrame {
    const { error, id } = data;
    const keys = typeof id === 'number' ? this.#streamsOfCall(id) : [];
    if (isObject(error)) return errorFrame(`venue-${saidOf(error['code'])}`, saidOf(error['msg']), keys);
    return keys.length === 0 ? NOTHING : acksFrame(keys);
  }

  #trade(
    data: Unread<Omit<TradeMessage, 'e'> & Omit<AggregateTradeMessage, 'e'>>,
    aggregate: boolean,
    receiveTime: Micros,
  ): ParsedFrame {
    const listing = readListing(this.#context, data.s, 's');
    if ('code' in listing) return refused(listing);
    const { symbol } = listing;
    const id = aggregate ? data.a : data.t;
    const { T: time, m: buyerIsMaker } = data;
    if (!isWholeNumber(id) || !isWholeNumber(time) || typeof buyerIsMaker !== 'boolean')
      return badField('id, T, m', symbol);
    const price = readDecimal(data.p);
    const size = readDecimal(data.q);
    if (price === undefined || size === undefined) return refused(badNumber('p, q', symbol));
    let fills: number | null = null;
    if (aggregate) {
      const { f: first, l: last } = data;
      if (!isWholeNumber(first) || !isWholeNumber(last) || last < first) return badField('f, l', symbol);
      fills = last - first + 1;
    }
    const text = String(id);
    return tradesFrame([
      tradeRecord(this.#context, listing, {
        receiveTime,
        origin: 'LIVE',
        eventTime: micros(time),
        precision: precision(time),
        venueSequence: null,
        idKind: aggregate ? 'AGGREGATE' : 'TRADE',
        firstId: text,
        lastId: text,
        fills,
        price,
        size,
        side: buyerIsMaker ? 'SELL' : 'BUY',
      }),
    ]);
  }

  #bookTicker(data: Unread<BookTickerMessage>, receiveTime: Micros): ParsedFrame {
    const listing = readListing(this.#context, data.s, 's');
    if ('code' in listing) return refused(listing);
    const { symbol } = listing;
    const update = data.u;
    if (!isWholeNumber(update)) return badField('u', symbol);
    const bid = readDecimal(data.b);
    const bidSize = readDecimal(data.B);
    const ask = readDecimal(data.a);
    const askSize = readDecimal(data.A);
    if (bid === undefined || bidSize === undefined || ask === undefined || askSize === undefined)
      return refused(badNumber('b, B, a, A', symbol));
    // An empty side of the book is sent as price 0 and quantity 0.
    const noBid = bid === 0n && bidSize === 0n;
    const noAsk = ask === 0n && askSize === 0n;
    return quotesFrame([
      quoteRecord(this.#context, listing, {
        receiveTime,
        origin: 'LIVE',
        eventTime: null,
        precision: null,
        venueSequence: null,
        updateId: String(update),
        bid: noBid ? null : bid,
        bidSize: noBid ? null : bidSize,
        ask: noAsk ? null : ask,
        askSize: noAsk ? null : askSize,
      }),
    ]);
  }

  #kline(data: Unread<KlineMessage>, receiveTime: Micros): ParsedFrame {
    const listing = readListing(this.#context, data.s, 's');
    if ('code' in listing) return refused(listing);
    const { symbol } = listing;
    const time = data.E;
    if (!isWholeNumber(time) || !isObject(data.k)) return badField('E, k', symbol);
    const k = data.k as Unread<KlineMessage['k']>;
    const { t: start, i: interval, n: tradeCount, x: final } = k;
    if (!isWholeNumber(start) || !isWholeNumber(tradeCount) || typeof final !== 'boolean')
      return badField('k.t, k.n, k.x', symbol);
    if (typeof interval !== 'string' || !isInterval(interval)) return badField('k.i', symbol);
    const prices = readOhlc(k.o, k.h, k.l, k.c);
    const [volume, quoteVolume, takerBuyVolume] = [readDecimal(k.v), readDecimal(k.q), readDecimal(k.V)];
    if (prices === undefined) return refused(badNumber('k.o, k.h, k.l, k.c', symbol));
    if (volume === undefined || quoteVolume === undefined || takerBuyVolume === undefined)
      return refused(badNumber('k.v, k.q, k.V', symbol));
    return barsFrame([
      barRecord(this.#context, listing, {
        receiveTime,
        origin: 'LIVE',
        eventTime: micros(time),
        precision: precision(time),
        venueSequence: null,
        interval,
        start: micros(start),
        ...prices,
        volume,
        quoteVolume,
        vwap: null,
        tradeCount,
        takerBuyVolume,
        final,
        revision: this.#revisions.next(`${symbol} ${interval}`, micros(start)),
      }),
    ]);
  }
}

function badField(names: string, symbol: string): ParsedFrame {
  return refusedFrame('bad-field', `${names}: a field is missing or of another type`, symbol);
}
