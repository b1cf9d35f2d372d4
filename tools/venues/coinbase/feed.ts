import type { QuoteEvent, TradesEvent } from '../market/events.ts';
import type { PreparedFrame } from '../recording/prepared.ts';
import { Audience } from '../server/audience.ts';
import { readClientMessage } from '../server/client-message.ts';
import type { Connection, FrameTag } from '../server/connection.ts';
import type { FeedContext, RestAnswer, RestRequest, VenueFeed } from '../server/feed.ts';
import type { Counter } from '../server/limits.ts';
import type { LevelChange } from '../tape/ladder.ts';
import type { Listing } from '../tape/listing.ts';
import { TimeText } from '../time-text.ts';
import {
  candlesEvent,
  envelope,
  heartbeatEvent,
  levelsEvent,
  tickerEvent,
  tradesEvent,
  type Envelope,
} from './messages.ts';
import { answer, TOO_MANY_REQUESTS } from './rest.ts';

const CHANNELS: readonly string[] = [
  'market_trades',
  'ticker',
  'ticker_batch',
  'candles',
  'level2',
  'heartbeats',
  'status',
];
const SNAPSHOT_TRADES = 100;
const SNAPSHOT_CANDLES = 100;
const BATCH_MICROS = 250_000;
const SECOND = 1_000_000;
const CANDLE_MICROS = 300 * SECOND;
const CANDLE_PUSH_MICROS = 5 * SECOND;
const TICKER_BATCH_MICROS = 5 * SECOND;
const HEARTBEATS = 'heartbeats';
const POLICY_VIOLATION = 1008;

interface ListingState {
  /** Id of the first trade that is not sent yet. */
  unsent: number;
  /** Events whose trades wait for the batch, and the ids they begin at. */
  readonly waiting: { readonly event: TradesEvent; readonly firstId: number }[];
  candleTrades: number;
  /** Id of the first trade after the last batch of tickers. */
  tickerTrades: number;
}

/** Coinbase Advanced Trade market data (documentation and a recording of 2026-08): one channel a message, one sequence a connection. */
export class CoinbaseFeed implements VenueFeed {
  readonly #context: FeedContext;
  readonly #bySymbol = new Map<string, Listing>();
  readonly #states = new Map<Listing, ListingState>();
  readonly #audience = new Audience();
  /** When each connection that has not subscribed yet was opened. */
  readonly #silent = new Map<Connection, number>();
  readonly #requests: Counter;
  readonly #time = new TimeText();
  readonly #startedAt: number;
  #nextBatch = 0;
  #nextHeartbeat = 0;
  #nextCandles = 0;
  #nextTickers = 0;

