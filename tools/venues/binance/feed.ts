import type { QuoteEvent, TradesEvent } from '../market/events.ts';
import type { PreparedFrame } from '../recording/prepared.ts';
import { Audience } from '../server/audience.ts';
import { readClientMessage } from '../server/client-message.ts';
import type { Connection, FrameTag } from '../server/connection.ts';
import type { FeedContext, RestAnswer, RestRequest, VenueFeed } from '../server/feed.ts';
import type { Listing } from '../tape/listing.ts';
import { AggregateRing } from './aggregate-ring.ts';
import { Klines } from './klines.ts';
import {
  aggregateFrame,
  bookTickerFrame,
  depthUpdateFrame,
  INTERVALS,
  levels,
  miniTickerFrame,
  stamp,
  tickerFrame,
  tradeFrame,
} from './messages.ts';
import { RequestWeights } from './request-weights.ts';
import { answer } from './rest.ts';

const POLICY_VIOLATION = 1008;
const SECOND = 1_000_000;
const STREAM =
  /^([a-z0-9]+)@(trade|aggTrade|bookTicker|ticker|miniTicker|depth(?:5|10|20)?(?:@100ms|@1000ms)?|kline_(\w+))$/;

/** Anything else is refused; a well-formed name of no stream is taken and stays mute. */
const WELL_FORMED = /^!?[\w.]+@[\w@+:]+$/;

interface DepthState {
  readonly changes: Map<string, { isBid: boolean; price: number; size: number }>;
  first: number;
}

/** Binance spot: combined and raw streams, live subscriptions, REST market data (documentation of 2026-07-21). */
export class BinanceFeed implements VenueFeed {
  readonly #context: FeedContext;
  readonly #bySymbol = new Map<string, Listing>();
  readonly #aggregates = new Map<Listing, AggregateRing>();
  readonly #depths = new Map<Listing, DepthState>();
  readonly #audience = new Audience();
  /** Every name a connection asked for, those of no stream included. */
  readonly #asked = new Map<Connection, Set<string>>();
  /** Whether a connection gets each event with its stream's name around it. */
  readonly #combined = new Map<Connection, boolean>();
  readonly #klines: Klines;
  readonly #weights: RequestWeights;
  #nextSecond = 0;

