import {
  BarCloser,
  barsFrame,
  NOTHING,
  quoteRecord,
  quotesFrame,
  refusedFrame,
  tradesFrame,
  type Listing,
  type ParsedFrame,
  type ParserContext,
} from '@concord/sources';
import type { RawQuote, RawTrade } from '@concord/codec';
import type { Interval, Micros } from '@concord/model';
import { readBar, readBarUpdate, readBars, readTrade } from './rows.ts';
import { isPriceField, isSizeField, Level1 } from './level1.ts';
import { MESSAGE, MESSAGE_TYPE_MAX, TICK_TYPES, type TickField } from './messages.ts';
import { readQuantity, readSeconds } from './quantities.ts';

/** What one request to TWS brings. */
export interface Line {
  readonly feed: 'prints' | 'quotes' | 'sampled' | 'bars';
  readonly listing: Listing;
  /** For `sampled`: what of it is wanted. */
  readonly wants: { readonly quotes: boolean; readonly trades: boolean };
  readonly interval: Interval;
}

/** What a parser may know: the lines of its session by the number of the request that opened each, which change while it lives. */
export interface TwsContext extends ParserContext {
  readonly lines: ReadonlyMap<number, Line>;
  /** Whether the session ever asked for something under this number. */
  wasAsked(request: number): boolean;
}

interface Found {
  readonly request: number;
  readonly line: Line;
}

/** All that one message says. */
export type TwsMessage =
  | { readonly type: 'data'; readonly request: number | null; readonly frame: ParsedFrame }
  /** A request is served, though nothing may have come yet. */
  | { readonly type: 'served'; readonly request: number }
  | ({ readonly type: 'notice' } & Notice)
  | { readonly type: 'ready' }
  /** What the clock of TWS shows. */
  | { readonly type: 'time'; readonly at: Micros }
  | { readonly type: 'accounts'; readonly accounts: readonly string[] }
  | { readonly type: 'nothing' };

const SILENT: TwsMessage = { type: 'nothing' };
const TICK_FIELDS = new Map<string, { readonly field: TickField; readonly delayed: boolean }>(
  (Object.entries(TICK_TYPES) as [TickField, readonly [string, string]][]).flatMap(
    ([field, [live, late]]) => [
      [live, { field, delayed: false }] as const,
      [late, { field, delayed: true }] as const,
    ],
  ),
);
/** With fewer fields one is missing, and those behind it stand in the places of others. */
const TICK_PRICE_FIELDS = 7;
const QUOTE_FIELDS = 9;
const INTEGER = /^-?\d{1,10}$/;

/** Turns the messages of one TWS session, in their order, into the common format. Pure; what it keeps is one state a line. */
export class TwsParser {
  readonly #context: TwsContext;
  /** By request. */
  readonly #level1 = new Map<number, Level1>();
  readonly #pending = new Set<Level1>();
  readonly #closer = new BarCloser();

  constructor(context: TwsContext) {
    this.#context = context;
  }

  /** The sampled records that were waiting for time to pass: those said before `before`. */
  settle(before: Micros): { readonly quotes: readonly RawQuote[]; readonly trades: readonly RawTrade[] } {
    const quotes: RawQuote[] = [];
    const trades: RawTrade[] = [];
    for (const line of this.#pending) {
      line.settle(before, quotes, trades);
      if (!line.isPending) this.#pending.delete(line);
    }
    return { quotes, trades };
  }

  /** `fields` are one message's. Never throws for what TWS sends. */
  parse(fields: readonly string[], receiveTime: Micros): TwsMessage {
    switch (fields[0]) {
      case MESSAGE.tickPrice:
      case MESSAGE.tickSize:
      case MESSAGE.tickString:
        return this.#tick(fields, receiveTime);
      case MESSAGE.tickByTick:
        return this.#tickByTick(fields, receiveTime);
      case MESSAGE.historicalBars:
        return this.#bars(fields, receiveTime);
      case MESSAGE.barUpdate:
        return this.#barUpdate(fields, receiveTime);
      case MESSAGE.tickParameters:
        return this.#served(fields, fields[1]);
      case MESSAGE.marketDataType:
        return this.#served(fields, fields[2]);
      case MESSAGE.notice:
        return noticeMessage(fields);
      case MESSAGE.currentTime:
        return timeMessage(fields);
      case MESSAGE.nextValidId:
        return { type: 'ready' };
      case MESSAGE.managedAccounts:
        return { type: 'accounts', accounts: (fields[2] ?? '').split(',').filter((one) => one !== '') };
      default:
        return isDocumented(fields[0]) ? SILENT : refused('unknown-frame', `message type "${fields[0]}"`);
    }
  }