  constructor(context: FeedContext) {
    this.#context = context;
    this.#startedAt = context.now();
    this.#requests = context.limits.counter('requests');
    for (const listing of context.listings) {
      this.#bySymbol.set(listing.symbol, listing);
      this.#states.set(listing, {
        unsent: listing.trades.nextId,
        waiting: [],
        candleTrades: -1,
        tickerTrades: -1,
      });
    }
  }

  open(connection: Connection): void {
    this.#silent.set(connection, this.#context.now());
  }

  close(connection: Connection): void {
    this.#silent.delete(connection);
    this.#audience.drop(connection);
  }

  receive(connection: Connection, text: string): void {
    const request = readClientMessage(text);
    if (request === undefined) return refuse(connection, 'failed to parse message');
    const { type, channel, product_ids: asked } = request;
    if (type !== 'subscribe' && type !== 'unsubscribe')
      return refuse(connection, `unknown type '${String(type)}'`);
    if (typeof channel !== 'string' || !CHANNELS.includes(channel))
      return refuse(connection, `channel ${String(channel)} does not exist`);
    const products = Array.isArray(asked) ? asked.map(String) : [];
    if (channel === HEARTBEATS) products.splice(0, products.length, HEARTBEATS);
    else if (products.length === 0) products.push(...this.#bySymbol.keys());
    const unknown = products.filter((product) => channel !== HEARTBEATS && !this.#bySymbol.has(product));
    if (unknown.length > 0) return refuse(connection, `${unknown.join(', ')} is not a valid product`);
    this.#silent.delete(connection);
    for (const product of products) {
      const key = `${channel}|${product}`;
      if (type === 'unsubscribe') this.#audience.unsubscribe(key, connection);
      else if (this.#audience.subscribe(key, connection))
        this.#snapshot(connection, channel, this.#bySymbol.get(product));
    }
    this.#acknowledge(connection);
    if (type === 'subscribe') this.#context.subscribed();
  }

  /** Lists everything the connection is subscribed to, by channel; it comes after the snapshots. */
  #acknowledge(connection: Connection): void {
    const channels: Record<string, string[]> = {};
    for (const key of [...connection.subscriptions].sort()) {
      const [channel = '', product = ''] = key.split('|');
      (channels[channel] ??= []).push(product);
    }
    this.#send(connection, this.#wrap('subscriptions', JSON.stringify({ subscriptions: channels })), {
      kind: 'control',
    });
  }

  #venueNow(): number {
    return this.#context.now() + this.#context.clockOffset();
  }

  #wrap(channel: string, event: string, at = this.#venueNow()): Envelope {
    return envelope(channel, this.#time.trimmed(at), event);
  }

  #send(connection: Connection, { head, tail }: Envelope, tag: FrameTag): boolean {
    return connection.send(`${head}${connection.sequence++}${tail}`, tag);
  }

  #publish(key: string, frame: Envelope, tag: FrameTag): number {
    let sent = 0;
    for (const connection of this.#audience.of(key)) if (this.#send(connection, frame, tag)) sent++;
    return sent;
  }

  #snapshot(connection: Connection, channel: string, listing: Listing | undefined): void {
    if (listing === undefined || !this.#context.isLive) return;
    const { symbol } = listing;
    const now = this.#venueNow();
    const time = this.#time;
    if (channel === 'market_trades') {
      const to = this.#states.get(listing)?.unsent ?? listing.trades.nextId;
      const fills = listing.trades.range(to - SNAPSHOT_TRADES, to);
      this.#send(connection, this.#wrap(channel, tradesEvent('snapshot', listing, fills, time)), {
        kind: 'trades',
        symbol,
      });
    } else if (channel === 'ticker' || channel === 'ticker_batch') {
      this.#send(
        connection,
        this.#wrap(channel, tickerEvent('snapshot', listing, now, channel === 'ticker')),
        {
          kind: 'control',
          symbol,
        },
      );
    } else if (channel === 'candles') {
      const bars = listing.bars.range(CANDLE_MICROS, now - SNAPSHOT_CANDLES * CANDLE_MICROS, now);
      this.#send(connection, this.#wrap(channel, candlesEvent('snapshot', listing, bars)), {
        kind: 'bars',
        symbol,
      });
    } else if (channel === 'level2') {
      const { bids, asks } = listing.ladder();
      const all: LevelChange[] = [
        ...bids.map((one) => ({ isBid: true, price: one.price, size: one.size })),
        ...asks.map((one) => ({ isBid: false, price: one.price, size: one.size })),
      ];
      const event = levelsEvent('snapshot', listing, all, time.trimmed(now));
      this.#send(connection, this.#wrap('l2_data', event), { kind: 'quotes', symbol });
    }
  }

  quote(listing: Listing, event: QuoteEvent): void {
    const key = `level2|${listing.symbol}`;
    const changes = listing.followQuote();
    let sentTo = 0;
    if (changes.length > 0 && this.#audience.has(key)) {
      const update = levelsEvent('update', listing, changes, this.#time.trimmed(event.venueAt));
      const frame = this.#wrap('l2_data', update, event.venueAt + 1_000);
      sentTo = this.#publish(key, frame, { kind: 'quotes', symbol: listing.symbol });
    }
    this.#context.sent({ listing, kind: 'quotes', event, sentTo });
  }

  trades(listing: Listing, event: TradesEvent, firstId: number): void {
    this.#states.get(listing)?.waiting.push({ event, firstId });
  }

  tick(now: number): void {
    const venueNow = now + this.#context.clockOffset();
    if (now >= this.#nextBatch) {
      this.#nextBatch = Math.floor(now / BATCH_MICROS) * BATCH_MICROS + BATCH_MICROS;
      for (const [listing, state] of this.#states)
        if (state.waiting.length > 0) this.#flushTrades(listing, state, venueNow);
    }
    if (now >= this.#nextCandles) {
      this.#nextCandles = Math.floor(now / CANDLE_PUSH_MICROS) * CANDLE_PUSH_MICROS + CANDLE_PUSH_MICROS;
      for (const [listing, state] of this.#states) this.#pushCandle(listing, state, venueNow);
    }
    if (now >= this.#nextTickers) {
      this.#nextTickers = Math.floor(now / TICKER_BATCH_MICROS) * TICKER_BATCH_MICROS + TICKER_BATCH_MICROS;
      for (const [listing, state] of this.#states) this.#pushTicker(listing, state, venueNow);
    }
    if (now < this.#nextHeartbeat) return;
    this.#nextHeartbeat = now + SECOND;
    const beat = heartbeatEvent(this.#time.micros(venueNow), now - this.#startedAt);
    this.#publish(`${HEARTBEATS}|${HEARTBEATS}`, this.#wrap(HEARTBEATS, beat, venueNow), { kind: 'control' });
    for (const [connection, openedAt] of this.#silent) {
      if (this.#context.limits.allows('subscribe-ms', (now - openedAt) / 1_000)) continue;
      this.#silent.delete(connection);
      connection.close(POLICY_VIOLATION, 'no subscription within 5 seconds');
    }
  }

  #flushTrades(listing: Listing, state: ListingState, venueNow: number): void {
    const { symbol } = listing;
    const tag: FrameTag = { kind: 'trades', symbol };
    let sentTo = 0;
    if (this.#audience.has(`market_trades|${symbol}`)) {
      const fills = listing.trades.range(state.unsent, listing.trades.nextId);
      const frame = this.#wrap('market_trades', tradesEvent('update', listing, fills, this.#time), venueNow);
      sentTo = this.#publish(`market_trades|${symbol}`, frame, tag);
    }
    if (this.#audience.has(`ticker|${symbol}`)) {
      const frame = this.#wrap('ticker', tickerEvent('update', listing, venueNow, true), venueNow);
      this.#publish(`ticker|${symbol}`, frame, { kind: 'control', symbol });
    }
    for (const { event, firstId } of state.waiting) {
      event.prices.forEach((price, i) => {
        const size = event.sizes[i] ?? 0;
        this.#context.sent({ listing, kind: 'trades', event, id: firstId + i, price, size, sentTo });
      });
    }
    state.waiting.length = 0;
    state.unsent = listing.trades.nextId;
  }

  #pushTicker(listing: Listing, state: ListingState, venueNow: number): void {
    const { symbol } = listing;
    const key = `ticker_batch|${symbol}`;
    if (state.tickerTrades === state.unsent || !this.#audience.has(key)) return;
    state.tickerTrades = state.unsent;
    const frame = this.#wrap('ticker_batch', tickerEvent('update', listing, venueNow, false), venueNow);
    this.#publish(key, frame, { kind: 'control', symbol });
  }

  #pushCandle(listing: Listing, state: ListingState, venueNow: number): void {
    const key = `candles|${listing.symbol}`;
    if (!this.#audience.has(key)) return;
    const window = Math.floor(venueNow / CANDLE_MICROS) * CANDLE_MICROS;
    // The window before goes along while it may still have changed since the last push: no frame says that a candle is closed.
    const bars = listing.bars.range(
      CANDLE_MICROS,
      window - (venueNow - window < 2 * CANDLE_PUSH_MICROS ? CANDLE_MICROS : 0),
      window,
    );
    const bar = bars.at(-1);
    if (bar === undefined || bar.lastId === state.candleTrades) return;
    state.candleTrades = bar.lastId;
    const tag: FrameTag = { kind: 'bars', symbol: listing.symbol };
    this.#publish(key, this.#wrap('candles', candlesEvent('update', listing, bars), venueNow), tag);
  }

  /**
   * The sequence number alone is rewritten: it counts every channel of the recorded connection, and a client that asked for
   * fewer of them would see gaps.
   */
  replay(frame: PreparedFrame): number {
    const parts = { head: frame.text.slice(0, frame.partFrom), tail: frame.text.slice(frame.partTo) };
    const audience = new Set(frame.keys.flatMap((key) => [...this.#audience.of(key)]));
    let sent = 0;
    for (const connection of audience) if (this.#send(connection, parts, frame.tag)) sent++;
    return sent;
  }

  rest(request: RestRequest): RestAnswer {
    if (!this.#requests.take()) return TOO_MANY_REQUESTS;
    return answer(request, {
      listing: (symbol) => this.#bySymbol.get(symbol),
      listings: this.#context.listings,
      venueNow: this.#venueNow(),
      horizon: this.#context.restHorizon(),
    });
  }
}

function refuse(connection: Connection, message: string): void {
  connection.send(JSON.stringify({ type: 'error', message }), { kind: 'control' });
}
