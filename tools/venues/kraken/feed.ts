import type { QuoteEvent, TradesEvent } from '../market/events.ts';
import type { PreparedFrame } from '../recording/prepared.ts';
import { Audience } from '../server/audience.ts';
import { asObject, readClientMessage } from '../server/client-message.ts';
import type { Connection, FrameTag } from '../server/connection.ts';
import type { FeedContext, RestAnswer, RestRequest, VenueFeed } from '../server/feed.ts';
import type { Counter } from '../server/limits.ts';
import type { Listing } from '../tape/listing.ts';
import { TimeText } from '../time-text.ts';
import { BookView } from './book.ts';
import {
  acknowledgement,
  dataFrame,
  instrumentFrame,
  ohlcRow,
  refusal,
  statusFrame,
  tickerRow,
  tradeRow,
  WEEKS_FROM,
} from './messages.ts';
import { answer, failure } from './rest.ts';

const SNAPSHOT_TRADES = 50;
const SNAPSHOT_BARS = 10;
const OHLC_MINUTES: readonly number[] = [1, 5, 15, 30, 60, 240, 1_440, 10_080, 21_600];
const DEPTHS: readonly number[] = [10, 25, 100, 500, 1_000];
/** What an update of the ticker can come of. */
const TICKER_TRIGGERS: readonly string[] = ['trades', 'bbo'];
const SECOND = 1_000_000;
const MINUTE = 60 * SECOND;

interface Params {
  readonly channel?: unknown;
  readonly symbol?: unknown;
  readonly snapshot?: unknown;
  readonly event_trigger?: unknown;
  readonly interval?: unknown;
  readonly depth?: unknown;
}

/** Kraken WebSocket v2 market data and public REST (documentation of 2026-07, a recording of 2026-08). */
export class KrakenFeed implements VenueFeed {
  readonly #context: FeedContext;
  readonly #bySymbol = new Map<string, Listing>();
  readonly #audience = new Audience();
  readonly #connections = new Map<Connection, number>();
  readonly #books = new Map<string, { readonly listing: Listing; readonly view: BookView }>();
  readonly #candles = new Map<
    string,
    { readonly listing: Listing; readonly interval: number; told: number }
  >();
  readonly #time = new TimeText();
  readonly #requests: Counter;
  #nextSecond = 0;

  constructor(context: FeedContext) {
    this.#context = context;
    this.#requests = context.limits.counter('requests');
    for (const listing of context.listings) this.#bySymbol.set(listing.symbol, listing);
  }

  open(connection: Connection): void {
    this.#connections.set(connection, this.#context.now());
    connection.send(statusFrame(connection.id), { kind: 'control' });
  }

  close(connection: Connection): void {
    this.#connections.delete(connection);
    this.#audience.drop(connection);
  }

