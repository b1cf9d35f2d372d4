import {
  acksFrame,
  BarRevisions,
  barRecord,
  barsFrame,
  closingFrame,
  errorFrame,
  HEARTBEAT,
  isObject,
  NOTHING,
  oldestFirst,
  quoteRecord,
  quotesFrame,
  readDecimal,
  refusal,
  refusedFrame,
  tradeRecord,
  tradesFrame,
  type FrameParser,
  type Listing,
  type ParsedFrame,
  type ParserContext,
  type Refusal,
  type Unread,
} from '@concord/sources';
import type { Origin, RawBar, RawQuote, RawTrade } from '@concord/codec';
import { MICROS_PER_MS, type Fixed, type Interval, type Micros } from '@concord/model';
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

const MILLISECONDS = /^\d{1,15}$/;
const ID = /^\d{1,19}$/;
const COUNT = /^[1-9]\d{0,8}$/;
const CODE = /^\d{1,6}$/;
/** How an error names a stream: in words, or in the request that it repeats. */
const NAMED_STREAM = /channel"?\s*:\s*"?([\w-]+)"?\s*,\s*"?instId"?\s*:\s*"?([\w-]+)/g;

/** The time that a field holds in milliseconds. */
export function readMilliseconds(value: unknown): Micros | undefined {
  return typeof value === 'string' && MILLISECONDS.test(value) ? Number(value) * MICROS_PER_MS : undefined;
}

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
    let frame: unknown;
    try {
      frame = JSON.parse(text);
    } catch {
      return refusedFrame('not-json', 'expected a JSON object or "pong"');
    }
    if (!isObject(frame)) return refusedFrame('unknown-frame', 'expected a JSON object');
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
    if (event === 'notice' && code === UPGRADE_CODE) return closingFrame(`the venue says: ${String(msg)}`);
    if (event === 'error' || event === 'notice' || event === 'channel-conn-count-error') {
      const own = keyOf(arg);
      const number = typeof code === 'string' && CODE.test(code) ? code : 'error';
      const message = typeof msg === 'string' ? msg : event;
      return errorFrame(`venue-${number}`, message, own === undefined ? namedIn(message) : [own]);
    }
    if (typeof event === 'string' && UNUSED_EVENTS.has(event)) return NOTHING;
    return refusedFrame('unknown-frame', `unknown event ${JSON.stringify(event)}`);
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
    const listing = this.#context.listings.get(instId);
    if (listing === undefined)
      return refusedFrame('unknown-symbol', `symbol "${instId}" is not configured`, instId);
    const isFirst = this.#fresh.size > 0 && this.#fresh.delete(streamKey(channel, instId));
    const frame: Frame = { listing, origin: isFirst ? 'SNAPSHOT' : 'LIVE', receiveTime };
    if (isTrades) return this.#trades(data, frame);
    if (interval !== undefined) return this.#bars(data, interval, frame);
    return channel === 'bbo-tbt' ? this.#best(data, frame, isFirst) : this.#tickers(data, frame);
  }

  #trades(data: readonly unknown[], frame: Frame): ParsedFrame {
    const trades: RawTrade[] = [];
    const refusals: Refusal[] = [];
    for (const entry of oldestFirst(data, 'tradeId')) {
      const trade = this.#trade(isObject(entry) ? entry : {}, frame);
      if ('code' in trade) refusals.push(trade);
      else trades.push(trade);
    }
    return tradesFrame(trades, refusals);
  }

  #trade(entry: Unread<TradeEntry>, { listing, origin, receiveTime }: Frame): RawTrade | Refusal {
    const { symbol } = listing;
    const { side, tradeId: last, count, seqId, instId } = entry;
    if (instId !== symbol) return refusal('bad-field', 'instId: expected that of the frame', symbol);
    if (side !== 'buy' && side !== 'sell') return refusal('bad-field', 'side: expected buy or sell', symbol);
    if (typeof last !== 'string' || !ID.test(last))
      return refusal('bad-field', 'tradeId: expected an integer as text', symbol);
    if (count !== undefined && (typeof count !== 'string' || !COUNT.test(count)))
      return refusal('bad-field', 'count: expected a number of fills as text', symbol);
    const first = count === undefined ? last : firstOf(last, count);
    if (first === undefined) return refusal('bad-field', 'count: more fills than there are ids', symbol);
    const eventTime = readMilliseconds(entry.ts);
    if (eventTime === undefined) return refusal('bad-time', 'ts: expected milliseconds as text', symbol);
    const price = readDecimal(entry.px);
    const size = readDecimal(entry.sz);
    if (price === undefined || size === undefined)
      return refusal('bad-number', 'px, sz: expected exact decimals as text', symbol);
    return tradeRecord(this.#context, listing, {
      receiveTime,
      origin,
      eventTime,
      precision: 'MILLISECOND',
      venueSequence: isSequence(seqId) ? seqId : null,
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
    const quotes: RawQuote[] = [];
    const refusals: Refusal[] = [];
    for (const one of data) {
      const entry: Unread<BestEntry> = isObject(one) ? one : {};
      const { asks, bids, seqId } = entry;
      // Sent again after a minute without a change (docs, "Sequence ID"): it says that the stream lives.
      if (!isFirst && isSequence(seqId) && this.#changes.get(symbol) === seqId)
        return { ...acksFrame([streamKey('bbo-tbt', symbol)]), heartbeat: true };
      const quote =
        Array.isArray(asks) && Array.isArray(bids) && isSequence(seqId)
          ? this.#quote(frame, entry.ts, bids[0] ?? NO_LEVEL, asks[0] ?? NO_LEVEL, seqId)
          : refusal('bad-field', 'asks, bids, seqId: expected two lists and a number', symbol);
      if ('code' in quote) {
        refusals.push(quote);
      } else {
        this.#changes.set(symbol, seqId);
        quotes.push(quote);
      }
    }
    return quotesFrame(quotes, refusals);
  }

  #tickers(data: readonly unknown[], frame: Frame): ParsedFrame {
    const quotes: RawQuote[] = [];
    const refusals: Refusal[] = [];
    for (const one of data) {
      const { bidPx, bidSz, askPx, askSz, ts }: Unread<TickerEntry> = isObject(one) ? one : {};
      const quote = this.#quote(frame, ts, [bidPx, bidSz], [askPx, askSz], null);
      if ('code' in quote) refusals.push(quote);
      else quotes.push(quote);
    }
    return quotesFrame(quotes, refusals);
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
    const best = readLevel(bid);
    const offer = readLevel(ask);
    if (best === undefined || offer === undefined)
      return refusal('bad-number', 'bid, ask: expected prices and sizes as exact decimals', listing.symbol);
    return quoteRecord(this.#context, listing, {
      receiveTime,
      origin,
      eventTime,
      precision: 'MILLISECOND',
      venueSequence: null,
      updateId: change === null ? null : String(change),
      bid: best.price,
      bidSize: best.size,
      ask: offer.price,
      askSize: offer.size,
    });
  }

  #bars(data: readonly unknown[], interval: Interval, frame: Frame): ParsedFrame {
    const bars: RawBar[] = [];
    const refusals: Refusal[] = [];
    for (const entry of data) {
      const bar = this.#bar(Array.isArray(entry) ? (entry as readonly unknown[]) : [], interval, frame);
      if ('code' in bar) refusals.push(bar);
      else bars.push(bar);
    }
    return barsFrame(bars, refusals);
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
    const [open, high, low, close] = [1, 2, 3, 4].map((place) => readDecimal(entry[place]));
    const [volume, quoteVolume] = [readDecimal(entry[5]), readDecimal(entry[7])];
    if (open === undefined || high === undefined || low === undefined || close === undefined)
      return refusal('bad-number', 'candle: expected four prices as exact decimals', symbol);
    if (volume === undefined || quoteVolume === undefined)
      return refusal('bad-number', 'candle: expected volumes as exact decimals', symbol);
    return barRecord(this.#context, listing, {
      receiveTime,
      origin,
      eventTime: null,
      precision: null,
      venueSequence: null,
      interval,
      start,
      open,
      high,
      low,
      close,
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

interface Level {
  readonly price: Fixed | null;
  readonly size: Fixed | null;
}

const NO_LEVEL: readonly unknown[] = Object.freeze(['', '']);
const EMPTY: Level = Object.freeze({ price: null, size: null });

/** A side's best price and size; empty texts where nobody is there. */
function readLevel(level: unknown): Level | undefined {
  if (!Array.isArray(level)) return undefined;
  const [px, sz] = level as readonly unknown[];
  if (px === '') return EMPTY;
  const price = readDecimal(px);
  const size = readDecimal(sz);
  return price === undefined || size === undefined ? undefined : { price, size };
}

function isSequence(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
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
