import {
  acksFrame,
  badNumber,
  barRecord,
  BarRevisions,
  barsFrame,
  Entries,
  errorFrame,
  HEARTBEAT,
  isObject,
  isWholeNumber,
  NOTHING,
  quoteRecord,
  quotesFrame,
  readDecimal,
  readFields,
  readLevel,
  readListing,
  readOhlc,
  refusal,
  refused,
  refusedFrame,
  saidOf,
  tradeRecord,
  tradesFrame,
  type FrameParser,
  type Level,
  type Listing,
  type ParsedFrame,
  type ParserContext,
  type Refusal,
  type Unread,
} from '@concord/sources';
import type { Origin, RawBar, RawTrade } from '@concord/codec';
import { MICROS_PER_MS, type Interval, type Kind, type Micros } from '@concord/model';
import { INTERVAL_CODES, type BarInterval, type BybitOptions } from './config.ts';
import {
  UNUSED_CHANNELS,
  type KlineEntry,
  type ReplyMessage,
  type TopicMessage,
  type TopMessage,
  type TradeEntry,
} from './messages.ts';

/** A parser for the frames of one Bybit v5 session, of whichever category. */
export function createParser(context: ParserContext): FrameParser {
  return new BybitParser(context);
}

const TRADES = 'publicTrade.';
const QUOTES = 'orderbook.1.';
const BARS = 'kline.';

/** The topic of a stream, by which the venue names it. */
export function topicOf(kind: Kind, symbol: string, barInterval: BybitOptions['barInterval']): string {
  if (kind === 'trades') return TRADES + symbol;
  return kind === 'quotes' ? QUOTES + symbol : `${BARS}${INTERVAL_CODES[barInterval]}.${symbol}`;
}

/** A request's id holds its topics, since an answer repeats the id and names nothing else. */
export function requestId(topics: readonly string[]): string {
  return topics.join(',');
}

const INTERVALS_BY_CODE: ReadonlyMap<unknown, Interval> = new Map(
  Object.entries(INTERVAL_CODES).map(([interval, code]) => [code, interval as BarInterval]),
);

/** What is said of a trade beside its price: made as a block outside the book, met an order for retail price improvement. */
const BLOCK_TRADE = 'BT';
const RETAIL_PRICE_IMPROVEMENT = 'RPI';

export function conditionsOf(isBlock: boolean, isRetail: boolean): readonly string[] | undefined {
  if (!isBlock) return isRetail ? [RETAIL_PRICE_IMPROVEMENT] : undefined;
  return isRetail ? [BLOCK_TRADE, RETAIL_PRICE_IMPROVEMENT] : [BLOCK_TRADE];
}

interface Top {
  readonly update: number;
  readonly bid: Level | null;
  readonly ask: Level | null;
}

const EMPTY: Omit<Top, 'update'> = { bid: null, ask: null };

class BybitParser implements FrameParser {
  readonly #context: ParserContext;
  readonly #revisions = new BarRevisions();
  /** Newest top of each symbol's book. */
  readonly #tops = new Map<string, Top>();
  /** Topics whose first message, the state at subscription, has come. */
  readonly #begun = new Set<string>();

  constructor(context: ParserContext) {
    this.#context = context;
  }

  parse(text: string, receiveTime: Micros): ParsedFrame {
    const frame = readFields(text);
    if (typeof frame === 'string') return refusedFrame(frame, 'expected a JSON object');
    const { topic } = frame;
    return typeof topic === 'string' ? this.#topic(topic, frame, receiveTime) : this.#reply(frame);
  }

