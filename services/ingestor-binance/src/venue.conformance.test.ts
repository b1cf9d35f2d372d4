import { formatMicros, MICROS_PER_MS } from '@concord/model';
import { RECORDINGS_PRESENT } from '@concord/testkit';
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
import { BinanceHistory } from './history.ts';
import { binanceVenue } from './venue.ts';

const OPTIONS = {
  tradeStream: 'aggTrade',
  barInterval: '1m',
  timeUnit: 'millisecond',
  streamsPerConnection: 200,
} as const;
const PRICE = /(?<="p":")[^"]+/;
const BID = /(?<="b":")[^"]+/;
const OPEN = /(?<="o":")[^"]+/;
const AT_MS = 1_786_309_560_000;

/** A frame and what a person reads from it; `time` is `ms` written out. */
function frames(
  written: (n: number, ms: number, time: string) => [frame: object, tells: Reading],
): WrittenFrame[] {
  return [0, 1, 2, 3, 4].map((n) => {
    const [frame, tells] = written(n, AT_MS + 100 * n, `2026-08-09T21:06:00.${n}00Z`);
    return { frame: JSON.stringify(frame), tells: [tells] };
  });
}

/** As documented (web-socket-streams, 2026-07-21), a tenth of a second apart. Where the buyer is the maker (`m`), the taker sold. */
const WRITTEN: Record<string, WrittenFrame[]> = {
  trade: frames((n, ms, time) => {
    const isBuyerMaker = n % 2 === 0;
    const fill = { t: 12_345 + n, p: `65000.0${n}`, q: '0.10', T: ms, m: isBuyerMaker, M: true };
    return [
      { stream: 'btcusdt@trade', data: { e: 'trade', E: ms + 3, s: 'BTCUSDT', ...fill } },
      {
        ...{ kind: 'trades', symbol: 'BTCUSDT', id: `1234${5 + n}`, time },
        ...{ price: `65000.0${n}`, size: '0.1', side: isBuyerMaker ? 'SELL' : 'BUY' },
      },
    ];
  }),
  aggTrade: frames((n, ms, time) => {
    const isBuyerMaker = n % 2 === 0;
    const ids = { a: 5_933_014 + n, f: 100 + 2 * n, l: 101 + 2 * n };
    const fill = { p: `0.00${n + 1}`, q: '100', T: ms, m: isBuyerMaker, M: true };
    return [
      { stream: 'btcusdt@aggTrade', data: { e: 'aggTrade', E: ms + 3, s: 'BTCUSDT', ...ids, ...fill } },
      {
        ...{ kind: 'trades', symbol: 'BTCUSDT', id: `593301${4 + n}`, time, fills: 2 },
        ...{ price: `0.00${n + 1}`, size: '100', side: isBuyerMaker ? 'SELL' : 'BUY' },
      },
    ];
  }),
  bookTicker: frames((n) => [
    {
      stream: 'btcusdt@bookTicker',
      data: {
        u: 400_900_213 + n,
        s: 'BTCUSDT',
        b: '25.35190000',
        B: '31.21',
        a: `25.3652000${n}`,
        A: '40.66',
      },
    },
    {
      ...{ kind: 'quotes', symbol: 'BTCUSDT', id: `40090021${3 + n}`, time: null },
      ...{ bid: '25.3519', bidSize: '31.21', ask: `25.3652000${n}`, askSize: '40.66' },
    },
  ]),
  kline_1m: frames((n, ms, time) => [
    {
      stream: 'btcusdt@kline_1m',
      data: {
        e: 'kline',
        E: ms,
        s: 'BTCUSDT',
        k: {
          t: AT_MS,
          i: '1m',
          ...{ o: '0.0010', c: '0.0020', h: '0.0025', l: '0.0005', v: `100${n}` },
          ...{ n: 100 + n, x: false, q: '1.5', V: '500' },
        },
      },
    },
    {
      ...{ kind: 'bars', symbol: 'BTCUSDT', id: null, time, interval: '1m', start: '2026-08-09T21:06:00Z' },
      ...{ open: '0.001', high: '0.0025', low: '0.0005', close: '0.002', volume: `100${n}` },
      ...{ final: false, tradeCount: 100 + n, quoteVolume: '1.5', takerBuyVolume: '500' },
    },
  ]),
};

