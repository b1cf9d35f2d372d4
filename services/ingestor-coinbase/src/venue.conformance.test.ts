import { formatFixed, formatMicros } from '@concord/model';
import {
  readOracle,
  recordedFrames,
  RECORDINGS_PRESENT,
  testContext,
  type JoinedFrames,
} from '@concord/testkit';
import {
  conformanceOfVenue,
  parseRecording,
  type PlacedRow,
  type Reading,
  type VenueConformance,
  type WrittenFrame,
  type WrittenPast,
} from '@concord/testkit/conformance';
import { describe, expect, it } from 'vitest';
import { CoinbaseHistory } from './history.ts';
import { createParser } from './parse.ts';
import { coinbaseVenue } from './venue.ts';

const PATH = 'frames/coinbase-advanced-2026-08-09.jsonl.gz';
const PRODUCTS = ['BTC-USD', 'ETH-USD'];
/** 2026-08-09T21:06:00.02Z */
const RECEIVED_FROM = 1_786_309_560_020_000;

/**
 * Frames as documented (Advanced Trade WebSocket channels, 2026-07), numbered as one connection numbers them, and what a person reads from them. `time` is that of
 * the entry, in microseconds.
 */
function session(
  channel: string,
  written: (n: number, time: string) => [event: object, tells: Reading],
): WrittenFrame[] {
  return [0, 1, 2, 3, 4, 5].map((n) => {
    const time = `2026-08-09T21:06:00.${n}00123Z`;
    const [event, tells] = written(n, time);
    const frame = {
      channel,
      client_id: '',
      timestamp: `2026-08-09T21:06:00.${n}00456789Z`,
      sequence_num: n,
      events: [{ type: n === 0 ? 'snapshot' : 'update', ...event }],
    };
    return {
      frame: JSON.stringify(frame),
      tells: [{ ...tells, origin: n === 0 ? 'SNAPSHOT' : 'LIVE', venueSequence: n }],
    };
  });
}

const WRITTEN: Record<string, WrittenFrame[]> = {
  // The side is the maker's.
  market_trades: session('market_trades', (n, time) => [
    {
      trades: [
        {
          ...{ product_id: 'ETH-USD', trade_id: `100${n}`, price: `1919.4${n}`, size: '0.3' },
          ...{ side: n % 2 === 0 ? 'BUY' : 'SELL', time },
        },
      ],
    },
    {
      kind: 'trades',
      ...{ symbol: 'ETH-USD', id: `100${n}`, time, price: `1919.4${n}`, size: '0.3' },
      side: n % 2 === 0 ? 'SELL' : 'BUY',
    },
  ]),
  l2_data: session('l2_data', (n, time) => {
    const level = (side: string, price: string, size: string): object => ({
      side,
      event_time: time,
      price_level: price,
      new_quantity: size,
    });
    const whole = [level('bid', '21921.73', '0.06317902'), level('offer', '21921.80', '1.5')];
    return [
      { product_id: 'BTC-USD', updates: n === 0 ? whole : [level('bid', '21921.73', `0.${n}`)] },
      {
        kind: 'quotes',
        ...{ symbol: 'BTC-USD', id: null, time },
        ...{ bid: '21921.73', bidSize: n === 0 ? '0.06317902' : `0.${n}`, ask: '21921.8', askSize: '1.5' },
      },
    ];
  }),
  // A candle has no time of its own but the frame's.
  candles: session('candles', (n) => [
    {
      candles: [
        {
          start: '1786309500',
          ...{ high: '1867.72', low: '1865.63', open: '1867.38', close: '1866.81', volume: `0.2${n}` },
          product_id: 'ETH-USD',
        },
      ],
    },
    {
      kind: 'bars',
      interval: '5m',
      ...{ symbol: 'ETH-USD', id: null, time: `2026-08-09T21:06:00.${n}00456789Z` },
      ...{
        start: '2026-08-09T21:05:00Z',
        open: '1867.38',
        high: '1867.72',
        low: '1865.63',
        close: '1866.81',
      },
      ...{ volume: `0.2${n}`, final: false },
    },
  ]),
};

