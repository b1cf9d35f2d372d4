import {
  isObject,
  quoteRecord,
  TopOfBook,
  type Level,
  type Listing,
  type ParserContext,
  type Top,
} from '@concord/sources';
import type { RawQuote } from '@concord/codec';
import { parseFixed, parseRfc3339, type Micros } from '@concord/model';
import type { Level2Event, Level2Update } from './messages.ts';

/** Why a book cannot be trusted any more. */
export type BookFault = 'bad-update' | 'no-snapshot' | 'crossed' | 'exhausted';

interface Book {
  readonly levels: TopOfBook;
  told: Top;
}

interface ReadUpdate extends Level {
  readonly side: 'bid' | 'ask';
}

/**
 * The books of one session's products, kept for their tops. A quote is told when the top changed after a whole event, never in the
 * middle of one. A product is silent from `drop` until its next snapshot.
 */
export class Level2Books {
  readonly #context: ParserContext;
  readonly #books = new Map<string, Book>();
  /** Products that are asked for anew and have not sent their snapshot yet. */
  readonly #awaited = new Set<string>();

  constructor(context: ParserContext) {
    this.#context = context;
  }

  get isEmpty(): boolean {
    return this.#books.size === 0;
  }

  /** Forgets every book and says which products had one. What was lost may have been the snapshot of another: it is waited for no longer. */
  dropAll(): string[] {
    const products = [...this.#books.keys()];
    this.#books.clear();
    this.#awaited.clear();
    for (const product of products) this.#awaited.add(product);
    return products;
  }

  drop(product: string): void {
    this.#books.delete(product);
    this.#awaited.add(product);
  }

  /** The quote that an event makes; `undefined` when the top is as it was. */
  apply(
    event: Level2Event,
    listing: Listing,
    at: { readonly receiveTime: Micros; readonly sequence: number },
  ): RawQuote | BookFault | undefined {
    const updates = event.updates.map(readUpdate);
    if (!updates.every((update) => update !== undefined)) return 'bad-update';
    const book =
      event.type === 'snapshot' ? this.#load(event.product_id, updates) : this.#books.get(event.product_id);
    // Without the snapshot they say nothing of the top: it is on its way, or it was lost.
    if (book === undefined) return this.#awaited.has(event.product_id) ? undefined : 'no-snapshot';
    if (event.type === 'update')
      for (const { side, price, size } of updates) book.levels.apply(side, price, size);
    if (book.levels.exhausted) return 'exhausted';
    const { bid, ask } = book.levels.top();
    if (bid !== null && ask !== null && bid.price > ask.price) return 'crossed';
    if (event.type === 'update' && isSame(bid, book.told.bid) && isSame(ask, book.told.ask)) return undefined;
    book.told = { bid, ask };
    const eventTime = parseRfc3339(event.updates.at(-1)?.event_time ?? '') ?? null;
    return quoteRecord(this.#context, listing, {
      receiveTime: at.receiveTime,
      origin: event.type === 'snapshot' ? 'SNAPSHOT' : 'LIVE',
      eventTime,
      precision: eventTime === null ? null : 'MICROSECOND',
      venueSequence: at.sequence,
      updateId: null,
      bid: bid?.price ?? null,
      bidSize: bid?.size ?? null,
      ask: ask?.price ?? null,
      askSize: ask?.size ?? null,
    });
  }

  #load(product: string, updates: readonly ReadUpdate[]): Book {
    const book: Book = { levels: new TopOfBook(), told: { bid: null, ask: null } };
    book.levels.load(
      updates.filter(({ side }) => side === 'bid'),
      updates.filter(({ side }) => side === 'ask'),
    );
    this.#books.set(product, book);
    this.#awaited.delete(product);
    return book;
  }
}

function isSame(a: Level | null, b: Level | null): boolean {
  return a === b || (a !== null && b !== null && a.price === b.price && a.size === b.size);
}

function readUpdate(update: Level2Update): ReadUpdate | undefined {
  if (!isObject(update)) return undefined;
  const { side, price_level: priceText, new_quantity: sizeText, event_time: time } = update;
  if (side !== 'bid' && side !== 'offer') return undefined;
  if (typeof priceText !== 'string' || typeof sizeText !== 'string' || typeof time !== 'string')
    return undefined;
  const price = parseFixed(priceText);
  const size = parseFixed(sizeText);
  if (price === undefined || size === undefined) return undefined;
  return { side: side === 'bid' ? 'bid' : 'ask', price, size };
}