/** As documented (rest-api/market-data-endpoints, 2026-07-21): from an id, or between two times, the oldest of them. Rows name no symbol. */
function chosen({ searchParams: query }: URL, rows: readonly PlacedRow[]): PlacedRow[] {
  const number = (name: string, otherwise: number): number => Number(query.get(name) ?? otherwise);
  const [fromId, start, end] = [number('fromId', 0), number('startTime', 0), number('endTime', Infinity)];
  const isIn = ({ n, at }: PlacedRow): boolean =>
    FIRST_ID + n >= fromId && at >= start * 1_000 && at <= end * 1_000;
  return rows.filter(isIn).slice(0, Math.min(1_000, number('limit', 500)));
}

const FIRST_ID = 26_129;
const PAST = {
  kind: 'trades',
  interval: null,
  isById: true,
  pageSize: 1_000,
  symbol: 'BTCUSDT',
  otherSymbol: 'ETHUSDT',
  isNamed: false,
} as const;

const PASTS: readonly WrittenPast[] = [
  {
    ...PAST,
    name: 'aggTrades',
    open: (urls, options) => new BinanceHistory(urls, OPTIONS, options),
    row: (n, at, symbol) => ({
      row: {
        a: FIRST_ID + n,
        p: '0.01633102',
        q: '4.70',
        f: 3 * n,
        l: 3 * n + 2,
        T: at / 1_000,
        m: n % 3 === 0,
        M: true,
      },
      tells: {
        kind: 'trades',
        ...{ symbol, id: String(26_129 + n), time: new Date(at / 1_000).toISOString(), fills: 3 },
        ...{ price: '0.01633102', size: '4.7' },
        side: n % 3 === 0 ? 'SELL' : 'BUY',
      },
    }),
    answer: (request, rows) => chosen(request, rows).map(({ row }) => row),
  },
  {
    ...PAST,
    name: 'historicalTrades',
    open: (urls, options) => new BinanceHistory(urls, { ...OPTIONS, tradeStream: 'trade' }, options),
    row: (n, at, symbol) => ({
      row: {
        ...{ id: FIRST_ID + n, price: '4.00000100', qty: '12.5', quoteQty: '50.0000125' },
        ...{ time: at / 1_000, isBuyerMaker: n % 3 === 0, isBestMatch: true },
      },
      tells: {
        kind: 'trades',
        ...{ symbol, id: String(26_129 + n), time: new Date(at / 1_000).toISOString() },
        ...{ price: '4.000001', size: '12.5' },
        side: n % 3 === 0 ? 'SELL' : 'BUY',
      },
    }),
    // Where a stretch begins is asked of the aggregates: here each is of one trade.
    answer: (request, rows) =>
      chosen(request, rows).map(({ row, n, at }) => {
        const id = FIRST_ID + n;
        const aggregate = {
          a: n,
          p: '4.00000100',
          q: '12.5',
          f: id,
          l: id,
          T: at / 1_000,
          m: n % 3 === 0,
          M: true,
        };
        return request.pathname === '/api/v3/aggTrades' ? aggregate : row;
      }),
  },
  {
    ...PAST,
    name: 'klines',
    kind: 'bars',
    interval: '1m',
    isById: false,
    open: (urls, options) => new BinanceHistory(urls, OPTIONS, options),
    row: (n, at, symbol) => ({
      row: [
        ...[at / 1_000, '0.01634790', '0.80000000', '0.01575800', '0.01577100', '148976.11427815'],
        ...[at / 1_000 + 59_999, '2434.19055334', 308 + n, '1756.87402397', '28.46694368', '0'],
      ],
      tells: {
        kind: 'bars',
        interval: '1m',
        ...{ symbol, id: null, time: null, start: formatMicros(at) },
        ...{ open: '0.0163479', high: '0.8', low: '0.015758', close: '0.015771', volume: '148976.11427815' },
        ...{
          quoteVolume: '2434.19055334',
          tradeCount: 308 + n,
          takerBuyVolume: '1756.87402397',
          final: true,
        },
      },
    }),
    answer: (request, rows) => chosen(request, rows).map(({ row }) => row),
  },
];