  #topic(topic: string, frame: Unread<TopicMessage>, receiveTime: Micros): ParsedFrame {
    if (topic.startsWith(TRADES)) return this.#trades(topic.slice(TRADES.length), frame, receiveTime);
    if (topic.startsWith(QUOTES)) return this.#quote(topic, topic.slice(QUOTES.length), frame, receiveTime);
    if (topic.startsWith(BARS)) return this.#bars(topic, frame, receiveTime);
    if (UNUSED_CHANNELS.has(topic.slice(0, topic.indexOf('.')))) return NOTHING;
    return refusedFrame('unknown-frame', `unknown topic "${topic}"`);
  }

  #trades(symbol: string, { data }: Unread<TopicMessage>, receiveTime: Micros): ParsedFrame {
    const listing = readListing(this.#context, symbol, 'topic');
    if ('code' in listing) return refused(listing);
    if (!Array.isArray(data)) return refusedFrame('bad-field', 'data: expected a list', symbol);
    const trades = new Entries<RawTrade>();
    for (const entry of data as readonly unknown[])
      trades.add(
        isObject(entry)
          ? this.#trade(entry, listing, receiveTime)
          : refusal('bad-field', 'data: expected objects', symbol),
      );
    return tradesFrame(trades.records, trades.refusals);
  }

  #trade(entry: Unread<TradeEntry>, listing: Listing, receiveTime: Micros): RawTrade | Refusal {
    const { s: symbol, S: side, i: id, T: time, seq, BT: isBlock, RPI: isRetail } = entry;
    if (symbol !== listing.symbol)
      return refusal('bad-field', "s: expected the topic's symbol", listing.symbol);
    if (side !== 'Buy' && side !== 'Sell')
      return refusal('bad-field', 'S: expected Buy or Sell', listing.symbol);
    if (typeof id !== 'string' || id === '')
      return refusal('bad-field', 'i: expected an id as text', listing.symbol);
    if (seq !== undefined && !isWholeNumber(seq))
      return refusal('bad-field', 'seq: expected a whole number', listing.symbol);
    if (!isWholeNumber(time))
      return refusal('bad-time', 'T: expected milliseconds since 1970', listing.symbol);
    const price = readDecimal(entry.p);
    const size = readDecimal(entry.v);
    if (price === undefined || size === undefined) return badNumber('p, v', listing.symbol);
    const trade = tradeRecord(this.#context, listing, {
      receiveTime,
      origin: 'LIVE',
      eventTime: time * MICROS_PER_MS,
      precision: 'MILLISECOND',
      venueSequence: seq ?? null,
      idKind: 'OPAQUE',
      firstId: id,
      lastId: id,
      fills: null,
      price,
      size,
      side: side === 'Buy' ? 'BUY' : 'SELL',
    });
    const conditions = conditionsOf(isBlock === true, isRetail === true);
    return conditions === undefined ? trade : { ...trade, conditions };
  }

  #quote(topic: string, symbol: string, frame: Unread<TopMessage>, receiveTime: Micros): ParsedFrame {
    const listing = readListing(this.#context, symbol, 'topic');
    if ('code' in listing) return refused(listing);
    const { type, data, ts, cts = ts } = frame;
    if ((type !== 'snapshot' && type !== 'delta') || !isObject(data))
      return refusedFrame('bad-field', 'type, data: expected snapshot or delta and an object', symbol);
    const { s: own, u: update, seq, b, a } = data as Unread<TopMessage['data']>;
    if (own !== symbol) return refusedFrame('bad-field', "data.s: expected the topic's symbol", symbol);
    if (!isWholeNumber(update) || !isWholeNumber(seq))
      return refusedFrame('bad-field', 'data.u, data.seq: expected whole numbers', symbol);
    if (!isWholeNumber(cts))
      return refusedFrame('bad-time', 'cts, ts: expected milliseconds since 1970', symbol);
    const held = this.#tops.get(symbol);
    // Sent again because nothing has changed for 3 s: the stream lives, and there is no quote to tell of.
    if (held?.update === update) return { ...HEARTBEAT, acks: [topic] };
    if (type === 'delta' && held === undefined)
      return refusedFrame('bad-field', 'type: a delta before the snapshot it changes', symbol);
    const before = type === 'delta' && held !== undefined ? held : EMPTY;
    const bid = changed(before.bid, b);
    const ask = changed(before.ask, a);
    if (bid === undefined || ask === undefined) return badNumbers('data.b, data.a', symbol);
    this.#tops.set(symbol, { update, bid, ask });
    return quotesFrame([
      quoteRecord(this.#context, listing, {
        receiveTime,
        origin: this.#origin(topic),
        eventTime: cts * MICROS_PER_MS,
        precision: 'MILLISECOND',
        venueSequence: seq,
        updateId: String(update),
        bid: bid === null ? null : bid.price,
        bidSize: bid === null ? null : bid.size,
        ask: ask === null ? null : ask.price,
        askSize: ask === null ? null : ask.size,
      }),
    ]);
  }

  #bars(topic: string, { data }: Unread<TopicMessage>, receiveTime: Micros): ParsedFrame {
    const symbol = topic.slice(topic.indexOf('.', BARS.length) + 1);
    const listing = readListing(this.#context, symbol, 'topic');
    if ('code' in listing) return refused(listing);
    if (!Array.isArray(data)) return refusedFrame('bad-field', 'data: expected a list', symbol);
    const bars = new Entries<RawBar>();
    const origin = this.#origin(topic);
    for (const entry of data as readonly unknown[])
      bars.add(
        isObject(entry)
          ? this.#bar(entry, listing, origin, receiveTime)
          : refusal('bad-field', 'data: expected objects', symbol),
      );
    return barsFrame(bars.records, bars.refusals);
  }

  #bar(entry: Unread<KlineEntry>, listing: Listing, origin: Origin, receiveTime: Micros): RawBar | Refusal {
    const { symbol } = listing;
    const { start, timestamp, confirm } = entry;
    const interval = INTERVALS_BY_CODE.get(entry.interval);
    if (interval === undefined || typeof confirm !== 'boolean')
      return refusal('bad-field', 'interval, confirm: expected a known interval, true or false', symbol);
    if (!isWholeNumber(start) || !isWholeNumber(timestamp))
      return refusal('bad-time', 'start, timestamp: expected milliseconds since 1970', symbol);
    const prices = readOhlc(entry.open, entry.high, entry.low, entry.close);
    const [volume, quoteVolume] = [readDecimal(entry.volume), readDecimal(entry.turnover)];
    if (prices === undefined) return badNumber('open, high, low, close', symbol);
    if (volume === undefined || quoteVolume === undefined) return badNumber('volume, turnover', symbol);
    return barRecord(this.#context, listing, {
      receiveTime,
      origin,
      eventTime: timestamp * MICROS_PER_MS,
      precision: 'MILLISECOND',
      venueSequence: null,
      interval,
      start: start * MICROS_PER_MS,
      ...prices,
      volume,
      quoteVolume,
      vwap: null,
      tradeCount: null,
      takerBuyVolume: null,
      final: confirm,
      revision: this.#revisions.next(`${symbol} ${interval}`, start * MICROS_PER_MS),
    });
  }

  /** The first message of a topic is its state when it was subscribed. */
  #origin(topic: string): Origin {
    if (this.#begun.has(topic)) return 'LIVE';
    this.#begun.add(topic);
    return 'SNAPSHOT';
  }

  #reply(frame: Unread<ReplyMessage>): ParsedFrame {
    const { op, success, ret_msg: message } = frame;
    if (message === 'pong' || op === 'pong') return HEARTBEAT;
    if (op !== 'subscribe' && op !== 'unsubscribe' && success !== false)
      return refusedFrame('unknown-frame', 'neither a topic nor an answer');
    const topics = typeof frame.req_id === 'string' && frame.req_id !== '' ? frame.req_id.split(',') : [];
    if (success !== true) return rejected(saidOf(op), saidOf(message), topics);
    if (op === 'subscribe') return acksFrame(topics);
    // What is subscribed again begins anew.
    for (const topic of topics) {
      this.#begun.delete(topic);
      if (topic.startsWith(QUOTES)) this.#tops.delete(topic.slice(QUOTES.length));
    }
    return NOTHING;
  }
}

