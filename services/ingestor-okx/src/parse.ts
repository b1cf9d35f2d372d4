import {
  acksFrame,
  badNumber,
  BarRevisions,
  barRecord,
  barsFrame,
  closingFrame,
  Entries,
  errorFrame,
  HEARTBEAT,
  isIntegerText,
  isObject,
  isWholeNumber,
  NOTHING,
  oldestFirst,
  quoteRecord,
  quotesFrame,
  readDecimal,
  readFields,
  readLevel,
  readListing,
  readMilliseconds,
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
import type { Origin, RawBar, RawQuote, RawTrade } from '@concord/codec';
import type { Interval, Micros } from '@concord/model';
import { BAR_NAMES } from './config.ts';
import {
  UNUSED_CHANNELS,
  UNUSED_EVENTS,
  UPGRADE_CODE,
  type BestEntry,
  type EventMessage,
  type TickerEntry,
  type TradeEntry,
} from './messages.ts';

/** A parser for the frames of one OKX v5 session, whichever path it speaks to. */
export function createParser(context: ParserContext): FrameParser {
  return new OkxParser(context);
}

export function streamKey(channel: string, instId: string): string {
  return `${channel}:${instId}`;
}

/** Intervals by the channel of their candles. */
const INTERVAL_BY_CHANNEL: ReadonlyMap<string, Interval> = new Map(
  Object.entries(BAR_NAMES).map(([interval, name]) => [`candle${name}`, interval as Interval]),
);

const COUNT = /^[1-9]\d{0,8}$/;
const CODE = /^\d{1,6}$/;
/** How an error names a stream: in words, or in the request that it repeats. */
const NAMED_STREAM = /channel"?\s*:\s*"?([\w-]+)"?\s*,\s*"?instId"?\s*:\s*"?([\w-]+)/g;

/** The first fill's id where `count` of them end with `last`; `undefined` where the two do not fit. */
function firstOf(last: string, count: string): string | undefined {
  if (count === '1') return last;
  const first = BigInt(last) - BigInt(count) + 1n;
  return first < 0n ? undefined : String(first);
}

/** What all records of a frame share. */
interface Frame {
  readonly listing: Listing;
  readonly origin: Origin;
  readonly receiveTime: Micros;
}

class OkxParser implements FrameParser {
  readonly #context: ParserContext;
  readonly #revisions = new BarRevisions();
  /**
   * Streams that were acknowledged and have sent nothing yet. The first thing OKX then sends is what it had: the last trade, however old (the recording of
   * 2022-05-13 begins with one of 25 s before), the book and the candle as they stand.
   */
  readonly #fresh = new Set<string>();
  /** Number of the last book change by venue symbol. */
  readonly #changes = new Map<string, unknown>();

  constructor(context: ParserContext) {
    this.#context = context;
  }

  parse(text: string, receiveTime: Micros): ParsedFrame {
    if (text === 'pong') return HEARTBEAT;
    const frame = readFields(text);
    if (typeof frame === 'string') return refusedFrame(frame, 'expected a JSON object or "pong"');
    const { event, arg, data } = frame;
    if (event !== undefined) return this.#event(frame);
    if (!isObject(arg)) return refusedFrame('unknown-frame', 'neither an event nor a channel');
    const { channel, instId } = arg;
    if (typeof channel !== 'string') return refusedFrame('bad-field', 'arg.channel: expected text');
    return this.#push(channel, instId, data, receiveTime);
  }

  #event(frame: Unread<EventMessage>): ParsedFrame {
    const { event, arg, code, msg } = frame;
    if (event === 'subscribe') {
      const key = keyOf(arg);
      if (key === undefined) return refusedFrame('bad-field', 'arg: expected a channel and an instrument');
      // Whatever the venue confirms: what is remembered stays within what was asked for.
      if (this.#context.listings.has(key.slice(key.indexOf(':') + 1))) this.#fresh.add(key);
      return acksFrame([key]);
    }
    if (event === 'notice' && code === UPGRADE_CODE) return closingFrame(`the venue says: ${saidOf(msg)}`);
    if (event === 'error' || event === 'notice' || event === 'channel-conn-count-error') {
      const own = keyOf(arg);
      const number = typeof code === 'string' && CODE.test(code) ? code : 'error';
      const message = typeof msg === 'string' ? msg : event;
      return errorFrame(`venue-${number}`, message, own === undefined ? namedIn(message) : [own]);
    }
    if (typeof event === 'string' && UNUSED_EVENTS.has(event)) return NOTHING;
    return refusedFrame('unknown-frame', `unknown event "${saidOf(event)}"`);
  }

  #push(channel: string, instId: unknown, data: unknown, receiveTime: Micros): ParsedFrame {
    const interval = INTERVAL_BY_CHANNEL.get(channel);
    const isTrades = channel === 'trades' || channel === 'trades-all';
    if (!isTrades && channel !== 'bbo-tbt' && channel !== 'tickers' && interval === undefined) {
      if (UNUSED_CHANNELS.has(channel) || channel.includes('candle')) return NOTHING;
      return refusedFrame('unknown-frame', `unknown channel "${channel}"`);
    }
    if (typeof instId !== 'string') return refusedFrame('bad-field', 'arg.instId: expected text');
    if (!Array.isArray(data)) return refusedFrame('bad-field', 'data: expected a list', instId);
    const listing = readListing(this.#context, instId, 'arg.instId');
    if ('code' in listing) return refused(listing);
    const isFirst = this.#fresh.size > 0 && this.#fresh.delete(streamKey(channel, instId));
    const frame: Frame = { listing, origin: isFirst ? 'SNAPSHOT' : 'LIVE', receiveTime };
    if (isTrades) return this.#trades(data, frame);
    if (interval !== undefined) return this.#bars(data, interval, frame);
    return channel === 'bbo-tbt' ? this.#best(data, frame, isFirst) : this.#tickers(data, frame);
  }

  #trades(data: readonly unknown[], frame: Frame): ParsedFrame {
    const trades = new Entries<RawTrade>();
    for (const entry of oldestFirst(data, 'tradeId'))
      trades.add(this.#trade(isObject(entry) ? entry : {}, frame));
    return tradesFrame(trades.records, trades.refusals);
  }

  #trade(entry: Unread<TradeEntry>, { listing, origin, receiveTime }: Frame): RawTrade | Refusal {
    const { symbol } = listing;
    const { side, tradeId: last, count, seqId, instId } = entry;
    if (instId !== symbol) return refusal('bad-field', 'instId: expected that of the frame', symbol);
    if (side !== 'buy' && side !== 'sell') return refusal('bad-field', 'side: expected buy or sell', symbol);
    if (!isIntegerText(last)) return refusal('bad-field', 'tradeId: expected an integer as text', symbol);
    if (count !== undefined && (typeof count !== 'string' || !COUNT.test(count)))
      return refusal('bad-field', 'count: expected a number of fills as text', symbol);
    const first = count === undefined ? last : firstOf(last, count);
    if (first === undefined) return refusal('bad-field', 'count: more fills than there are ids', symbol);
    const eventTime = readMilliseconds(entry.ts);
    if (eventTime === undefined) return refusal('bad-time', 'ts: expected milliseconds as text', symbol);
    const price = readDecimal(entry.px);
    const size = readDecimal(entry.sz);
    if (price === undefined || size === undefined) return badNumber('px, sz', symbol);
    return tradeRecord(this.#context, listing, {
      receiveTime,
      origin,
      eventTime,
      precision: 'MILLISECOND',
      venueSequence: isWholeNumber(seqId) ? seqId : null,
      idKind: 'TRADE',
      firstId: first,
      lastId: last,
      fills: count === undefined ? null : Number(count),
      price,
      size,
      side: side === 'buy' ? 'BUY' : 'SELL',
    });
  }

  #best(data: readonly unknown[], frame: Frame, isFirst: boolean): ParsedFrame {
    const { symbol } = frame.listing;
    const quotes = new Entries<RawQuote>();
    for (const one of data) {
      const entry: Unread<BestEntry> = isObject(one) ? one : {};
      const { asks, bids, seqId } = entry;
      // Sent again after a minute without a change (docs, "Sequence ID"): it says that the stream lives.
      if (!isFirst && isWholeNumber(seqId) && this.#changes.get(symbol) === seqId)
        return { ...acksFrame([streamKey('bbo-tbt', symbol)]), heartbeat: true };
      const quote =
        Array.isArray(asks) && Array.isArray(bids) && isWholeNumber(seqId)
          ? this.#quote(frame, entry.ts, bids[0] ?? NO_LEVEL, asks[0] ?? NO_LEVEL, seqId)
          : refusal('bad-field', 'asks, bids, seqId: expected two lists and a number', symbol);
      if (!('code' in quote)) this.#changes.set(symbol, seqId);
      quotes.add(quote);
    }
    return quotesFrame(quotes.records, quotes.refusals);
  }

  #tickers(data: readonly unknown[], frame: Frame): ParsedFrame {
    const quotes = new Entries<RawQuote>();
    for (const one of data) {
      const { bidPx, bidSz, askPx, askSz, ts }: Unread<TickerEntry> = isObject(one) ? one : {};
      quotes.add(this.#quote(frame, ts, [bidPx, bidSz], [askPx, askSz], null));
    }
    return quotesFrame(quotes.records, quotes.refusals);
  }

  #quote(
    { listing, origin, receiveTime }: Frame,
    ts: unknown,
    bid: unknown,
    ask: unknown,
    change: number | null,
  ): RawQuote | Refusal {
    const eventTime = readMilliseconds(ts);
    if (eventTime === undefined)
      return refusal('bad-time', 'ts: expected milliseconds as text', listing.symbol);
    const best = bestOf(bid);
    const offer = bestOf(ask);
    if (best === undefined || offer === undefined)
      return refusal('bad-number', 'bid, ask: expected prices and sizes as exact decimals', listing.symbol);
    return quoteRecord(this.#context, listing, {
      receiveTime,
      origin,
      eventTime,
      precision: 'MILLISECOND',
      venueSequence: null,
      updateId: change === null ? null : String(change),
      bid: best === null ? null : best.price,
      bidSize: best === null ? null : best.size,
      ask: offer === null ? null : offer.price,
      askSize: offer === null ? null : offer.size,
    });
  }

  #bars(data: readonly unknown[], interval: Interval, frame: Frame): ParsedFrame {
    const bars = new Entries<RawBar>();
    for (const entry of data)
      bars.add(this.#bar(Array.isArray(entry) ? (entry as readonly unknown[]) : [], interval, frame));
    return barsFrame(bars.records, bars.refusals);
  }

  #bar(
    entry: readonly unknown[],
    interval: Interval,
    { listing, origin, receiveTime }: Frame,
  ): RawBar | Refusal {
    const { symbol } = listing;
    const start = readMilliseconds(entry[0]);
    if (start === undefined) return refusal('bad-time', 'candle: expected its start first', symbol);
    const confirm = entry[8];
    if (confirm !== '0' && confirm !== '1')
      return refusal('bad-field', 'candle: expected "0" or "1" at its end', symbol);
    const prices = readOhlc(entry[1], entry[2], entry[3], entry[4]);
    const [volume, quoteVolume] = [readDecimal(entry[5]), readDecimal(entry[7])];
    if (prices === undefined) return badNumber('open, high, low, close', symbol);
    if (volume === undefined || quoteVolume === undefined) return badNumber('volumes', symbol);
    return barRecord(this.#context, listing, {
      receiveTime,
      origin,
      eventTime: null,
      precision: null,
      venueSequence: null,
      interval,
      start,
      ...prices,
      volume,
      quoteVolume,
      vwap: null,
      tradeCount: null,
      takerBuyVolume: null,
      final: confirm === '1',
      revision: this.#revisions.next(`${symbol} ${interval}`, start),
    });
  }
}

const NO_LEVEL: readonly unknown[] = Object.freeze(['', '']);

/** A side's best price and size; empty texts where nobody is there. */
function bestOf(level: unknown): Level | null | undefined {
  if (!Array.isArray(level)) return undefined;
  const [px, sz] = level as readonly unknown[];
  return px === '' ? null : readLevel(px, sz);
}

function keyOf(arg: unknown): string | undefined {
  if (!isObject(arg)) return undefined;
  const { channel, instId } = arg;
  return typeof channel === 'string' && typeof instId === 'string' ? streamKey(channel, instId) : undefined;
}

function namedIn(message: string): string[] {
  return Array.from(message.matchAll(NAMED_STREAM), ([, channel = '', instId = '']) =>
    streamKey(channel, instId),
  );
}
