import type { QuoteEvent, TradesEvent } from '../market/events.ts';
import type { PreparedFrame } from '../recording/prepared.ts';
import type { FeedContext } from '../server/feed.ts';
import type { MarketFeed } from '../server/simulated-venue.ts';
import type { Listing } from '../tape/listing.ts';
import type { Fill } from '../tape/trade-ring.ts';
import { barsOf, quietBar, type PricedBar } from './bars.ts';
import { printOf, type Contract, type ContractBook } from './contracts.ts';
import { DelayedTape } from './delayed-tape.ts';
import type { Past } from './history.ts';
import { Day, ticksBetween, type LevelOne } from './level-one.ts';
import {
  DELAYED,
  LIVE,
  type BarLine,
  type Client,
  type LevelOneLine,
  type Lines,
  type TickLine,
} from './lines.ts';
import type { Link } from './link.ts';
import * as messages from './messages.ts';
import { QuoteRing } from './quote-ring.ts';
import { recordedBar } from './recorded.ts';

/** How often the top of the book is sampled: https://interactivebrokers.github.io/tws-api/top_data.html (2026-07). */
const SAMPLE_MICROS = 250_000;
const FIVE_SECONDS = 5_000_000;

interface Book {
  readonly contract: Contract;
  readonly quotes: QuoteRing;
  readonly delayed: DelayedTape | undefined;
  day: Day | undefined;
  last: { readonly fill: Fill; readonly event: TradesEvent } | undefined;
  /** Of a recording, as they are played. */
  recorded: PricedBar[] | undefined;
}

export interface IbFeedOptions {
  readonly context: FeedContext;
  readonly contracts: ContractBook;
  readonly lines: Lines;
  readonly link: Link;
  /** Symbols of which there is delayed data only. */
  readonly unsubscribed: ReadonlySet<string>;
  /** Symbols that nobody quotes now. */
  readonly unquoted: ReadonlySet<string>;
}

/** What happens in the market, told on the lines that are open for it. */
export class IbFeed implements MarketFeed {
  readonly #options: IbFeedOptions;
  readonly #books = new Map<Listing, Book>();
  #nextSample = 0;
  #nextFive = 0;
  #playedAt: number | undefined;