/** One side of the top after a message: of what it lists only the last level can stand. `undefined` where that is unreadable. */
function changed(before: Level | null, levels: unknown): Level | null | undefined {
  if (!Array.isArray(levels)) return undefined;
  let level = before;
  for (const entry of levels as readonly unknown[]) {
    if (!Array.isArray(entry)) return undefined;
    const stated = readLevel(entry[0], entry[1]);
    if (stated === undefined) return undefined;
    if (stated.size !== 0n) level = stated;
    else if (level?.price === stated.price) level = null;
  }
  return level;
}

const TOPIC = /\b(?:publicTrade|orderbook\.\d+|kline\.\w+)\.[\w-]+/g;
const ALREADY = 'already subscribed';

/**
 * A request is refused as a whole; the text names the topic that was wrong, most of the time. The session asks for the others one by one.
 */
function rejected(op: string, message: string, topics: readonly string[]): ParsedFrame {
  const text = `${op}: ${message}`;
  if (op !== 'subscribe') return errorFrame('venue-error', text);
  const named = message.match(TOPIC) ?? (topics.length === 1 ? topics : []);
  if (message.includes(ALREADY)) return { ...errorFrame('venue-error', text), acks: named };
  return errorFrame('venue-error', text, named);
}

function badNumbers(names: string, symbol: string): ParsedFrame {
  return refusedFrame('bad-number', `${names}: expected lists of price and size as exact decimals`, symbol);
}
