import {
  acksFrame,
  barRecord,
  BarRevisions,
  barsFrame,
  errorFrame,
  HEARTBEAT,
  isObject,
  NOTHING,
  quoteRecord,
  quotesFrame,
  readDecimal,
  readRfc3339,
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
import type { Origin, RawTrade } from '@concord/codec';
import type { Fixed, Micros } from '@concord/model';
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

type Fields = { readonly [key: string]: unknown };

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
    let message: unknown;
    try {
      message = JSON.parse(text);
    } catch {
      return refusedFrame('not-json', 'expected a JSON object');
    }
    if (!isObject(message)) return refusedFrame('unknown-frame', 'expected a JSON object');
    const { type } = message;
    if (type === 'heartbeat') return HEARTBEAT;
    if (type === 'reply') return reply(message);
    if (type !== 'trades' && type !== 'quote' && type !== 'bar') {
      if (typeof type === 'string' && UNUSED_TYPES.has(type)) return NOTHING;
      return refusedFrame('unknown-frame', `unknown type ${JSON.stringify(type)}`);
    }
    const { symbol, snapshot } = message;
    if (typeof symbol !== 'string') return refusedFrame('bad-field', 'symbol: expected text');
    const listing = this.#context.listings.get(symbol);
    if (listing === undefined)
      return refusedFrame('unknown-symbol', `symbol "${symbol}" is not configured`, symbol);
    if (typeof snapshot !== 'boolean')
      return refusedFrame('bad-field', 'snapshot: expected true or false', symbol);
    const frame: Frame = { listing, origin: snapshot ? 'SNAPSHOT' : 'LIVE', receiveTime };
    if (type === 'trades') return this.#trades(message, frame);
    return type === 'quote' ? this.#quote(message, frame) : this.#bar(message, frame);
  }

  #trades({ trades: entries }: Unread<TradesMessage>, frame: Frame): ParsedFrame {
    const { symbol } = frame.listing;
    if (!Array.isArray(entries)) return refusedFrame('bad-field', 'trades: expected a list', symbol);
    const trades: RawTrade[] = [];
    const refusals: Refusal[] = [];
    for (const entry of entries as readonly unknown[]) {
      const trade = readTrade(isObject(entry) ? entry : {}, frame, this.#context);
      if ('code' in trade) refusals.push(trade);
      else trades.push(trade);
    }
    return tradesFrame(trades, refusals);
  }

  #quote({ time, bid, ask }: Unread<QuoteMessage>, { listing, origin, receiveTime }: Frame): ParsedFrame {
    const eventTime = readRfc3339(time);
    if (eventTime === undefined) return refusedFrame('bad-time', 'time: expected RFC 3339', listing.symbol);
    const best = readLevel(bid);
    const offer = readLevel(ask);
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
        bid: best.price,
        bidSize: best.size,
        ask: offer.price,
        askSize: offer.size,
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
    const [open, high] = [readDecimal(message.open), readDecimal(message.high)];
    const [low, close] = [readDecimal(message.low), readDecimal(message.close)];
    const volume = readDecimal(message.volume);
    if (open === undefined || high === undefined || low === undefined || close === undefined)
      return refusedFrame('bad-number', 'open, high, low, close: expected exact decimals as text', symbol);
    if (volume === undefined)
      return refusedFrame('bad-number', 'volume: expected an exact decimal as text', symbol);
    return barsFrame([
      barRecord(this.#context, listing, {
        receiveTime,
        origin,
        eventTime,
        precision: 'MICROSECOND',
        venueSequence: null,
        interval,
        start,
        ...{ open, high, low, close, volume },
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
  if (!Number.isSafeInteger(id) || (id as number) < 0)
    return refusal('bad-field', 'id: expected a whole number', listing.symbol);
  if (side !== 'buy' && side !== 'sell')
    return refusal('bad-field', 'side: expected buy or sell', listing.symbol);
  const eventTime = readRfc3339(time);
  if (eventTime === undefined) return refusal('bad-time', 'time: expected RFC 3339', listing.symbol);
  const price = readDecimal(priceText);
  const size = readDecimal(sizeText);
  if (price === undefined || size === undefined)
    return refusal('bad-number', 'price, size: expected exact decimals as text', listing.symbol);
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

interface Level {
  readonly price: Fixed | null;
  readonly size: Fixed | null;
}

function readLevel(level: unknown): Level | undefined {
  if (level === null) return { price: null, size: null };
  if (!Array.isArray(level)) return undefined;
  const [price, size] = [readDecimal(level[0]), readDecimal(level[1])];
  return price === undefined || size === undefined ? undefined : { price, size };
}

function reply({ keys, error }: Unread<ReplyMessage>): ParsedFrame {
  if (!Array.isArray(keys)) return refusedFrame('bad-field', 'keys: expected a list');
  const named = keys.map(String);
  return error === undefined
    ? acksFrame(named)
    : errorFrame('venue-error', typeof error === 'string' ? error : JSON.stringify(error), named);
}
