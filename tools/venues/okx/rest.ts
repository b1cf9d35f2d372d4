import type { FeedContext, RestAnswer, RestRequest } from '../server/feed.ts';
import type { Counter } from '../server/limits.ts';
import { fillFlat } from '../tape/bar-book.ts';
import type { Listing } from '../tape/listing.ts';
import { CANDLE_LENGTHS } from './candle-length.ts';
import { candleRow, fillRow, levelRow, milliseconds, tickerRow } from './messages.ts';
import { windowStart } from '../tape/window.ts';

const MAX_TRADES = 500;
const MAX_PAST_TRADES = 100;
const MAX_CANDLES = 300;
/** As far as `candles` reaches back, in windows. */
const CANDLES_KEPT = 1_440;

interface Asked {
  readonly request: RestRequest;
  readonly listing: Listing;
  readonly venueNow: number;
}

/** Public REST of OKX v5. Each path is counted by itself. */
export class OkxRest {
  readonly #context: FeedContext;
  readonly #counters = new Map<string, Counter>();
  readonly #paths: Readonly<Record<string, (request: RestRequest, venueNow: number) => RestAnswer>> = {
    '/api/v5/public/time': (_, venueNow) => data([{ ts: milliseconds(venueNow) }]),
    '/api/v5/public/instruments': (request) => this.#instruments(request),
    '/api/v5/market/tickers': (request, venueNow) => this.#tickers(request, venueNow),
    '/api/v5/market/ticker': this.#forListing(({ listing, venueNow }) =>
      rows([tickerRow(listing, listing.day(venueNow), venueNow)]),
    ),
    '/api/v5/market/books': this.#forListing(books),
    '/api/v5/market/trades': this.#forListing((asked) => this.#trades(asked)),
    '/api/v5/market/history-trades': this.#forListing((asked) => this.#pastTrades(asked)),
    '/api/v5/market/candles': this.#forListing((asked) => candles(asked, false)),
    '/api/v5/market/history-candles': this.#forListing((asked) => candles(asked, true)),
  };

  constructor(context: FeedContext) {
    this.#context = context;
  }

  answer(request: RestRequest, venueNow: number): RestAnswer {
    const path = this.#paths[request.path];
    if (path === undefined) return { status: 404, body: { code: '404', msg: 'Not Found', data: [] } };
    if (!this.#counter(request.path).take()) return failure('50011', 'Too Many Requests', 429);
    return path(request, venueNow);
  }

  #counter(path: string): Counter {
    let counter = this.#counters.get(path);
    if (counter === undefined) {
      counter = this.#context.limits.counter(`rest-${path.split('/').at(-1) ?? ''}`);
      this.#counters.set(path, counter);
    }
    return counter;
  }

  #forListing(answer: (asked: Asked) => RestAnswer): (request: RestRequest, venueNow: number) => RestAnswer {
    return (request, venueNow) => {
      const symbol = request.query.get('instId');
      if (symbol === null) return failure('50014', 'Parameter instId can not be empty.', 400);
      const listing = this.#context.listings.find((one) => one.symbol === symbol);
      if (listing === undefined) return failure('51001', "Instrument ID doesn't exist.");
      return answer({ request, listing, venueNow });
    };
  }

  #ofType({ query }: RestRequest): readonly Listing[] | undefined {
    const type = query.get('instType');
    if (type === null) return undefined;
    return type === 'SPOT' ? this.#context.listings : [];
  }

  #instruments(request: RestRequest): RestAnswer {
    const listings = this.#ofType(request);
    if (listings === undefined) return failure('50014', 'Parameter instType can not be empty.', 400);
    return data(listings.map((listing, index) => instrument(listing, index)));
  }

  #tickers(request: RestRequest, venueNow: number): RestAnswer {
    const listings = this.#ofType(request);
    if (listings === undefined) return failure('50014', 'Parameter instType can not be empty.', 400);
    return rows(listings.map((listing) => tickerRow(listing, listing.day(venueNow), venueNow)));
  }

  /** The id of the first fill that is not shown yet. */
  #end({ trades }: Listing): number {
    const horizon = this.#context.restHorizon();
    return Number.isFinite(horizon) ? trades.firstIdFrom(horizon) : trades.nextId;
  }

  #trades({ request, listing }: Asked): RestAnswer {
    const end = this.#end(listing);
    return newestFirst(listing, end - limitOf(request, MAX_TRADES), end);
  }

  /** `after` is what the fills are older than, an id or (type 2) a time; `before` an id that they are newer than. */
  #pastTrades({ request, listing }: Asked): RestAnswer {
    const { query } = request;
    const type = query.get('type') ?? '1';
    if (type !== '1' && type !== '2') return failure('51000', 'Parameter type error');
    const newest = this.#end(listing);
    const after = numberOf(query.get('after'));
    const end =
      after === undefined ? newest : type === '1' ? after : listing.trades.firstIdFrom(after * 1_000);
    const before = type === '1' ? numberOf(query.get('before')) : undefined;
    const last = Math.min(end, newest);
    const first = Math.max(last - limitOf(request, MAX_PAST_TRADES), (before ?? -1) + 1);
    return newestFirst(listing, first, last);
  }
}

