import {
  acksFrame,
  BarRevisions,
  barRecord,
  barsFrame,
  closingFrame,
  errorFrame,
  isObject,
  NOTHING,
  quoteRecord,
  quotesFrame,
  readDecimal,
  refusedFrame,
  tradeRecord,
  tradesFrame,
  type FrameParser,
  type Listing,
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

type Fields = { readonly [key: string]: unknown };

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

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
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
    let frame: unknown;
    try {
      frame = JSON.parse(text);
    } catch {
      return refusedFrame('not-json', 'expected a JSON object');
    }
    if (!isObject(frame)) return refusedFrame('unknown-frame', 'expected a JSON object');
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
    return refusedFrame('unknown-frame', `unknown event type ${JSON.stringify(event)}`, symbolOf(data));
  }

  #reply(data: Unread<ReplyMessage>): ParsedFrame {
    const { error, id } = data;
    const keys = typeof id === 'number' ? this.#streamsOfCall(id) : [];
    if (isObject(error)) return errorFrame(`venue-${String(error['code'])}`, String(error['msg']), keys);
    return keys.length === 0 ? NOTHING : acksFrame(keys);
  }

  #listing(symbol: unknown): Listing | undefined {
    return typeof symbol === 'string' ? this.#context.listings.get(symbol) : undefined;
  }

  #trade(
    data: Unread<Omit<TradeMessage, 'e'> & Omit<AggregateTradeMessage, 'e'>>,
    aggregate: boolean,
    receiveTime: Micros,
  ): ParsedFrame {
    const listing = this.#listing(data.s);
    if (listing === undefined) return unknownSymbol(data);
    const id = aggregate ? data.a : data.t;
    const { T: time, m: buyerIsMaker } = data;
    if (!isCount(id) || !isCount(time) || typeof buyerIsMaker !== 'boolean')
      return badField(data, 'id, T, m');
    const price = readDecimal(data.p);
    const size = readDecimal(data.q);
    if (price === undefined || size === undefined) return badNumber(data, 'p, q');
    let fills: number | null = null;
    if (aggregate) {
      const { f: first, l: last } = data;
      if (!isCount(first) || !isCount(last) || last < first) return badField(data, 'f, l');
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
    const listing = this.#listing(data.s);
    if (listing === undefined) return unknownSymbol(data);
    const update = data.u;
    if (!isCount(update)) return badField(data, 'u');
    const bid = readDecimal(data.b);
    const bidSize = readDecimal(data.B);
    const ask = readDecimal(data.a);
    const askSize = readDecimal(data.A);
    if (bid === undefined || bidSize === undefined || ask === undefined || askSize === undefined) {
      return badNumber(data, 'b, B, a, A');
    }
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
    const listing = this.#listing(data.s);
    if (listing === undefined) return unknownSymbol(data);
    const time = data.E;
    if (!isCount(time) || !isObject(data.k)) return badField(data, 'E, k');
    const k = data.k as Unread<KlineMessage['k']>;
    const { t: start, i: interval, n: tradeCount, x: final } = k;
    if (!isCount(start) || !isCount(tradeCount) || typeof final !== 'boolean')
      return badField(data, 'k.t, k.n, k.x');
    if (typeof interval !== 'string' || !isInterval(interval)) return badField(data, 'k.i');
    const [open, high, low, close] = [readDecimal(k.o), readDecimal(k.h), readDecimal(k.l), readDecimal(k.c)];
    const [volume, quoteVolume, takerBuyVolume] = [readDecimal(k.v), readDecimal(k.q), readDecimal(k.V)];
    if (open === undefined || high === undefined || low === undefined || close === undefined) {
      return badNumber(data, 'k.o, k.h, k.l, k.c');
    }
    if (volume === undefined || quoteVolume === undefined || takerBuyVolume === undefined) {
      return badNumber(data, 'k.v, k.q, k.V');
    }
    return barsFrame([
      barRecord(this.#context, listing, {
        receiveTime,
        origin: 'LIVE',
        eventTime: micros(time),
        precision: precision(time),
        venueSequence: null,
        interval,
        start: micros(start),
        open,
        high,
        low,
        close,
        volume,
        quoteVolume,
        vwap: null,
        tradeCount,
        takerBuyVolume,
        final,
        revision: this.#revisions.next(`${listing.symbol} ${interval}`, micros(start)),
      }),
    ]);
  }
}

function symbolOf(data: { readonly s?: unknown }): string | null {
  return typeof data.s === 'string' ? data.s : null;
}

function unknownSymbol(data: { readonly s?: unknown }): ParsedFrame {
  const symbol = symbolOf(data);
  if (symbol === null) return refusedFrame('bad-field', 's: expected a symbol');
  return refusedFrame('unknown-symbol', `symbol "${symbol}" is not configured`, symbol);
}

function badField(data: { readonly s?: unknown }, names: string): ParsedFrame {
  return refusedFrame('bad-field', `${names}: a field is missing or of another type`, symbolOf(data));
}

function badNumber(data: { readonly s?: unknown }, names: string): ParsedFrame {
  return refusedFrame('bad-number', `${names}: expected exact decimals as text`, symbolOf(data));
}