  #venueNow(): number {
    return this.#context.now() + this.#context.clockOffset();
  }

  receive(connection: Connection, text: string): void {
    const at = this.#time.micros(this.#venueNow());
    const request = readClientMessage(text);
    if (request === undefined) {
      const body = { error: 'Malformed request', method: 'error', success: false, time_in: at, time_out: at };
      return reply(connection, JSON.stringify(body));
    }
    const { method } = request;
    const params: Params = asObject(request['params']) ?? {};
    const id = typeof request['req_id'] === 'number' ? request['req_id'] : undefined;
    if (method === 'ping') {
      const withId = id === undefined ? '' : `"req_id":${id},`;
      return reply(connection, `{"method":"pong",${withId}"time_in":"${at}","time_out":"${at}"}`);
    }
    if (method !== 'subscribe' && method !== 'unsubscribe')
      return reply(connection, refusal(String(method), id, 'Method not found', undefined, at));
    if (params.channel === 'instrument') return this.#instrument(connection, method, id, at);
    const symbols = Array.isArray(params.symbol) ? params.symbol.map(String) : [];
    const key = keyOf(params);
    if (key === undefined)
      return reply(connection, refusal(method, id, 'Channel not supported', undefined, at));
    if (symbols.length === 0)
      return reply(connection, refusal(method, id, 'Symbol(s) not found', undefined, at));
    for (const symbol of symbols) this.#one(connection, { method, params, id, key, symbol, at });
  }

  #instrument(connection: Connection, method: string, requestId: number | undefined, at: string): void {
    const result = { channel: 'instrument', snapshot: true, warnings: [] };
    reply(connection, acknowledgement({ method, requestId, result, at }));
    if (method === 'subscribe') reply(connection, instrumentFrame(this.#context.listings));
  }

  /** One symbol of a request; each gets its own answer. */
  #one(
    connection: Connection,
    asked: {
      method: string;
      params: Params;
      id: number | undefined;
      key: string;
      symbol: string;
      at: string;
    },
  ): void {
    const { method, params, id, symbol, at } = asked;
    const listing = this.#bySymbol.get(symbol);
    const refuse = (error: string): void => reply(connection, refusal(method, id, error, symbol, at));
    if (listing === undefined) return refuse(`Currency pair not supported ${symbol}`);
    const key = `${asked.key}|${symbol}`;
    if (method === 'unsubscribe') {
      if (!this.#audience.unsubscribe(key, connection)) return refuse('Subscription Not Found');
      return reply(
        connection,
        acknowledgement({ method, requestId: id, result: resultOf(params, symbol), at }),
      );
    }
    if (!this.#audience.subscribe(key, connection)) return refuse('Already subscribed');
    reply(connection, acknowledgement({ method, requestId: id, result: resultOf(params, symbol), at }));
    if (this.#context.isLive) this.#begin(connection, key, listing, params);
    this.#context.subscribed();
  }

  #begin(connection: Connection, key: string, listing: Listing, params: Params): void {
    const { symbol } = listing;
    const wantsSnapshot = params.snapshot ?? params.channel !== 'trade';
    const now = this.#venueNow();
    if (params.channel === 'trade' && wantsSnapshot === true) {
      const rows = listing.trades.last(SNAPSHOT_TRADES).map((fill) => tradeRow(listing, fill, this.#time));
      connection.send(dataFrame('trade', 'snapshot', rows), { kind: 'trades', symbol });
    } else if (params.channel === 'ticker' && wantsSnapshot === true) {
      connection.send(dataFrame('ticker', 'snapshot', [tickerRow(listing, now, this.#time)]), {
        kind: 'quotes',
        symbol,
      });
    } else if (params.channel === 'ohlc') {
      const interval = Number(params.interval ?? 1);
      if (!this.#candles.has(key)) this.#candles.set(key, { listing, interval, told: -1 });
      if (wantsSnapshot !== true) return;
      const length = interval * MINUTE;
      const bars = listing.bars.range(
        length,
        Math.floor(now / length) * length - SNAPSHOT_BARS * length,
        now,
        WEEKS_FROM,
      );
      const rows = bars.map((bar) => ohlcRow(listing, bar, interval, this.#time));
      connection.send(withTimestamp(dataFrame('ohlc', 'snapshot', rows), this.#time.micros(now)), {
        kind: 'bars',
        symbol,
      });
    } else if (params.channel === 'book') {
      let book = this.#books.get(key);
      if (book === undefined)
        this.#books.set(key, (book = { listing, view: new BookView(listing, Number(params.depth ?? 10)) }));
      if (wantsSnapshot === true)
        connection.send(this.#bookFrame(book, 'snapshot', book.view.rows()), { kind: 'control', symbol });
    }
  }

  #bookFrame(
    book: { listing: Listing; view: BookView },
    type: 'snapshot' | 'update',
    rows: { bids: string[]; asks: string[] },
  ): string {
    const { listing, view } = book;
    const at = this.#time.micros(this.#venueNow());
    return dataFrame('book', type, [
      `{"symbol":"${listing.symbol}","bids":[${rows.bids.join(',')}],"asks":[${rows.asks.join(',')}],` +
        `"checksum":${view.checksum()},"timestamp":"${at}"}`,
    ]);
  }

  #publish(key: string, tag: FrameTag, make: () => string): number {
    const connections = this.#audience.of(key);
    if (connections.size === 0) return 0;
    const frame = make();
    const now = this.#context.now();
    let sent = 0;
    for (const connection of connections) {
      this.#connections.set(connection, now);
      if (connection.send(frame, tag)) sent++;
    }
    return sent;
  }

  quote(listing: Listing, event: QuoteEvent): void {
    const { symbol } = listing;
    const tag: FrameTag = { kind: 'quotes', symbol };
    if (listing.hasLadder) listing.followQuote();
    const sentTo = this.#publish(`ticker|bbo|${symbol}`, tag, () =>
      dataFrame('ticker', 'update', [tickerRow(listing, event.venueAt, this.#time)]),
    );
    this.#context.sent({ listing, kind: 'quotes', event, sentTo });
  }

  trades(listing: Listing, event: TradesEvent, firstId: number): void {
    const { symbol } = listing;
    const tag: FrameTag = { kind: 'trades', symbol };
    const sentTo = this.#publish(`trade|${symbol}`, tag, () => {
      const fills = listing.trades.range(firstId, firstId + event.prices.length);
      return dataFrame(
        'trade',
        'update',
        fills.map((fill) => tradeRow(listing, fill, this.#time)),
      );
    });
    event.prices.forEach((price, i) => {
      const size = event.sizes[i] ?? 0;
      this.#context.sent({ listing, kind: 'trades', event, id: firstId + i, price, size, sentTo });
    });
    this.#publish(`ticker|trades|${symbol}`, { kind: 'control', symbol }, () =>
      dataFrame('ticker', 'update', [tickerRow(listing, event.venueAt, this.#time)]),
    );
  }

  tick(now: number): void {
    const venueNow = now + this.#context.clockOffset();
    for (const [key, book] of this.#books) this.#pushBook(key, book);
    if (now < this.#nextSecond) return;
    this.#nextSecond = now + SECOND;
    for (const [key, candle] of this.#candles) this.#pushCandle(key, candle, venueNow);
    for (const [connection, lastSent] of this.#connections) {
      if (connection.subscriptions.size === 0 || now - lastSent < SECOND) continue;
      connection.send('{"channel":"heartbeat"}', { kind: 'control' });
    }
  }

  #pushBook(key: string, book: { readonly listing: Listing; readonly view: BookView }): void {
    if (!this.#audience.has(key)) {
      this.#books.delete(key);
      return;
    }
    const rows = book.view.update();
    if (rows === undefined) return;
    this.#publish(key, { kind: 'control', symbol: book.listing.symbol }, () =>
      this.#bookFrame(book, 'update', rows),
    );
  }

  #pushCandle(
    key: string,
    candle: { listing: Listing; interval: number; told: number },
    venueNow: number,
  ): void {
    if (!this.#audience.has(key)) {
      this.#candles.delete(key);
      return;
    }
    const { listing, interval } = candle;
    const length = interval * MINUTE;
    const window = Math.floor(venueNow / length) * length;
    const bars = listing.bars
      .range(length, window - length, window, WEEKS_FROM)
      .filter((bar) => bar.lastId > candle.told);
    const last = bars.at(-1);
    if (last === undefined) return;
    candle.told = last.lastId;
    this.#publish(key, { kind: 'bars', symbol: listing.symbol }, () => {
      const rows = bars.map((bar) => ohlcRow(listing, bar, interval, this.#time));
      return withTimestamp(dataFrame('ohlc', 'update', rows), this.#time.micros(venueNow));
    });
  }

  /** A frame without a symbol (a heartbeat) goes to everyone who is subscribed to something. */
  replay(frame: PreparedFrame): number {
    const { keys, text, tag } = frame;
    const audience = new Set(keys.flatMap((key) => [...this.#audience.of(key)]));
    if (keys.length === 0)
      for (const one of this.#connections.keys()) if (one.subscriptions.size > 0) audience.add(one);
    let sent = 0;
    for (const connection of audience) if (connection.send(text, tag)) sent++;
    return sent;
  }

  rest(request: RestRequest): RestAnswer {
    if (!this.#requests.take()) return failure('EAPI:Rate limit exceeded');
    const { listings, restHorizon } = this.#context;
    return answer(request, { listings, venueNow: this.#venueNow(), horizon: restHorizon() });
  }
}

function reply(connection: Connection, frame: string): void {
  connection.send(frame, { kind: 'control' });
}

function withTimestamp(frame: string, at: string): string {
  return frame.replace(',"data":', `,"timestamp":"${at}","data":`);
}

/** What a subscription is told apart by, without the symbol. */
function keyOf(params: Params): string | undefined {
  switch (params.channel) {
    case 'trade':
      return 'trade';
    case 'ticker': {
      const trigger = TICKER_TRIGGERS.find((one) => one === (params.event_trigger ?? 'trades'));
      return trigger === undefined ? undefined : `ticker|${trigger}`;
    }
    case 'ohlc':
      return OHLC_MINUTES.includes(Number(params.interval ?? 1))
        ? `ohlc|${Number(params.interval ?? 1)}`
        : undefined;
    case 'book':
      return DEPTHS.includes(Number(params.depth ?? 10)) ? `book|${Number(params.depth ?? 10)}` : undefined;
    default:
      return undefined;
  }
}

function resultOf(params: Params, symbol: string): Record<string, unknown> {
  const { channel } = params;
  const snapshot = params.snapshot ?? channel !== 'trade';
  if (channel === 'ticker')
    return { channel, event_trigger: params.event_trigger ?? 'trades', snapshot, symbol };
  if (channel === 'ohlc')
    return { channel, interval: Number(params.interval ?? 1), snapshot, symbol, warnings: [] };
  if (channel === 'book') return { channel, depth: Number(params.depth ?? 10), snapshot, symbol };
  return { channel, snapshot, symbol };
}