  #served(fields: readonly string[], request: string | undefined): TwsMessage {
    if (request === undefined || !INTEGER.test(request)) return badField(fields, 'expected a request');
    return { type: 'served', request: Number(request) };
  }

  /** The line of a message, or what is said instead. Messages of one that was given up still come for a while and say nothing. */
  #found(fields: readonly string[], text: string | undefined): Found | TwsMessage {
    if (text === undefined || !INTEGER.test(text)) return badField(fields, 'expected a request');
    const request = Number(text);
    const line = this.#context.lines.get(request);
    if (line !== undefined) return { request, line };
    if (this.#context.wasAsked(request)) return SILENT;
    return refused('unknown-symbol', `message type ${fields[0]}: there is no request ${request}`);
  }

  #tick(fields: readonly string[], at: Micros): TwsMessage {
    const [type, , request, tickType = '', value, size] = fields;
    const found = this.#found(fields, request);
    if ('type' in found) return found;
    if (!INTEGER.test(tickType) || value === undefined)
      return badField(fields, 'expected a tick type and a value', found.line.listing.symbol);
    if (type === MESSAGE.tickPrice && fields.length < TICK_PRICE_FIELDS)
      return badField(fields, `expected ${TICK_PRICE_FIELDS} fields`, found.line.listing.symbol);
    const tick = TICK_FIELDS.get(tickType);
    if (found.line.feed !== 'sampled') return SILENT;
    const alive: TwsMessage = { type: 'data', request: found.request, frame: NOTHING };
    if (tick === undefined) return alive; // of a type that is not kept
    const level1 = this.#stateOf(found.request, found.line);
    const { field, delayed } = tick;
    const { symbol } = found.line.listing;
    if (type === MESSAGE.tickPrice && isPriceField(field)) {
      const price = readQuantity(value);
      const sizeOfPrice = size === '' ? undefined : readQuantity(size);
      if (price === undefined || (sizeOfPrice === undefined && size !== ''))
        return refused('bad-number', 'price, size: expected exact decimals', symbol);
      level1.price(field, price, sizeOfPrice, delayed, at);
    } else if (type === MESSAGE.tickSize && isSizeField(field)) {
      const quantity = readQuantity(value);
      if (quantity === undefined) return refused('bad-number', 'size: expected an exact decimal', symbol);
      level1.size(field, quantity, delayed, at);
    } else if (type === MESSAGE.tickString && field === 'lastTime') {
      const time = readSeconds(value);
      if (time === undefined) return refused('bad-time', 'expected seconds since 1970', symbol);
      level1.time(time, delayed, at);
    }
    if (level1.isPending) this.#pending.add(level1);
    return alive;
  }

  #stateOf(request: number, line: Line): Level1 {
    const known = this.#level1.get(request);
    if (known !== undefined) return known;
    for (const old of this.#level1.keys()) if (!this.#context.lines.has(old)) this.#level1.delete(old);
    const level1 = new Level1(this.#context, line.listing, line);
    this.#level1.set(request, level1);
    return level1;
  }

  #tickByTick(fields: readonly string[], receiveTime: Micros): TwsMessage {
    const [, request, kind, seconds] = fields;
    const found = this.#found(fields, request);
    if ('type' in found) return found;
    if (kind === '0' || kind === '4') return SILENT;
    const { listing } = found.line;
    if (kind === '1' || kind === '2') {
      const [, , , , price, size, mask, exchange, conditions] = fields;
      const row = { seconds, mask, price, size, exchange, conditions };
      const trade = readTrade(this.#context, listing, row, 'LIVE', receiveTime);
      if ('code' in trade) return refused(trade.code, trade.message, listing.symbol);
      return { type: 'data', request: found.request, frame: tradesFrame([trade]) };
    }
    if (kind !== '3') return badField(fields, `tick-by-tick type "${kind}"`, listing.symbol);
    return this.#quote(found, fields, receiveTime);
  }

  #quote({ request, line: { listing } }: Found, fields: readonly string[], receiveTime: Micros): TwsMessage {
    const eventTime = readSeconds(fields[3]);
    if (eventTime === undefined) return refused('bad-time', 'expected seconds since 1970', listing.symbol);
    const [bid, ask, bidSize, askSize] = fields.slice(4, 8).map(readQuantity);
    if (bid === undefined || ask === undefined || bidSize === undefined || askSize === undefined)
      return refused('bad-number', 'bid, ask, sizes: expected exact decimals', listing.symbol);
    if (fields.length < QUOTE_FIELDS)
      return badField(fields, `expected ${QUOTE_FIELDS} fields`, listing.symbol);
    const noBid = bid === null || bidSize === null || (bid === 0n && bidSize === 0n);
    const noAsk = ask === null || askSize === null || (ask === 0n && askSize === 0n);
    const quote = quoteRecord(this.#context, listing, {
      receiveTime,
      origin: 'LIVE',
      eventTime,
      precision: 'SECOND',
      venueSequence: null,
      updateId: null,
      bid: noBid ? null : bid,
      bidSize: noBid ? null : bidSize,
      ask: noAsk ? null : ask,
      askSize: noAsk ? null : askSize,
    });
    return { type: 'data', request, frame: quotesFrame([quote]) };
  }

  /** What a subscription to bars begins with: those of the last hours, the newest still open. */
  #bars(fields: readonly string[], receiveTime: Micros): TwsMessage {
    const found = this.#found(fields, fields[1]);
    if ('type' in found) return found;
    const { request, line } = found;
    const { rows, refusals } = readBars(fields, line.listing.symbol, line.interval);
    const bars = rows.map((row) => ({
      ...row,
      receiveTime,
      origin: 'SNAPSHOT' as const,
      eventTime: null,
      precision: null,
      venueSequence: null,
    }));
    const records = this.#closer.records(
      this.#context,
      bars.map((bar) => [line.listing, bar] as const),
    );
    return { type: 'data', request, frame: barsFrame(records, refusals) };
  }

  #barUpdate(fields: readonly string[], receiveTime: Micros): TwsMessage {
    const found = this.#found(fields, fields[1]);
    if ('type' in found) return found;
    const { request, line } = found;
    const row = readBar(readBarUpdate(fields), line.listing.symbol, line.interval);
    if ('code' in row) return { type: 'data', request, frame: barsFrame([], [row]) };
    const bar = {
      ...row,
      receiveTime,
      origin: 'LIVE' as const,
      eventTime: null,
      precision: null,
      venueSequence: null,
    };
    const records = this.#closer.records(this.#context, [[line.listing, bar]]);
    return { type: 'data', request, frame: barsFrame(records) };
  }
}

