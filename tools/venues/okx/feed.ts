import type { QuoteEvent, TradesEvent } from '../market/events.ts';
import type { PreparedFrame } from '../recording/prepared.ts';
import { Audience } from '../server/audience.ts';
import { asObject, readClientMessage } from '../server/client-message.ts';
import type { Connection } from '../server/connection.ts';
import type { FeedContext, RestAnswer, RestRequest, VenueFeed } from '../server/feed.ts';
import type { Counter } from '../server/limits.ts';
import type { Listing } from '../tape/listing.ts';
import { CANDLE_LENGTHS } from './candle-length.ts';
import { Channels } from './channels.ts';
import {
  answerFrame,
  bestRow,
  fillRow,
  pushFrame,
  tradeRow,
  type Answer,
  type MergedTrade,
} from './messages.ts';
import { kindOf } from './recorded.ts';
import { OkxRest } from './rest.ts';

const SECOND = 1_000_000;
/** A best bid and ask that have not changed for this long are sent again. */
const REPEAT = 60 * SECOND;

/** Channels by the path they live under. */
const PUBLIC: readonly string[] = ['trades', 'bbo-tbt', 'tickers', 'books', 'books5'];
const PATHS: readonly string[] = ['/ws/v5/public', '/ws/v5/business'];

/** What the venue knows of a listing beside its tape. */
interface Market {
  /** Numbers everything that happens in the market. */
  sequence: number;
  lastTrade: MergedTrade | undefined;
  /** The number of the last change of the best bid and ask, and when it was last told. */
  quoteSequence: number;
  quotedAt: number;
}

/** OKX v5 market data: `/ws/v5/public`, `/ws/v5/business` and public REST (documentation of 2026-01, a recording of 2022-05). */
export class OkxFeed implements VenueFeed {
  readonly #context: FeedContext;
  readonly #bySymbol = new Map<string, Listing>();
  readonly #markets = new Map<Listing, Market>();
  readonly #audience = new Audience();
  /** Counts each connection's subscriptions and their ends. */
  readonly #clients = new Map<Connection, Counter>();
  readonly #channels: Channels;
  readonly #rest: OkxRest;
  #nextSecond = 0;

