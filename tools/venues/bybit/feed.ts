import type { QuoteEvent, TradesEvent } from '../market/events.ts';
import type { PreparedFrame } from '../recording/prepared.ts';
import { Audience } from '../server/audience.ts';
import { readClientMessage } from '../server/client-message.ts';
import type { Connection, FrameTag } from '../server/connection.ts';
import type { FeedContext, RestAnswer, RestRequest, VenueFeed } from '../server/feed.ts';
import type { Counter } from '../server/limits.ts';
import type { Listing } from '../tape/listing.ts';
import { Books } from './books.ts';
import { Klines } from './klines.ts';
import { BAN_MICROS } from './limits.ts';
import {
  CATEGORIES,
  INTERVALS,
  milliseconds,
  replyFrame,
  sequenceAt,
  tickerFields,
  tradesFrame,
  type Category,
} from './messages.ts';
import { answer } from './rest.ts';

const SECOND = 1_000_000;
const PATH = /^\/v5\/public\/(spot|linear)$/;
const TOPIC = /^(publicTrade|tickers|allLiquidation|orderbook\.(1|50|200|1000)|kline\.(\w+))\.([\w-]+)$/;

interface Client {
  readonly id: string;
  readonly category: Category;
}

/** Bybit v5 public streams and market data of REST (documentation of 2026-07-24, recordings of 2025 and 2026). */
export class BybitFeed implements VenueFeed {
  readonly #context: FeedContext;
  readonly #bySymbol = new Map<string, Listing>();
  readonly #audience = new Audience();
  readonly #clients = new Map<Connection, Client>();
  readonly #books: Books;
  readonly #klines = new Klines();
  readonly #requests: Counter;
  #bannedUntil = 0;
  #nextSecond = 0;

  constructor(context: FeedContext) {
    this.#context = context;
    this.#requests = context.limits.counter('requests');
    for (const listing of context.listings) this.#bySymbol.set(listing.symbol, listing);
    this.#books = new Books((topic, tag, make) => this.#publish(topic, tag, make));
  }

  open(connection: Connection): void {
    const category = PATH.exec(connection.path)?.[1] as Category | undefined;
    if (category === undefined) return connection.expel(1008, 'no such path');
    const id = `d9avt8shteepr00gfc1g-${connection.id.toString(36)}`;
    this.#clients.set(connection, { id, category });
  }

  close(connection: Connection): void {
    this.#clients.delete(connection);
    this.#audience.drop(connection);
  }

