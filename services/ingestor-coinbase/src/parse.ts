import {
  acksFrame,
  badNumber,
  BarCloser,
  barsFrame,
  Entries,
  errorFrame,
  HEARTBEAT,
  isIntegerText,
  isObject,
  NOTHING,
  oldestFirst,
  quotesFrame,
  readDecimal,
  readFields,
  readListing,
  readOhlc,
  readRfc3339,
  refusal,
  refusedFrame,
  saidOf,
  tradeRecord,
  tradesFrame,
  type FrameParser,
  type Listing,
  type OpenBar,
  type ParsedFrame,
  type ParserContext,
  type Refusal,
  type Resync,
  type Unread,
} from '@concord/sources';
import type { Origin, RawBar, RawQuote, RawTrade, Side } from '@concord/codec';
import { MICROS_PER_SECOND, type Micros } from '@concord/model';
import { Level2Books, type BookFault } from './level2.ts';
import {
  UNUSED_CHANNELS,
  type Candle,
  type CandlesEvent,
  type Envelope,
  type ErrorMessage,
  type Level2Event,
  type MarketTrade,
  type MarketTradesEvent,
  type SubscriptionsEvent,
} from './messages.ts';

/** A parser for the frames of one Advanced Trade session. */
export function createParser(context: ParserContext): FrameParser {
  return new CoinbaseParser(context);
}

export const CHANNELS = { trades: 'market_trades', quotes: 'level2', bars: 'candles' } as const;

export function streamKey(channel: string, product: string): string {
  return `${channel}:${product}`;
}

// The venue tells the maker's side: recorded SELL prints stand at the ask, where the taker bought.
export const TAKER_SIDES: ReadonlyMap<unknown, Side | null> = new Map([
  ['BUY', 'SELL'],
  ['SELL', 'BUY'],
  ['UNKNOWN_ORDER_SIDE', null],
] as const);

const BOOK_FAULTS: Readonly<Record<BookFault, string>> = {
  'bad-update': 'a level could not be read',
  'no-snapshot': 'changes came without their snapshot',
  crossed: 'the book crossed itself',
  exhausted: 'the levels kept are used up',
};

/** What an event's records share. */
interface Sent {
  readonly receiveTime: Micros;
  readonly sequence: number;
  /** A message of this number, or of a later one, has come before. */
  readonly isPast: boolean;
  readonly timestamp: Micros | null;
}

class CoinbaseParser implements FrameParser {
  readonly #context: ParserContext;
  readonly #books: Level2Books;
  readonly #closer = new BarCloser();
  #expected: number | undefined;

  constructor(context: ParserContext) {
    this.#context = context;
    this.#books = new Level2Books(context);
  }

  parse(text: string, receiveTime: Micros): ParsedFrame {
    const frame = readFields(text);
    if (typeof frame === 'string') return refusedFrame(frame, 'expected a JSON object');
    const { type, message } = frame as Unread<ErrorMessage>;
    if (type === 'error') return errorFrame('venue-error', saidOf(message));
    const { channel, sequence_num: sequence, timestamp, events } = frame as Unread<Envelope>;
    if (typeof channel !== 'string') return refusedFrame('unknown-frame', 'neither a channel nor an error');
    if (!Number.isSafeInteger(sequence))
      return refusedFrame('bad-field', 'sequence_num: expected an integer');
    if (!Array.isArray(events)) return refusedFrame('bad-field', 'events: expected a list');
    const isPast = this.#expected !== undefined && (sequence as number) < this.#expected;
    const lost = this.#follow(sequence as number);
    const sent: Sent = {
      receiveTime,
      sequence: sequence as number,
      isPast,
      timestamp: readRfc3339(timestamp) ?? null,
    };
    const parsed = this.#channel(channel, events, sent);
    return lost.length === 0 ? parsed : { ...parsed, resyncs: [...lost, ...parsed.resyncs] };
  }