const SYMBOLS_2021_04 =
  'AAVEUPUSDT ADARUB BUSDTRY GTOBTC ONTTRY PERLBNB QSPBTC STEEMETH SWRVBUSD VETETH'.split(' ');
const SYMBOLS_2021_08 = 'BADGERBTC FTMUSDT SXPBTC XMRBTC'.split(' ');

const BINANCE: VenueConformance = {
  source: 'binance',
  createVenue: () => binanceVenue(['ws://venue'], OPTIONS),
  typeOf: (text) => /^\{"stream":"[^@"]*@([^"]*)"/.exec(text)?.[1] ?? '',
  types: [
    {
      name: 'trade',
      kind: 'trades',
      ids: 'TRADE',
      missing: { part: /"t":\d+,/, code: 'bad-field' },
      number: PRICE,
      time: /(?<="T":)\d+/,
    },
    {
      name: 'aggTrade',
      kind: 'trades',
      ids: 'AGGREGATE',
      missing: { part: /"m":(true|false),/, code: 'bad-field' },
      number: PRICE,
      time: /(?<="T":)\d+/,
    },
    {
      name: 'bookTicker',
      kind: 'quotes',
      ids: 'UPDATE',
      missing: { part: /"B":"[^"]*",/, code: 'bad-number' },
      number: BID,
      time: null,
    },
    {
      name: 'kline_1m',
      kind: 'bars',
      ids: 'NONE',
      missing: { part: /"x":(true|false),/, code: 'bad-field' },
      number: OPEN,
      time: /(?<="E":)\d+/,
    },
  ],
  pasts: PASTS,
  written: Object.entries(WRITTEN).map(([name, frames]) => ({
    name: `written ${name}`,
    symbols: ['BTCUSDT'],
    receivedFrom: (AT_MS + 20) * MICROS_PER_MS,
    frames,
  })),
  answers: [
    // A call is answered by its number: of one that nobody made nothing is known.
    { frame: '{"result":null,"id":1}', says: {} },
    { frame: '{"id":1,"error":{"code":2,"msg":"Invalid request: unknown stream"}}', says: { rejects: [] } },
    { frame: '{"e":"serverShutdown","E":1786309560000}', says: { isClosing: true } },
  ],
  recordings: [
    { path: 'frames/binance-2021-04-17.jsonl.gz', symbols: SYMBOLS_2021_04, oracleTells: ['quotes', 'bars'] },
    { path: 'frames/binance-2021-08-14.jsonl.gz', symbols: SYMBOLS_2021_08, oracleTells: ['quotes', 'bars'] },
  ],
};

conformanceOfVenue(BINANCE);

describe.skipIf(!RECORDINGS_PRESENT)('Binance recordings (../shared/realdata)', () => {
  it('hold aggregates alone among their trades, and quotes without a time, numbered by the book', () => {
    for (const recording of BINANCE.recordings) {
      for (const { trades, quotes } of parseRecording(BINANCE, recording).values()) {
        expect(trades.every(({ idKind, fills }) => idKind === 'AGGREGATE' && (fills ?? 0) >= 1)).toBe(true);
        expect(quotes.every(({ idKind, eventTime }) => idKind === 'UPDATE' && eventTime === null)).toBe(true);
      }
    }
  });
});