  constructor(context: FeedContext) {
    this.#context = context;
    for (const listing of context.listings) {
      this.#bySymbol.set(listing.symbol, listing);
      this.#aggregates.set(listing, new AggregateRing(listing.trades));
    }
    this.#weights = new RequestWeights(context.limits, context.now);
    this.#klines = new Klines((stream, listing, make) =>
      this.#publish(stream, { kind: 'bars', symbol: listing.symbol }, make),
    );
  }

  open(connection: Connection): void {
    this.#asked.set(connection, new Set());
    this.#combined.set(connection, !connection.path.startsWith('/ws'));
    const streams = connection.path.startsWith('/ws')
      ? connection.path.slice('/ws'.length).split('/').filter(Boolean)
      : (connection.query.get('streams') ?? '').split('/').filter(Boolean);
    if (this.#hasRoom(connection, streams)) for (const stream of streams) this.#subscribe(stream, connection);
    else connection.close(POLICY_VIOLATION, 'too many streams');
  }

  #hasRoom(connection: Connection, streams: readonly string[]): boolean {
    const all = new Set([...(this.#asked.get(connection) ?? []), ...streams]);
    return this.#context.limits.allows('streams', all.size);
  }

  close(connection: Connection): void {
    this.#asked.delete(connection);
    this.#combined.delete(connection);
    this.#audience.drop(connection);
  }

  receive(connection: Connection, text: string): void {
    const request = readClientMessage(text);
    if (request === undefined) {
      return reply(connection, {
        error: { code: 3, msg: 'Invalid JSON: expected value at line 1 column 1' },
      });
    }
    const id = request.id ?? null;
    const params = Array.isArray(request.params) ? request.params.map(String) : undefined;
    const error = (code: number, msg: string): void => reply(connection, { error: { code, msg }, id });
    switch (request.method) {
      case 'SUBSCRIBE':
        if (params === undefined) return error(2, 'Invalid request: params must be an array');
        if (!this.#hasRoom(connection, params)) return error(2, 'Invalid request: too many streams');
        if (!params.every((stream) => WELL_FORMED.test(stream)))
          return error(2, 'Invalid request: invalid stream');
        reply(connection, { result: null, id });
        for (const stream of params) this.#subscribe(stream, connection);
        return;
      case 'UNSUBSCRIBE':
        if (params === undefined) return error(2, 'Invalid request: params must be an array');
        for (const stream of params) {
          this.#asked.get(connection)?.delete(stream);
          this.#audience.unsubscribe(stream, connection);
        }
        return reply(connection, { result: null, id });
      case 'LIST_SUBSCRIPTIONS':
        return reply(connection, { result: [...connection.subscriptions], id });
      case 'GET_PROPERTY':
      case 'SET_PROPERTY': {
        const given: readonly unknown[] = Array.isArray(request.params) ? request.params : [];
        const refused = propertyError(request.method, given);
        if (refused !== undefined) return reply(connection, { error: refused, id });
        if (request.method === 'GET_PROPERTY')
          return reply(connection, { result: this.#isCombined(connection), id });
        this.#combined.set(connection, given[1] === true);
        return reply(connection, { result: null, id });
      }
      default:
        return error(2, `Invalid request: unknown variant \`${String(request.method)}\``);
    }
  }

  #isCombined(connection: Connection): boolean {
    return this.#combined.get(connection) === true;
  }

  /** A name that is no stream is taken without a word and stays mute, as the venue does. */
  #subscribe(stream: string, connection: Connection): void {
    this.#asked.get(connection)?.add(stream);
    const match = STREAM.exec(stream);
    const listing = this.#bySymbol.get((match?.[1] ?? '').toUpperCase());
    if (match === null || listing === undefined) return;
    if (match[3] !== undefined && INTERVALS[match[3]] === undefined) return;
    if (!this.#audience.subscribe(stream, connection)) return;
    if (match[3] !== undefined && this.#context.isLive) this.#klines.add(stream, listing, match[3]);
    if (stream.includes('@depth') && this.#context.isLive) this.#depthOf(listing);
    this.#context.subscribed();
  }

  #depthOf(listing: Listing): DepthState {
    let state = this.#depths.get(listing);
    if (state === undefined) {
      listing.ladder();
      state = { changes: new Map(), first: listing.updates + 1 };
      this.#depths.set(listing, state);
    }
    return state;
  }

  /** Builds the frame once for each form it is wanted in. Gives the number of connections it went to. */
  #publish(stream: string, tag: FrameTag, make: (inMicros: boolean) => string): number {
    const connections = this.#audience.of(stream);
    if (connections.size === 0) return 0;
    const made: (string | undefined)[] = [];
    let sent = 0;
    for (const connection of connections) {
      const inMicros = /^microsecond$/i.test(connection.query.get('timeUnit') ?? '');
      const combined = this.#isCombined(connection);
      const form = (inMicros ? 1 : 0) + (combined ? 2 : 0);
      const frame = (made[form] ??= combined
        ? `{"stream":"${stream}","data":${make(inMicros)}}`
        : make(inMicros));
      if (connection.send(frame, tag)) sent++;
    }
    return sent;
  }

  quote(listing: Listing, event: QuoteEvent): void {
    const name = listing.symbol.toLowerCase();
    const tag: FrameTag = { kind: 'quotes', symbol: listing.symbol };
    const depth = this.#depths.get(listing);
    if (depth !== undefined) {
      for (const change of listing.followQuote()) depth.changes.set(`${change.isBid}${change.price}`, change);
    }
    const sentTo = this.#publish(`${name}@bookTicker`, tag, () => bookTickerFrame(listing));
    this.#context.sent({ listing, kind: 'quotes', event, id: listing.updates, sentTo });
  }

  trades(listing: Listing, event: TradesEvent, firstId: number): void {
    const name = listing.symbol.toLowerCase();
    const tag: FrameTag = { kind: 'trades', symbol: listing.symbol };
    const raw = `${name}@trade`;
    if (this.#audience.has(raw)) {
      for (const fill of listing.trades.range(firstId, firstId + event.prices.length)) {
        const sentTo = this.#publish(raw, tag, (inMicros) => tradeFrame(listing, fill, inMicros));
        this.#context.sent({
          listing,
          kind: 'trades',
          event,
          id: fill.id,
          price: fill.price,
          size: fill.size,
          sentTo,
        });
      }
    }
    for (const one of this.#aggregates.get(listing)?.push(event, firstId) ?? []) {
      const sentTo = this.#publish(`${name}@aggTrade`, tag, (inMicros) =>
        aggregateFrame(listing, one, inMicros),
      );
      const { id, firstTradeId, lastTradeId, price, size } = one;
      this.#context.sent({
        listing,
        kind: 'trades',
        event,
        id,
        firstTradeId,
        lastTradeId,
        price,
        size,
        sentTo,
      });
    }
  }

  tick(now: number): void {
    const venueNow = now + this.#context.clockOffset();
    this.#klines.tick(venueNow, (stream) => this.#audience.has(stream));
    if (now >= this.#nextSecond) {
      this.#nextSecond = now + SECOND;
      for (const listing of this.#context.listings) {
        const name = listing.symbol.toLowerCase();
        const tag: FrameTag = { kind: 'control', symbol: listing.symbol };
        this.#publish(`${name}@ticker`, tag, () => tickerFrame(listing, venueNow));
        this.#publish(`${name}@miniTicker`, tag, () => miniTickerFrame(listing, venueNow));
      }
    }
    for (const [listing, state] of this.#depths) this.#flushDepth(listing, state, venueNow);
  }

  #flushDepth(listing: Listing, state: DepthState, venueNow: number): void {
    if (state.changes.size === 0) return;
    const name = listing.symbol.toLowerCase();
    const tag: FrameTag = { kind: 'control', symbol: listing.symbol };
    const changes = [...state.changes.values()];
    for (const suffix of ['', '@100ms', '@1000ms']) {
      this.#publish(`${name}@depth${suffix}`, tag, (inMicros) =>
        depthUpdateFrame(listing, changes, stamp(venueNow, inMicros), state.first, listing.updates),
      );
      for (const depth of [5, 10, 20]) {
        this.#publish(`${name}@depth${depth}${suffix}`, tag, () => {
          const { bids, asks } = listing.ladder();
          const [top, bottom] = [
            levels(listing, bids.slice(0, depth)),
            levels(listing, asks.slice(0, depth)),
          ];
          return `{"lastUpdateId":${listing.updates},"bids":[${top}],"asks":[${bottom}]}`;
        });
      }
    }
    state.changes.clear();
    state.first = listing.updates + 1;
  }

  replay(frame: PreparedFrame): number {
    let sent = 0;
    for (const connection of this.#audience.of(frame.keys[0] ?? '')) {
      const text = this.#isCombined(connection) ? frame.text : frame.text.slice(frame.partFrom, frame.partTo);
      if (connection.send(text, frame.tag)) sent++;
    }
    return sent;
  }

  /** Comes with no stream: every connection gets it. */
  announceCut(connection: Connection): void {
    const event = `{"e":"serverShutdown","E":${Math.floor((this.#context.now() + this.#context.clockOffset()) / 1_000)}}`;
    const text = this.#isCombined(connection) ? `{"stream":"!serverShutdown","data":${event}}` : event;
    connection.send(text, { kind: 'control' });
  }

  rest(request: RestRequest): RestAnswer {
    const { weight, ...answered } = answer(request, {
      listing: (symbol) => this.#bySymbol.get(symbol),
      listings: this.#context.listings,
      aggregates: (listing) => this.#aggregates.get(listing),
      venueNow: this.#context.now() + this.#context.clockOffset(),
      horizon: this.#context.restHorizon(),
    });
    return this.#weights.weigh(answered, weight);
  }
}

/** The only property is `combined`, true or false. */
function propertyError(
  method: string,
  [name, value]: readonly unknown[],
): { code: number; msg: string } | undefined {
  if (typeof name !== 'string') return { code: 2, msg: 'Invalid request: property name must be a string' };
  if (name !== 'combined') return { code: 0, msg: 'Unknown property' };
  return method === 'SET_PROPERTY' && typeof value !== 'boolean'
    ? { code: 1, msg: 'Invalid value type: expected Boolean' }
    : undefined;
}

function reply(connection: Connection, body: unknown): void {
  connection.send(JSON.stringify(body), { kind: 'control' });
}