  #venueNow(): number {
    return this.#context.now() + this.#context.clockOffset();
  }

  receive(connection: Connection, text: string): void {
    const client = this.#clients.get(connection);
    if (client === undefined) return;
    const request = readClientMessage(text) ?? {};
    const { op, args, req_id: requestId } = request;
    const reply = (success: boolean, message: string): void => {
      const frame = replyFrame({ op, success, message, requestId }, client.id, client.category);
      connection.send(frame, { kind: 'control' });
    };
    if (op === 'ping') return reply(true, 'pong');
    if (op !== 'subscribe' && op !== 'unsubscribe') return reply(false, 'error:invalid op');
    if (!Array.isArray(args) || args.length === 0) return reply(false, 'error:args is empty');
    const topics = args.map(String);
    const problem =
      op === 'subscribe' ? this.#problem(connection, client, topics) : this.#unknown(client, topics);
    // One topic that is wrong costs the whole request.
    if (problem !== undefined) return reply(false, problem);
    reply(true, client.category === 'spot' ? op : '');
    for (const topic of topics) {
      const key = `${client.category}|${topic}`;
      if (op === 'unsubscribe') this.#audience.unsubscribe(key, connection);
      else if (this.#audience.subscribe(key, connection)) this.#begin(connection, client.category, topic);
    }
  }

  #problem(connection: Connection, client: Client, topics: readonly string[]): string | undefined {
    const { limits } = this.#context;
    if (client.category === 'spot' && !limits.allows('args', topics.length))
      return `args size >${limits.most('args')}`;
    const prefix = `${client.category}|`;
    const characters = [...connection.subscriptions]
      .map((key) => key.length - prefix.length)
      .concat(topics.map((topic) => topic.length))
      .reduce((sum, length) => sum + length, 0);
    if (!limits.allows('args-characters', characters)) return 'error:args length is too long';
    const twice = topics.find((topic) => connection.subscriptions.has(prefix + topic));
    if (twice !== undefined) return `error:already subscribed,topic:${twice}`;
    return this.#unknown(client, topics);
  }

  #unknown(client: Client, topics: readonly string[]): string | undefined {
    const wrong = topics.find((topic) => !this.#isKnown(topic));
    if (wrong === undefined) return undefined;
    return client.category === 'spot'
      ? `Invalid symbol :[${wrong}]`
      : `error:handler not found,topic:${wrong}`;
  }

  /** A recording holds contracts too, which no listing stands for. */
  #isKnown(topic: string): boolean {
    const [, , , interval, symbol = ''] = TOPIC.exec(topic) ?? [];
    if (interval !== undefined && INTERVALS[interval] === undefined) return false;
    return this.#context.isLive ? this.#bySymbol.has(symbol) : symbol !== '';
  }

  /** What a topic begins with: its present state, where it has one. */
  #begin(connection: Connection, category: Category, topic: string): void {
    this.#context.subscribed();
    const [, channel, depth, interval, symbol = ''] = TOPIC.exec(topic) ?? [];
    const listing = this.#bySymbol.get(symbol);
    if (!this.#context.isLive || listing === undefined) return;
    const now = this.#venueNow();
    if (depth !== undefined) {
      const frame = this.#books.snapshot(listing, Number(depth), category, now);
      const kind = depth === '1' ? 'quotes' : 'control';
      if (frame !== undefined) connection.send(frame, { kind, symbol });
    } else if (interval !== undefined) {
      this.#klines.add(topic, listing, interval);
      connection.send(this.#klines.frame(topic, now) ?? '', { kind: 'bars', symbol });
    } else if (channel === 'tickers') {
      connection.send(tickerFrame(listing, now, category), { kind: 'control', symbol });
    }
  }

  /** Builds a frame once for each category in which it is wanted. Gives the number of connections it went to. */
  #publish(topic: string, tag: FrameTag, make: (category: Category) => string): number {
    let sent = 0;
    for (const category of CATEGORIES) {
      const connections = this.#audience.of(`${category}|${topic}`);
      if (connections.size > 0) sent += this.#send(connections, make(category), tag);
    }
    return sent;
  }

  #send(connections: Iterable<Connection>, frame: string, tag: FrameTag): number {
    let sent = 0;
    for (const connection of connections) if (connection.send(frame, tag)) sent++;
    return sent;
  }

  quote(listing: Listing, event: QuoteEvent): void {
    const told = this.#books.take(listing, event);
    if (told !== undefined) this.#context.sent({ listing, kind: 'quotes', event, ...told });
  }

  trades(listing: Listing, event: TradesEvent, firstId: number): void {
    const { symbol } = listing;
    const sentTo = this.#publish(`publicTrade.${symbol}`, { kind: 'trades', symbol }, (category) => {
      const fills = listing.trades.range(firstId, firstId + event.prices.length);
      return tradesFrame(listing, fills, sequenceAt(event.venueAt), category);
    });
    event.prices.forEach((price, i) => {
      const size = event.sizes[i] ?? 0;
      this.#context.sent({ listing, kind: 'trades', event, id: firstId + i, price, size, sentTo });
    });
  }

  tick(now: number): void {
    const venueNow = now + this.#context.clockOffset();
    this.#books.tick(venueNow);
    this.#klines.tick(
      venueNow,
      (topic) => CATEGORIES.some((category) => this.#audience.has(`${category}|${topic}`)),
      (topic, symbol, frame) => this.#publish(topic, { kind: 'bars', symbol }, () => frame),
    );
    if (now < this.#nextSecond) return;
    this.#nextSecond = now + SECOND;
    for (const listing of this.#context.listings) {
      const { symbol } = listing;
      this.#publish(`tickers.${symbol}`, { kind: 'control', symbol }, (category) =>
        tickerFrame(listing, venueNow, category),
      );
    }
  }

  replay({ keys, text, tag }: PreparedFrame): number {
    return this.#send(
      keys.flatMap((key) => [...this.#audience.of(key)]),
      text,
      tag,
    );
  }

  rest(request: RestRequest): RestAnswer {
    const now = this.#context.now();
    if (now < this.#bannedUntil || !this.#requests.take()) {
      if (now >= this.#bannedUntil) this.#bannedUntil = now + BAN_MICROS;
      return { status: 403, body: { retCode: 403, retMsg: 'access too frequent' } };
    }
    return answer(request, {
      listings: this.#context.listings,
      listing: (symbol) => this.#bySymbol.get(symbol),
      book: (listing, category, venueNow) => this.#books.frame(listing, category, venueNow),
      restHorizon: this.#context.restHorizon(),
      venueNow: this.#venueNow(),
    });
  }
}

function tickerFrame(listing: Listing, venueNow: number, category: Category): string {
  const data = JSON.stringify(tickerFields(listing, venueNow, category));
  return (
    `{"topic":"tickers.${listing.symbol}","ts":${milliseconds(venueNow)},"type":"snapshot",` +
    `"cs":${sequenceAt(venueNow)},"data":${data}}`
  );
}
