import type { RawTrade } from '@concord/codec';
import { parseFixed, type Kind, type Micros } from '@concord/model';
import {
  acksFrame,
  closingFrame,
  errorFrame,
  HEARTBEAT,
  isObject,
  NOTHING,
  quoteRecord,
  quotesFrame,
  refusal,
  refusedFrame,
  tradeRecord,
  tradesFrame,
  type FrameParser,
  type Listing,
  type ParsedFrame,
  type ParserContext,
  type Provenance,
  type Venue,
  type VenueLimits,
} from '@concord/sources';

/** Frames of the test venue. */
export type TestFrame =
  /** Streams confirmed, by key: `trades:A`. */
  | { readonly acks: readonly string[] }
  | { readonly rejects: string; readonly why: string }
  /** Trades of one symbol by their ids. */
  | { readonly trades: string; readonly ids: readonly number[] }
  | { readonly quote: string }
  | { readonly resync: string }
  | { readonly beat: true }
  /** A sign of life of single streams, by key. */
  | { readonly alive: readonly string[] }
  | { readonly closing: string }
  | { readonly breaks: true };

export function testKey(kind: Kind, symbol: string): string {
  return `${kind}:${symbol}`;
}

/** A venue that exists in tests only: one connection, a subscription message for each stream. */
export function testVenue({ limits, ...over }: TestVenueOptions = {}): Venue {
  return {
    source: 'test',
    endpoints: ['ws://test'],
    heartbeat: { silenceMs: 30_000 },
    limits: { messageGapMs: 0, connectGapMs: 0, streamsPerConnection: 1_000, ...limits },
    streamsOf: (listing, kinds) =>
      kinds.map((kind) => ({ listing, kind, key: testKey(kind, listing.symbol) })),
    dial: (streams) => ({
      path: '',
      subscribe: streams.map(({ key }) => `subscribe ${key}`),
      confirmedByUrl: false,
    }),
    subscribe: (streams) => streams.map(({ key }) => `subscribe ${key}`),
    unsubscribe: (streams) => streams.map(({ key }) => `unsubscribe ${key}`),
    createParser: (context) => new TestParser(context),
    ...over,
  };
}

export interface TestVenueOptions extends Omit<Partial<Venue>, 'limits'> {
  readonly limits?: Partial<VenueLimits>;
}

class TestParser implements FrameParser {
  readonly #context: ParserContext;

  constructor(context: ParserContext) {
    this.#context = context;
  }

  parse(text: string, receiveTime: Micros): ParsedFrame {
    let frame: unknown;
    try {
      frame = JSON.parse(text);
    } catch {
      return refusedFrame('not-json', 'expected a JSON object');
    }
    return isObject(frame) ? this.#read(frame as TestFrame, receiveTime) : NOTHING;
  }

  #read(frame: TestFrame, receiveTime: Micros): ParsedFrame {
    if ('breaks' in frame) throw new Error('the parser broke');
    if ('beat' in frame) return HEARTBEAT;
    if ('acks' in frame) return acksFrame(frame.acks);
    if ('alive' in frame) return { ...HEARTBEAT, acks: frame.alive };
    if ('rejects' in frame) return errorFrame('rejected', frame.why, [frame.rejects]);
    if ('closing' in frame) return closingFrame(frame.closing);
    if ('trades' in frame) return this.#trades(frame.trades, frame.ids, receiveTime);
    const symbol = 'quote' in frame ? frame.quote : frame.resync;
    const listing = this.#context.listings.get(symbol);
    if (listing === undefined) return refusedFrame('unknown-symbol', 'unknown', symbol);
    if ('resync' in frame) return quotesFrame([], [], [{ listing, kind: 'quotes', reason: 'test' }]);
    return quotesFrame([
      quoteRecord(this.#context, listing, {
        ...live(receiveTime),
        updateId: null,
        bid: parseFixed('99') ?? null,
        bidSize: parseFixed('1') ?? null,
        ask: parseFixed('101') ?? null,
        askSize: parseFixed('1') ?? null,
      }),
    ]);
  }

  #trades(symbol: string, ids: readonly number[], receiveTime: Micros): ParsedFrame {
    const listing = this.#context.listings.get(symbol);
    if (listing === undefined) return refusedFrame('unknown-symbol', 'unknown', symbol);
    const refusals = ids.filter((id) => id < 0).map(() => refusal('bad-field', 'negative id', symbol));
    const trades = ids.filter((id) => id >= 0).map((id) => this.#trade(listing, id, receiveTime));
    return tradesFrame(trades, refusals);
  }

  #trade(listing: Listing, id: number, receiveTime: Micros): RawTrade {
    return venueTrade(this.#context, listing, id, live(receiveTime));
  }
}

/** A trade of the test venue by its id. */
export function venueTrade(
  context: ParserContext,
  listing: Listing,
  id: number,
  provenance: Provenance,
): RawTrade {
  return tradeRecord(context, listing, {
    ...provenance,
    idKind: 'TRADE',
    firstId: String(id),
    lastId: String(id),
    fills: null,
    price: parseFixed('100') ?? 0n,
    size: parseFixed('1') ?? 0n,
    side: 'BUY',
  });
}

function live(receiveTime: Micros): Provenance {
  return {
    receiveTime,
    origin: 'LIVE',
    eventTime: receiveTime,
    precision: 'MICROSECOND',
    venueSequence: null,
  };
}

/** Makes parsers of the test venue whose trades have ids without arithmetic. */
export function opaqueTrades(context: ParserContext): FrameParser {
  const parser = testVenue().createParser(context);
  return {
    parse: (text, receiveTime) => {
      const frame = parser.parse(text, receiveTime);
      return { ...frame, trades: frame.trades.map((trade) => ({ ...trade, idKind: 'OPAQUE' as const })) };
    },
  };
}