const FIRST_ID = 34_208_000;
const PAST = {
  symbol: 'BTC-USD',
  otherSymbol: 'ETH-USD',
  open: (urls, options) => new CoinbaseHistory(urls, options),
} satisfies Partial<WrittenPast>;

/** As documented (public market data, 2026-07): the newest of those between two seconds, both included, newest first. */
function chosen({ searchParams: query }: URL, rows: readonly PlacedRow[]): unknown[] {
  const [start, end] = [Number(query.get('start') ?? 0), Number(query.get('end') ?? Infinity)];
  const isIn = ({ at }: PlacedRow): boolean => at >= start * 1e6 && at < (end + 1) * 1e6;
  const found = rows.filter(isIn).slice(-Number(query.get('limit')));
  return found.map(({ row }) => row).reverse();
}

const PASTS: readonly WrittenPast[] = [
  {
    ...PAST,
    name: 'trades',
    kind: 'trades',
    interval: null,
    isById: true,
    isNamed: true,
    pageSize: 1_000,
    row: (n, at, symbol) => ({
      row: {
        ...{ trade_id: String(FIRST_ID + n), product_id: symbol, price: '140.91', size: '4.5' },
        ...{ time: formatMicros(at), side: n % 3 === 0 ? 'BUY' : 'SELL', bid: '', ask: '' },
      },
      tells: {
        kind: 'trades',
        ...{ symbol, id: String(34_208_000 + n), time: formatMicros(at), price: '140.91', size: '4.5' },
        side: n % 3 === 0 ? 'SELL' : 'BUY',
      },
    }),
    answer: (request, rows) => ({ trades: chosen(request, rows), best_bid: '291.13', best_ask: '292.40' }),
  },
  {
    ...PAST,
    name: 'candles',
    kind: 'bars',
    interval: '1m',
    isById: false,
    isNamed: false,
    pageSize: 350,
    row: (n, at, symbol) => ({
      row: {
        ...{ start: String(at / 1e6), low: '139.21', high: '142.98', open: '140.22', close: '141.30' },
        volume: `5643.${n}`,
      },
      tells: {
        kind: 'bars',
        interval: '1m',
        ...{ symbol, id: null, time: null, start: formatMicros(at), final: true },
        ...{ open: '140.22', high: '142.98', low: '139.21', close: '141.3', volume: `5643.${n}` },
      },
    }),
    answer: (request, rows) => ({ candles: chosen(request, rows) }),
  },
];

const COINBASE: VenueConformance = {
  source: 'coinbase',
  createVenue: () => coinbaseVenue(['ws://venue'], { streamsPerConnection: 90 }),
  typeOf: (text) => /"channel":"([^"]*)"/.exec(text)?.[1] ?? '',
  isNumbered: true,
  types: [
    {
      name: 'market_trades',
      kind: 'trades',
      ids: 'TRADE',
      missing: { part: /"trade_id":"\d+",/, code: 'bad-field' },
      number: /(?<="price":")[^"]+/,
      time: /(?<="time":")[^"]+/,
    },
    {
      name: 'l2_data',
      kind: 'quotes',
      ids: 'NONE',
      missing: { part: /,"new_quantity":"[^"]*"/, code: 'bad-number' },
      number: /(?<="price_level":")[^"]+/,
      time: /(?<="event_time":")[^"]+/,
      isBook: true,
    },
    {
      name: 'candles',
      kind: 'bars',
      ids: 'NONE',
      missing: { part: /"start":"\d+",/, code: 'bad-time' },
      number: /(?<="open":")[^"]+/,
      time: /(?<="timestamp":")[^"]+/,
    },
  ],
  pasts: PASTS,
  written: Object.entries(WRITTEN).map(([name, frames]) => ({
    name: `written ${name}`,
    symbols: PRODUCTS,
    receivedFrom: RECEIVED_FROM,
    frames,
  })),
  answers: [
    { frame: '{"type":"error","message":"authentication failure"}', says: { rejects: [] } },
    {
      frame:
        '{"channel":"subscriptions","timestamp":"2026-08-09T21:06:00.1Z","sequence_num":7,"events":[{"subscriptions":{"level2":["BTC-USD"]}}]}',
      says: { confirms: [['quotes', 'BTC-USD']] },
    },
    {
      frame:
        '{"channel":"heartbeats","timestamp":"2026-08-09T21:06:00.2Z","sequence_num":8,"events":[{"heartbeat_counter":1}]}',
      says: { isHeartbeat: true },
    },
  ],
  recordings: [{ path: PATH, symbols: PRODUCTS }],
};