  constructor(context: FeedContext) {
    this.#context = context;
    for (const listing of context.listings) {
      this.#bySymbol.set(listing.symbol, listing);
      // Like the ids of trades, above those of every earlier run.
      this.#markets.set(listing, {
        sequence: listing.trades.nextId,
        lastTrade: undefined,
        quoteSequence: listing.trades.nextId,
        quotedAt: 0,
      });
    }
    this.#channels = new Channels({
      sequenceOf: (listing) => this.#market(listing).sequence,
      isHeard: (key) => this.#audience.has(key),
      publish: (channel, listing, make) => this.#publish(channel, listing, make),
    });
    this.#rest = new OkxRest(context);
  }

  #market(listing: Listing): Market {
    const market = this.#markets.get(listing);
    if (market === undefined) throw new Error(`${listing.symbol} is no listing of this venue`);
    return market;
  }

  #venueNow(): number {
    return this.#context.now() + this.#context.clockOffset();
  }

  open(connection: Connection): void {
    this.#clients.set(connection, this.#context.limits.counter('subscriptions'));
    if (!PATHS.includes(connection.path)) connection.close();
  }

  close(connection: Connection): void {
    this.#clients.delete(connection);
    this.#audience.drop(connection);
  }

  announceCut(connection: Connection): void {
    const msg = 'The connection will soon be closed for a service upgrade. Please reconnect.';
    this.#answer(connection, { event: 'notice', code: '64008', msg });
  }

  receive(connection: Connection, text: string): void {
    if (text === 'ping') {
      connection.send('pong', { kind: 'control' });
      return;
    }
    const request = readClientMessage(text);
    const args = request?.['args'];
    const op = request?.['op'];
    if (request === undefined || !Array.isArray(args) || (op !== 'subscribe' && op !== 'unsubscribe'))
      return this.#refuse(connection, '60012', `Invalid request: ${text}`);
    const id = typeof request['id'] === 'string' ? request['id'] : undefined;
    if (!this.#context.limits.allows('channel-bytes', JSON.stringify(args).length))
      return this.#refuse(connection, '60013', 'Invalid args', id);
    if (this.#clients.get(connection)?.take() !== true)
      return this.#refuse(connection, '60014', 'Requests too frequent', id);
    for (const arg of args) this.#one(connection, op, asObject(arg) ?? {}, id);
  }

  #answer(connection: Connection, answer: Omit<Answer, 'connection'>): void {
    connection.send(answerFrame({ ...answer, connection: connection.id }), { kind: 'control' });
  }

  #refuse(connection: Connection, code: string, msg: string, id?: string): void {
    this.#answer(connection, { event: 'error', id, code, msg });
  }

  /** One channel of a request; each gets its own answer. */
  #one(
    connection: Connection,
    op: 'subscribe' | 'unsubscribe',
    arg: Record<string, unknown>,
    id: string | undefined,
  ): void {
    const [channel, symbol] = [String(arg['channel']), String(arg['instId'])];
    const listing = this.#bySymbol.get(symbol);
    if (listing === undefined || !isAt(connection.path, channel)) {
      const msg =
        `Wrong URL or channel:${channel},instId:${symbol} doesn't exist. ` +
        'Please use the correct URL, channel and parameters referring to API document.';
      return this.#refuse(connection, '60018', msg, id);
    }
    const key = `${channel}|${symbol}`;
    const isNew =
      op === 'subscribe'
        ? this.#audience.subscribe(key, connection)
        : this.#audience.unsubscribe(key, connection);
    this.#answer(connection, { event: op, id, arg });
    if (op === 'unsubscribe') return;
    // Whoever asks twice is answered twice, and begins once.
    if (isNew && this.#context.isLive) this.#begin(connection, channel, listing);
    this.#context.subscribed();
  }

  /** What there is at the moment: the last trade, the best bid and ask, the open candle, the book. */
  #begin(connection: Connection, channel: string, listing: Listing): void {
    const { sequence, lastTrade, quoteSequence } = this.#market(listing);
    const send = (rows: readonly string[], action?: string): void => {
      const frame = pushFrame(channel, listing.symbol, rows, action);
      connection.send(frame, { kind: kindOf(channel), symbol: listing.symbol });
    };
    if (channel === 'trades') {
      if (lastTrade !== undefined) send([tradeRow(listing, lastTrade, sequence)]);
    } else if (channel === 'trades-all') {
      const [fill] = listing.trades.last(1);
      if (fill !== undefined) send([fillRow(listing, fill)]);
    } else if (channel === 'bbo-tbt') {
      if (listing.quote !== undefined)
        send([bestRow(listing, listing.quote, this.#venueNow(), quoteSequence)]);
    } else {
      const first = this.#channels.begin(channel, listing, this.#venueNow());
      if (first !== undefined) send([first], channel === 'books' ? 'snapshot' : undefined);
    }
  }

  #publish(channel: string, listing: Listing, make: () => string): number {
    const connections = this.#audience.of(`${channel}|${listing.symbol}`);
    if (connections.size === 0) return 0;
    const frame = make();
    let sent = 0;
    for (const connection of connections)
      if (connection.send(frame, { kind: kindOf(channel), symbol: listing.symbol })) sent++;
    return sent;
  }

  quote(listing: Listing, event: QuoteEvent): void {
    const market = this.#market(listing);
    const sequence = ++market.sequence;
    market.quoteSequence = sequence;
    market.quotedAt = this.#context.now();
    if (listing.hasLadder) listing.followQuote();
    const sentTo = this.#publish('bbo-tbt', listing, () =>
      pushFrame('bbo-tbt', listing.symbol, [bestRow(listing, event, event.venueAt, sequence)]),
    );
    this.#context.sent({ listing, kind: 'quotes', event, id: sequence, sentTo });
  }

  trades(listing: Listing, event: TradesEvent, firstId: number): void {
    const market = this.#market(listing);
    const sequence = ++market.sequence;
    for (const trade of merged(event, firstId)) {
      market.lastTrade = trade;
      const inMerged = this.#publish('trades', listing, () =>
        pushFrame('trades', listing.symbol, [tradeRow(listing, trade, sequence)]),
      );
      for (const fill of listing.trades.range(trade.lastId - trade.count + 1, trade.lastId + 1)) {
        const single = this.#publish('trades-all', listing, () =>
          pushFrame('trades-all', listing.symbol, [fillRow(listing, fill)]),
        );
        const { id, price, size } = fill;
        const sentTo = inMerged + single;
        this.#context.sent({ listing, kind: 'trades', event, id, price, size, sentTo });
      }
    }
  }

  tick(now: number): void {
    const venueNow = now + this.#context.clockOffset();
    this.#channels.tick(now, venueNow);
    if (now < this.#nextSecond) return;
    this.#nextSecond = now + SECOND;
    for (const [listing, market] of this.#markets) this.#repeatQuote(listing, market, now, venueNow);
  }

  /** The same sequence again tells that the connection lives. */
  #repeatQuote(listing: Listing, market: Market, now: number, venueNow: number): void {
    const { quote } = listing;
    if (quote === undefined || !this.#context.isLive || now - market.quotedAt < REPEAT) return;
    market.quotedAt = now;
    this.#publish('bbo-tbt', listing, () =>
      pushFrame('bbo-tbt', listing.symbol, [bestRow(listing, quote, venueNow, market.quoteSequence)]),
    );
  }

  replay(frame: PreparedFrame): number {
    const audience = new Set(frame.keys.flatMap((key) => [...this.#audience.of(key)]));
    let sent = 0;
    for (const connection of audience) if (connection.send(frame.text, frame.tag)) sent++;
    return sent;
  }

  rest(request: RestRequest): RestAnswer {
    return this.#rest.answer(request, this.#venueNow());
  }
}

function isAt(path: string, channel: string): boolean {
  if (path === '/ws/v5/public') return PUBLIC.includes(channel);
  return channel === 'trades-all' || CANDLE_LENGTHS.has(channel.replace(/^candle/, ''));
}

/** The fills of an event, whose ids begin with `firstId`, merged where neighbours have one price. */
function merged(event: TradesEvent, firstId: number): MergedTrade[] {
  const { prices, sizes, venueAt: at, takerBuys } = event;
  const trades: MergedTrade[] = [];
  for (let i = 0; i < prices.length;) {
    const price = prices[i] ?? 0;
    let [size, next] = [0, i];
    while (next < prices.length && prices[next] === price) size += sizes[next++] ?? 0;
    trades.push({ lastId: firstId + next - 1, count: next - i, at, price, size, takerBuys });
    i = next;
  }
  return trades;
}