export interface Notice {
  /** Null where it speaks of the connection as a whole. */
  readonly request: number | null;
  readonly code: number;
  readonly text: string;
}

/** What a notice says; `undefined` when it cannot be read. */
export function readNotice(fields: readonly string[]): Notice | undefined {
  const [, , request = '', code = '', text] = fields;
  if (!INTEGER.test(request) || !INTEGER.test(code) || text === undefined) return undefined;
  const id = Number(request);
  return { request: id < 0 ? null : id, code: Number(code), text };
}

function noticeMessage(fields: readonly string[]): TwsMessage {
  const notice = readNotice(fields);
  return notice === undefined
    ? badField(fields, 'expected a request, a code and a text')
    : { type: 'notice', ...notice };
}

function timeMessage(fields: readonly string[]): TwsMessage {
  const at = readSeconds(fields[2]);
  return at === undefined ? badField(fields, 'expected seconds since 1970') : { type: 'time', at };
}

function isDocumented(type: string | undefined): boolean {
  const number = Number(type);
  return INTEGER.test(type ?? '') && number >= 1 && number <= MESSAGE_TYPE_MAX;
}

function refused(
  code: Parameters<typeof refusedFrame>[0],
  message: string,
  symbol: string | null = null,
): TwsMessage {
  return { type: 'data', request: null, frame: refusedFrame(code, message, symbol) };
}

function badField(fields: readonly string[], message: string, symbol: string | null = null): TwsMessage {
  return refused('bad-field', `message type ${fields[0]}: ${message}`, symbol);
}