conformanceOfVenue(COINBASE);

interface TickerFrame {
  readonly events: readonly {
    readonly tickers: readonly {
      readonly product_id: string;
      readonly best_bid: string;
      readonly best_ask: string;
    }[];
  }[];
}

describe.skipIf(!RECORDINGS_PRESENT)('Coinbase Advanced Trade recording (../shared/realdata)', () => {
  const [recording] = COINBASE.recordings;
  const parse = (): JoinedFrames => {
    const [parsed] = recording === undefined ? [] : parseRecording(COINBASE, recording).values();
    if (parsed === undefined) throw new Error('the recording holds no connection');
    return parsed;
  };

  it('confirms the streams subscribed to', () => {
    const keys = new Set(parse().acks);
    for (const product of PRODUCTS) {
      for (const channel of ['market_trades', 'candles', 'level2'])
        expect(keys).toContain(`${channel}:${product}`);
    }
  });

  it('tells a quote for each change of the top and none that is crossed', () => {
    const { quotes } = parse();
    for (const product of PRODUCTS) {
      const own = quotes.filter((quote) => quote.venueSymbol === product);
      expect(own.length).toBeGreaterThan(20);
      expect(own.filter((quote) => (quote.bid ?? 0n) >= (quote.ask ?? 0n))).toEqual([]);
      expect(own.filter((quote) => quote.origin === 'SNAPSHOT')).toHaveLength(1);
      for (const [index, quote] of own.entries()) {
        const previous = own[index - 1];
        if (previous === undefined) continue;
        const top = (of: typeof quote): unknown[] => [of.bid, of.bidSize, of.ask, of.askSize];
        expect(top(quote)).not.toEqual(top(previous));
        expect(quote.eventTime ?? 0).toBeGreaterThanOrEqual(previous.eventTime ?? 0);
      }
    }
  });

  it("has told each best bid and ask that the venue's ticker tells, and holds the last of them when it comes", () => {
    const oracle = readOracle(PATH);
    const parser = createParser(testContext('coinbase', PRODUCTS));
    const held = new Map<string, string>();
    const told = new Set<string>();
    const heldAtTicker = new Map<string, string | undefined>();
    const tickers: string[] = [];
    for (const { text, receiveTime } of recordedFrames(PATH)) {
      for (const quote of parser.parse(text, receiveTime).quotes) {
        const top = `${formatFixed(quote.bid ?? 0n)} ${formatFixed(quote.ask ?? 0n)}`;
        held.set(quote.venueSymbol, top);
        told.add(`${quote.venueSymbol} ${top}`);
      }
      if (!text.startsWith('{"channel":"ticker"')) continue;
      const { events } = JSON.parse(text) as TickerFrame;
      for (const ticker of events.flatMap((event) => event.tickers)) {
        tickers.push(`${ticker.product_id} ${ticker.best_bid} ${ticker.best_ask}`);
        heldAtTicker.set(ticker.product_id, held.get(ticker.product_id));
      }
    }
    expect(tickers).toHaveLength(oracle.channels['ticker'] ?? -1);
    expect(tickers.filter((top) => !told.has(top))).toEqual([]);
    for (const product of PRODUCTS) {
      const expected = oracle.quotes[product];
      expect(heldAtTicker.get(product)).toBe(`${expected?.last_bid} ${expected?.last_ask}`);
    }
  });

  it('tells each candle, closed where a later one has been stated', () => {
    const { bars } = parse();
    expect(bars.length).toBeGreaterThan(100);
    for (const product of PRODUCTS) {
      const own = bars.filter((bar) => bar.venueSymbol === product);
      const newest = Math.max(...own.map((bar) => bar.start));
      expect(own.every((bar) => bar.final === bar.start < newest && bar.interval === '5m')).toBe(true);
      const statements = Map.groupBy(own, (bar) => bar.start);
      for (const bars of statements.values())
        expect(bars.map(({ revision }) => revision)).toEqual(bars.map((_, index) => index));
    }
  });
});
