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
  readRfc3339,
  refusal,
  refused,
  refusedFrame,
  saidOf,
  tradeRecord,
  tradesFrame,
  type Fields,
  type FrameParser,
  type Level,
  type Listing,
  type ParsedFrame,
  type ParserContext,
  type Refusal,
  type Unread,
} from '@concord/sources';
import type { Origin, RawTrade } from '@concord/codec';
import type { Micros } from '@concord/model';
import { isBarInterval } from './config.ts';
import {
  UNUSED_TYPES,
  type BarMessage,
  type QuoteMessage,
  type ReplyMessage,
  type TradeEntry,
  type TradesMessage,
} from './messages.ts';

/** A parser for the frames of one session. */
export function createParser(context: ParserContext): FrameParser {
  return new ExampleParser(context);
}

/** What the records of a frame share. */
interface Frame {
  readonly listing: Listing;
  readonly origin: Origin;
  readonly receiveTime: Micros;
}

class ExampleParser implements FrameParser {
  readonly #context: ParserContext;
  readonly #revisions = new BarRevisions();

  constructor(context: ParserContext) {
    this.#context = context;
  }

  parse(text: string, receiveTime: Micros): ParsedFrame {
    const message = readFields(text);
    if (typeof message === 'string') return refusedFrame(message, 'expected a JSON object');
    const { type } = message;
    if (type === 'heartbeat') return HEARTBEAT;
    if (type === 'reply') return reply(message);
    if (type !== 'trades' && type !== 'quote' && type !== 'bar') {
      if (typeof type === 'string' && UNUSED_TYPES.has(type)) return NOTHING;
      return refusedFrame('unknown-frame', `unknown type "${saidOf(type)}"`);
    }
    const { symbol, snapshot } = message;
    const listing = readListing(this.#context, symbol, 'symbol');
    if ('code' in listing) return refused(listing);
    if (typeof snapshot !== 'boolean')
      return refusedFrame('bad-field', 'snapshot: expected true or false', listing.symbol);
    const frame: Frame = { listing, origin: snapshot ? 'SNAPSHOT' : 'LIVE', receiveTime };
    if (type === 'trades') return this.#trades(message, frame);
    return type === 'quote' ? this.#quote(message, frame) : this.#bar(message, frame);
  }

  #trades({ trades: entries }: Unread<TradesMessage>, frame: Frame): ParsedFrame {
    const { symbol } = frame.listing;
    if (!Array.isArray(entries)) return refusedFrame('bad-field', 'trades: expected a list', symbol);
    const trades = new Entries<RawTrade>();
    for (const entry of entries as readonly unknown[])
      trades.add(readTrade(isObject(entry) ? entry : {}, frame, this.#context));
    return tradesFrame(trades.records, trades.refusals);
  }

  #quote({ time, bid, ask }: Unread<QuoteMessage>, { listing, origin, receiveTime }: Frame): ParsedFrame {
    const eventTime = readRfc3339(time);
    if (eventTime === undefined) return refusedFrame('bad-time', 'time: expected RFC 3339', listing.symbol);
    const best = bestOf(bid);
    const offer = bestOf(ask);
    if (best === undefined || offer === undefined)
      return refusedFrame('bad-number', 'bid, ask: expected price and size as text', listing.symbol);
    return quotesFrame([
      quoteRecord(this.#context, listing, {
        receiveTime,
        origin,
        eventTime,
        precision: 'MICROSECOND',
        venueSequence: null,
        updateId: null,
        bid: best?.price ?? null,
        bidSize: best?.size ?? null,
        ask: offer?.price ?? null,
        askSize: offer?.size ?? null,
      }),
    ]);
  }

  #bar(message: Unread<BarMessage>, { listing, origin, receiveTime }: Frame): ParsedFrame {
    const { symbol } = listing;
    const { interval, closed } = message;
    const eventTime = readRfc3339(message.time);
    const start = readRfc3339(message.start);
    if (eventTime === undefined || start === undefined)
      return refusedFrame('bad-time', 'time, start: expected RFC 3339', symbol);
    if (!isBarInterval(interval) || typeof closed !== 'boolean')
      return refusedFrame('bad-field', 'interval, closed: expected 1m, 1h or 1d; true or false', symbol);
    const prices = readOhlc(message.open, message.high, message.low, message.close);
    const volume = readDecimal(message.volume);
    if (prices === undefined || volume === undefined)
      return refused(badNumber('open, high, low, close, volume', symbol));
    return barsFrame([
      barRecord(this.#context, listing, {
        receiveTime,
        origin,
        eventTime,
        precision: 'MICROSECOND',
        venueSequence: null,
        interval,
        start,
        ...prices,
        volume,
        quoteVolume: null,
        vwap: null,
        tradeCount: null,
        takerBuyVolume: null,
        final: closed,
        revision: this.#revisions.next(`${symbol} ${interval}`, start),
      }),
    ]);
  }
}

/** A trade of the stream or of the history, which have the same form. */
export function readTrade(
  entry: Fields,
  { listing, origin, receiveTime }: Frame,
  context: ParserContext,
): RawTrade | Refusal {
  const { id, time, price: priceText, size: sizeText, side } = entry as Unread<TradeEntry>;
  if (!isWholeNumber(id)) return refusal('bad-field', 'id: expected a whole number', listing.symbol);
  if (side !== 'buy' && side !== 'sell')
    return refusal('bad-field', 'side: expected buy or sell', listing.symbol);
  const eventTime = readRfc3339(time);
  if (eventTime === undefined) return refusal('bad-time', 'time: expected RFC 3339', listing.symbol);
  const price = readDecimal(priceText);
  const size = readDecimal(sizeText);
  if (price === undefined || size === undefined) return badNumber('price, size', listing.symbol);
  return tradeRecord(context, listing, {
    receiveTime,
    origin,
    eventTime,
    precision: 'MICROSECOND',
    venueSequence: null,
    idKind: 'TRADE',
    firstId: String(id),
    lastId: String(id),
    fills: null,
    price,
    size,
    side: side === 'buy' ? 'BUY' : 'SELL',
  });
}

/** A side's best price and size, null where nobody is there. */
function bestOf(level: unknown): Level | null | undefined {
  if (level === null) return null;
  return Array.isArray(level) ? readLevel(level[0], level[1]) : undefined;
}

function reply({ keys, error }: Unread<ReplyMessage>): ParsedFrame {
  if (!Array.isArray(keys)) return refusedFrame('bad-field', 'keys: expected a list');
  const named = keys.map(saidOf);
  return error === undefined ? acksFrame(named) : errorFrame('venue-error', saidOf(error), named);
}