  constructor(options: IbFeedOptions) {
    this.#options = options;
    for (const contract of options.contracts.contracts) {
      const isDelayed = options.unsubscribed.has(contract.symbol);
      this.#books.set(contract.listing, {
        contract,
        quotes: new QuoteRing(),
        delayed: isDelayed ? new DelayedTape() : undefined,
        day: undefined,
        last: undefined,
        recorded: options.context.isLive ? undefined : [],
      });
    }
  }

  /** The venue's clock; of a recording the time of the last frame, once there is one. */
  get venueNow(): number {
    const { context } = this.#options;
    return this.#playedAt ?? context.now() + context.clockOffset();
  }

  /** What history is answered from. */
  past(contract: Contract): Past {
    const book = this.#books.get(contract.listing);
    const now = this.venueNow;
    const horizon = Math.min(now, this.#options.context.restHorizon());
    return { contract, quotes: book?.quotes ?? new QuoteRing(0), now, horizon, recorded: book?.recorded };
  }

  quote(listing: Listing, event: QuoteEvent): void {
    this.#books.get(listing)?.quotes.push(event);
    const to = new Set<Client>();
    for (const line of this.#options.lines.of(listing)) {
      if (line.kind === 'tick-by-tick' && this.#tellQuote(line, event)) to.add(line.client);
    }
    this.#options.context.sent({ listing, kind: 'quotes', event, sentTo: to.size });
  }

  #tellQuote(line: TickLine, event: QuoteEvent): boolean {
    const { type, id, client, contract, ignoresSize, shown } = line;
    if (type === 'Last' || type === 'AllLast' || !this.#options.link.hasMarketData) return false;
    const { listing } = contract;
    const isSamePrice = shown?.bid === event.bid && shown.ask === event.ask;
    const isSame = isSamePrice && shown.bidSize === event.bidSize && shown.askSize === event.askSize;
    if (type === 'MidPoint' || ignoresSize ? isSamePrice : isSame) return false;
    line.shown = event;
    const tell = type === 'MidPoint' ? messages.tickByTickMiddle : messages.tickByTickQuote;
    return client.send(tell(id, listing, event), { kind: 'quotes', symbol: listing.symbol });
  }

  trades(listing: Listing, event: TradesEvent, firstId: number): void {
    const book = this.#books.get(listing);
    for (const fill of listing.trades.range(firstId, firstId + event.prices.length)) {
      book?.day?.take(fill);
      if (book !== undefined) book.last = { fill, event };
      const to = new Set<Client>();
      for (const line of this.#options.lines.of(listing)) {
        if (line.kind === 'tick-by-tick' && this.#tellTrade(line, fill)) to.add(line.client);
      }
      const { id, price, size } = fill;
      this.#options.context.sent({ listing, kind: 'trades', event, id, price, size, sentTo: to.size });
    }
  }

  #tellTrade({ type, id, client, contract }: TickLine, fill: Fill): boolean {
    if (type === 'BidAsk' || type === 'MidPoint' || !this.#options.link.hasMarketData) return false;
    const { listing } = contract;
    if (type === 'Last' && printOf(contract, fill.id).isUnreported) return false;
    const text = messages.tickByTickTrade(id, type, contract, fill);
    return client.send(text, { kind: 'trades', symbol: listing.symbol });
  }

  tick(now: number): void {
    if (now >= this.#nextSample) {
      this.#nextSample = Math.floor(now / SAMPLE_MICROS) * SAMPLE_MICROS + SAMPLE_MICROS;
      for (const book of this.#books.values()) this.#sample(book);
    }
    const due = Math.floor(this.venueNow / FIVE_SECONDS) * FIVE_SECONDS;
    // Far behind is a clock that was wrong for a while.
    if (due < this.#nextFive && due > this.#nextFive - 2 * FIVE_SECONDS) return;
    for (const book of this.#books.values()) this.#pushBars(book, due);
    this.#nextFive = due + FIVE_SECONDS;
  }

  #levelOne(book: Book): LevelOne {
    const { listing } = book.contract;
    book.day ??= new Day(listing, this.venueNow);
    return book.day.levelOne(!this.#options.unquoted.has(listing.symbol));
  }

  #sample(book: Book): void {
    const { lines, link } = this.#options;
    const { delayed, contract } = book;
    const open = lines.of(contract.listing);
    if (delayed === undefined && open.size === 0) return;
    const now = this.#levelOne(book);
    delayed?.push(this.venueNow, now);
    if (!link.hasMarketData) return;
    const told = { quotes: 0, trades: 0 };
    for (const line of open) {
      if (line.kind !== 'market-data') continue;
      const kinds = this.#tellLevelOne(line, line.isDelayed ? delayed?.at(this.venueNow) : now);
      if (line.isDelayed) continue;
      if (kinds.has('quotes')) told.quotes++;
      if (kinds.has('trades')) told.trades++;
    }
    this.#countSamples(book, told);
  }

  /** Sends what has changed and gives the kinds of data that were in it. */
  #tellLevelOne(line: LevelOneLine, now: LevelOne | undefined): Set<string> {
    const sent = new Set<string>();
    if (now === undefined) return sent;
    const { symbol } = line.contract.listing;
    for (const { text, kind } of ticksBetween(line.id, line.shown, now, line.isDelayed))
      if (line.client.send(text, { kind, symbol })) sent.add(kind);
    line.shown = now;
    return sent;
  }

  #countSamples({ contract: { listing }, last }: Book, told: { quotes: number; trades: number }): void {
    const { sent } = this.#options.context;
    const { quote } = listing;
    if (told.quotes > 0 && quote !== undefined)
      sent({ listing, kind: 'quotes', event: quote, isSampled: true, sentTo: told.quotes });
    if (told.trades > 0 && last !== undefined) {
      const { event, fill } = last;
      const { id, price, size } = fill;
      sent({ listing, kind: 'trades', event, id, price, size, isSampled: true, sentTo: told.trades });
    }
  }

  /** The first messages of a line for market data. */
  begin(line: LevelOneLine): void {
    const { id, client, contract, isDelayed } = line;
    const book = this.#books.get(contract.listing);
    client.send(messages.marketDataType(id, isDelayed ? DELAYED : LIVE));
    client.send(messages.tickParameters(id, contract));
    if (book === undefined || !this.#options.context.isLive) return;
    const now = this.#levelOne(book);
    const kinds = this.#tellLevelOne(line, isDelayed ? (book.delayed?.at(this.venueNow) ?? now) : now);
    if (!isDelayed)
      this.#countSamples(book, { quotes: kinds.has('quotes') ? 1 : 0, trades: kinds.has('trades') ? 1 : 0 });
  }

  #pushBars({ contract, quotes }: Book, due: number): void {
    const { lines, link } = this.#options;
    const { listing } = contract;
    for (const line of lines.of(listing)) {
      if (line.kind === 'real-time-bars' && link.hasMarketData) {
        const start = due - FIVE_SECONDS;
        const [bar] = barsOf(listing, quotes, line.of, FIVE_SECONDS, start, start);
        const texts = bar?.texts ?? quietBar(listing, line.of);
        const text = messages.realTimeBar(line.id, start, texts);
        line.client.send(text, { kind: 'bars', symbol: listing.symbol });
      } else if (line.kind === 'bars' && link.hasHistory) {
        for (const bar of barsOf(listing, quotes, line.of, line.lengthMicros, line.shown.start, due))
          this.#tellBar(line, bar);
      }
    }
  }

  /** Tells of a bar that has begun or changed. */
  #tellBar(line: BarLine, bar: PricedBar): boolean {
    const { shown, client, id, contract } = line;
    if (bar.start < shown.start || (bar.start === shown.start && bar.mark === shown.mark)) return false;
    line.shown = bar;
    const text = messages.barUpdate(id, { date: line.date(bar.start), texts: bar.texts });
    return client.send(text, { kind: 'bars', symbol: contract.listing.symbol });
  }

  /** A recorded frame is without the id of the line, which comes in where the part is left out. */
  replay({ atMicros, text, keys, tag, partFrom, partTo }: PreparedFrame): number {
    this.#playedAt = atMicros;
    const { lines } = this.#options;
    const to = new Set<Client>();
    for (const book of this.#books.values()) {
      const { listing } = book.contract;
      if (!keys.includes(listing.symbol)) continue;
      const bar = tag.kind === 'bars' ? recordedBar(text) : undefined;
      if (bar !== undefined) book.recorded?.push(bar);
      for (const line of lines.of(listing)) {
        const isTold =
          bar === undefined
            ? line.kind === 'market-data' &&
              line.client.send(`${text.slice(0, partFrom)}${line.id}${text.slice(partTo)}`, tag)
            : line.kind === 'bars' && this.#tellBar(line, bar);
        if (isTold) to.add(line.client);
      }
    }
    return to.size;
  }
}