function rows(texts: readonly string[]): RestAnswer {
  return { status: 200, body: `{"code":"0","msg":"","data":[${texts.join(',')}]}` };
}

function data(body: readonly unknown[]): RestAnswer {
  return { status: 200, body: { code: '0', msg: '', data: body } };
}

function failure(code: string, msg: string, status = 200): RestAnswer {
  return { status, body: { code, msg, data: [] } };
}

function numberOf(text: string | null): number | undefined {
  const value = text === null || text === '' ? Number.NaN : Number(text);
  return Number.isNaN(value) ? undefined : value;
}

function limitOf({ query }: RestRequest, most: number): number {
  return Math.max(0, Math.min(numberOf(query.get('limit')) ?? 100, most));
}

/** Fills with ids in [from, to). */
function newestFirst(listing: Listing, from: number, to: number): RestAnswer {
  const fills = listing.trades.range(from, to).reverse();
  return rows(fills.map((fill) => fillRow(listing, fill)));
}

function instrument(listing: Listing, index: number): unknown {
  const [baseCcy = '', quoteCcy = ''] = listing.symbol.split('-');
  const none = { ctVal: '', ctMult: '', ctValCcy: '', ctType: '', optType: '', stk: '', expTime: '' };
  const most = { maxLmtSz: '9999999999', maxMktSz: '1000000', maxTwapSz: '9999999999', maxStopSz: '1000000' };
  return {
    instType: 'SPOT',
    instId: listing.symbol,
    instIdCode: index + 1,
    baseCcy,
    quoteCcy,
    settleCcy: '',
    uly: '',
    instFamily: '',
    tickSz: listing.priceTick,
    lotSz: listing.sizeStep,
    minSz: listing.sizeStep,
    lever: '',
    listTime: '1548133413000',
    state: 'live',
    ruleType: 'normal',
    ...none,
    ...most,
  };
}

function books({ request, listing, venueNow }: Asked): RestAnswer {
  const depth = Math.min(numberOf(request.query.get('sz')) ?? 1, 400);
  const { bids, asks } = listing.ladder();
  const side = (levels: typeof bids): string =>
    levels
      .slice(0, depth)
      .map((level) => levelRow(listing, level))
      .join(',');
  return rows([`{"asks":[${side(asks)}],"bids":[${side(bids)}],"ts":"${milliseconds(venueNow)}"}`]);
}

/**
 * Newest first, windows without a trade flat. `after` and `before` are starts, both excluded. `candles` has the last 1,440 with the open one; the history
 * has the closed ones, and those of a second.
 */
function candles({ request, listing, venueNow }: Asked, isHistory: boolean): RestAnswer {
  const { query } = request;
  const bar = query.get('bar') ?? '1m';
  const length = bar === '1s' && !isHistory ? undefined : CANDLE_LENGTHS.get(bar);
  if (length === undefined) return failure('51000', 'Parameter bar error');
  const window = windowStart(venueNow, length);
  const after = (numberOf(query.get('after')) ?? Number.POSITIVE_INFINITY) * 1_000;
  const before = (numberOf(query.get('before')) ?? -1) * 1_000;
  const oldest = isHistory ? 0 : window - (CANDLES_KEPT - 1) * length;
  const newest = isHistory ? window - length : window;
  const found = fillFlat(listing.bars.range(length, 0, window), length, window)
    .filter(({ start }) => start < after && start > before && start >= oldest && start <= newest)
    .slice(-limitOf(request, MAX_CANDLES))
    .reverse();
  return rows(found.map((one) => candleRow(listing, one, one.start < window)));
}