  /** A number left out is a message lost, perhaps a change of a book: no book is what it was. */
  #follow(sequence: number): Resync[] {
    const expected = this.#expected ?? sequence;
    this.#expected = Math.max(expected, sequence + 1);
    if (sequence <= expected) return [];
    const reason = `messages ${expected} to ${sequence - 1} are missing`;
    return this.#books.dropAll().flatMap((product) => {
      const listing = this.#context.listings.get(product);
      return listing === undefined ? [] : [{ listing, kind: 'quotes' as const, reason }];
    });
  }

  #channel(channel: string, events: readonly unknown[], sent: Sent): ParsedFrame {
    if (channel === 'l2_data') return this.#quotes(events, sent);
    if (channel === 'market_trades') return this.#trades(events, sent);
    if (channel === 'heartbeats') return HEARTBEAT;
    if (channel === 'candles') return this.#bars(events, sent);
    if (channel === 'subscriptions') return acks(events);
    if (UNUSED_CHANNELS.has(channel)) return NOTHING;
    return refusedFrame('unknown-frame', `unknown channel "${channel}"`);
  }

  #listing(product: unknown): Listing | Refusal {
    return readListing(this.#context, product, 'product_id');
  }

  #trades(events: readonly unknown[], sent: Sent): ParsedFrame {
    const trades = new Entries<RawTrade>();
    for (const event of events) {
      const origin = originOf(event);
      const list = isObject(event) ? (event as Unread<MarketTradesEvent>).trades : undefined;
      if (origin === undefined || !Array.isArray(list)) {
        trades.add(refusal('bad-field', 'type, trades: expected snapshot or update and a list'));
        continue;
      }
      // Ids are sequential, so that published oldest first they follow each other without a jump.
      for (const entry of oldestFirst(list, 'trade_id')) trades.add(this.#trade(entry, origin, sent));
    }
    return tradesFrame(trades.records, trades.refusals);
  }

  #trade(entry: unknown, origin: Origin, sent: Sent): RawTrade | Refusal {
    if (!isObject(entry)) return refusal('bad-field', 'trades: expected objects');
    const trade = entry as Unread<MarketTrade>;
    const listing = this.#listing(trade.product_id);
    if ('code' in listing) return listing;
    const { trade_id: id, time } = trade;
    if (!isIntegerText(id))
      return refusal('bad-field', 'trade_id: expected an integer as text', listing.symbol);
    const side = TAKER_SIDES.get(trade.side);
    if (side === undefined) return refusal('bad-field', 'side: expected BUY or SELL', listing.symbol);
    const eventTime = readRfc3339(time);
    if (eventTime === undefined) return refusal('bad-time', 'time: expected RFC 3339', listing.symbol);
    const price = readDecimal(trade.price);
    const size = readDecimal(trade.size);
    if (price === undefined || size === undefined) return badNumber('price, size', listing.symbol);
    return tradeRecord(this.#context, listing, {
      receiveTime: sent.receiveTime,
      origin,
      eventTime,
      precision: 'MICROSECOND',
      venueSequence: sent.sequence,
      idKind: 'TRADE',
      firstId: id,
      lastId: id,
      fills: null,
      price,
      size,
      side,
    });
  }

  #quotes(events: readonly unknown[], sent: Sent): ParsedFrame {
    // The books are further than that: it would put back levels that are gone. Where there is none, its loss was told when its number was left out.
    if (sent.isPast && !this.#books.isEmpty)
      return refusedFrame('repeated-frame', `sequence_num: ${sent.sequence} has come before`);
    if (sent.isPast) return NOTHING;
    const quotes: RawQuote[] = [];
    const refusals: Refusal[] = [];
    const resyncs: Resync[] = [];
    for (const event of events) {
      const level2 = isObject(event) ? (event as Unread<Level2Event>) : {};
      const listing = this.#listing(level2.product_id);
      if ('code' in listing) {
        refusals.push(listing);
        continue;
      }
      if (originOf(event) === undefined || !Array.isArray(level2.updates)) {
        refusals.push(
          refusal('bad-field', 'type, updates: expected snapshot or update and a list', listing.symbol),
        );
        continue;
      }
      const quote = this.#books.apply(level2 as Level2Event, listing, sent);
      if (quote === undefined) continue;
      if (typeof quote !== 'string') {
        quotes.push(quote);
        continue;
      }
      this.#books.drop(listing.symbol);
      resyncs.push({ listing, kind: 'quotes', reason: BOOK_FAULTS[quote] });
      if (quote === 'bad-update') refusals.push(refusal('bad-number', BOOK_FAULTS[quote], listing.symbol));
    }
    return quotesFrame(quotes, refusals, resyncs);
  }

  #bars(events: readonly unknown[], sent: Sent): ParsedFrame {
    const bars: RawBar[] = [];
    const refusals: Refusal[] = [];
    for (const event of events) {
      const origin = originOf(event);
      const list = isObject(event) ? (event as Unread<CandlesEvent>).candles : undefined;
      if (origin === undefined || !Array.isArray(list)) {
        refusals.push(refusal('bad-field', 'type, candles: expected snapshot or update and a list'));
        continue;
      }
      const sound: [Listing, OpenBar][] = [];
      for (const entry of list) {
        const listing = this.#listing(isObject(entry) ? (entry as Unread<Candle>).product_id : undefined);
        const bar = 'code' in listing ? listing : openBar(entry as Unread<Candle>, origin, sent);
        if ('code' in listing) refusals.push(listing);
        else if ('code' in bar) refusals.push(bar);
        else sound.push([listing, bar]);
      }
      bars.push(...this.#closer.records(this.#context, sound));
    }
    return barsFrame(bars, refusals);
  }
}

function openBar(candle: Unread<Candle>, origin: Origin, sent: Sent): OpenBar | Refusal {
  const { product_id: product, start } = candle;
  if (!isIntegerText(start))
    return refusal('bad-time', 'start: expected seconds since 1970 as text', saidOf(product));
  const prices = readOhlc(candle.open, candle.high, candle.low, candle.close);
  const volume = readDecimal(candle.volume);
  if (prices === undefined || volume === undefined)
    return badNumber('open, high, low, close, volume', saidOf(product));
  return {
    receiveTime: sent.receiveTime,
    origin,
    eventTime: sent.timestamp,
    precision: sent.timestamp === null ? null : 'NANOSECOND',
    venueSequence: sent.sequence,
    interval: '5m',
    start: Number(start) * MICROS_PER_SECOND,
    ...prices,
    volume,
    quoteVolume: null,
    vwap: null,
    tradeCount: null,
    takerBuyVolume: null,
  };
}

function originOf(event: unknown): Origin | undefined {
  const type = isObject(event) ? event['type'] : undefined;
  if (type === 'snapshot') return 'SNAPSHOT';
  return type === 'update' ? 'LIVE' : undefined;
}

function acks(events: readonly unknown[]): ParsedFrame {
  const keys: string[] = [];
  for (const event of events) {
    const { subscriptions } = (isObject(event) ? event : {}) as Unread<SubscriptionsEvent>;
    if (!isObject(subscriptions)) return refusedFrame('bad-field', 'subscriptions: expected an object');
    for (const [channel, products] of Object.entries(subscriptions)) {
      if (Array.isArray(products))
        for (const product of products) keys.push(streamKey(channel, saidOf(product)));
    }
  }
  return acksFrame(keys);
}
