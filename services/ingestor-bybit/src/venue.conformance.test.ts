import { formatMicros, MICROS_PER_MS } from '@concord/model';
import { readOracle, RECORDINGS_PRESENT, type JoinedFrames } from '@concord/testkit';
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
import { BybitHistory } from './history.ts';
import { bybitVenue } from './venue.ts';

const OPTIONS = { category: 'linear', barInterval: '1m', streamsPerConnection: 150 } as const;
const AT_MS = 1_786_309_560_000;
const SYMBOLS = [
  'BTCUSDT ETHUSDT SOLUSDT DOGEUSDT BANDUSDT RADUSDT SNTUSDT AIOZUSDT',
  'OPUSDC TUSDUSDT KCSUSDT CPOOLUSDT ARBUSDC MASAUSDT',
].flatMap((line) => line.split(' '));

/** As documented (v5 public streams, 2026-07-24), a tenth of a second apart, and what a person reads from them. */
function frames(
  topic: string,
  written: (n: number, ms: number) => [more: object, tells: Reading],
): WrittenFrame[] {
  return [0, 1, 2, 3, 4, 5].map((n) => {
    const ms = AT_MS + 100 * n;
    const [more, tells] = written(n, ms);
    return {
      frame: JSON.stringify({ topic: `${topic}.BTCUSDT`, type: 'snapshot', ts: ms + 5, ...more }),
      // Of books and candles comes first what there was.
      tells: [{ ...tells, origin: n === 0 && topic !== 'publicTrade' ? 'SNAPSHOT' : 'LIVE' }],
    };
  });
}

const WRITTEN = {
  publicTrade: frames('publicTrade', (n, ms) => [
    {
      data: [
        {
          ...{
            T: ms,
            s: 'BTCUSDT',
            S: n % 2 === 0 ? 'Buy' : 'Sell',
            v: '0.001',
            p: `16578.5${n}`,
            L: 'PlusTick',
          },
          ...{ i: `20f43950-d8dd-5b31-9112-a178eb6023a${n}`, BT: n === 3, seq: 1_783_284_617 + n },
        },
      ],
    },
    {
      kind: 'trades',
      ...{
        symbol: 'BTCUSDT',
        id: `20f43950-d8dd-5b31-9112-a178eb6023a${n}`,
        time: `2026-08-09T21:06:00.${n}00Z`,
      },
      ...{ price: `16578.5${n}`, size: '0.001', venueSequence: 1_783_284_617 + n },
      side: n % 2 === 0 ? 'BUY' : 'SELL',
      conditions: n === 3 ? ['BT'] : [],
    },
  ]),
  // The time is that of the matching engine, `cts`.
  'orderbook.1': frames('orderbook.1', (n, ms) => [
    {
      data: {
        ...{ s: 'BTCUSDT', b: [[`16493.5${n}`, '0.006']], a: [['16611.00', '0.029']] },
        ...{ u: 18_521_288 + n, seq: 7_961_638_724 + n },
      },
      cts: ms + 3,
    },
    {
      kind: 'quotes',
      ...{ symbol: 'BTCUSDT', id: String(18_521_288 + n), time: `2026-08-09T21:06:00.${n}03Z` },
      ...{
        bid: `16493.5${n}`,
        bidSize: '0.006',
        ask: '16611',
        askSize: '0.029',
        venueSequence: 7_961_638_724 + n,
      },
    },
  ]),
  'kline.1': frames('kline.1', (n, ms) => [
    {
      data: [
        {
          ...{ start: AT_MS, end: AT_MS + 59_999, interval: '1', open: '16649.5', close: `16677.${n}` },
          ...{ high: '16677.9', low: '16608', volume: '2.081', turnover: '34666.4005', confirm: false },
          timestamp: ms + 2,
        },
      ],
    },
    {
      kind: 'bars',
      interval: '1m',
      ...{ symbol: 'BTCUSDT', id: null, time: `2026-08-09T21:06:00.${n}02Z`, start: '2026-08-09T21:06:00Z' },
      ...{ open: '16649.5', high: '16677.9', low: '16608', close: `16677.${n}`, volume: '2.081' },
      ...{ quoteVolume: '34666.4005', final: false },
    },
  ]),
};

/** As documented (v5 market, 2026-07-24): `category` and, of candles, `symbol` stand once, newest first. */
function answerOf(result: object, rows: readonly PlacedRow[], limit: number): object {
  const list = rows
    .slice(-limit)
    .map(({ row }) => row)
    .reverse();
  return { retCode: 0, retMsg: 'OK', result: { ...result, list }, retExtInfo: {}, time: AT_MS };
}

const PAST = {
  symbol: 'BTCUSDT',
  otherSymbol: 'BTCPERP',
  isNamed: true,
  isById: false,
  pageSize: 1_000,
  open: (urls, options) => new BybitHistory(urls, OPTIONS, options),
} satisfies Partial<WrittenPast>;

const PASTS: readonly WrittenPast[] = [
  {
    ...PAST,
    name: 'recent-trade',
    kind: 'trades',
    interval: null,
    isOnePage: true,
    row: (n, at, symbol) => ({
      row: {
        ...{ execId: `2100000000007764${1_000 + n}`, symbol, price: '16618.49', size: '0.00012' },
        ...{ side: n % 3 === 0 ? 'Buy' : 'Sell', time: String(at / 1_000), isBlockTrade: n % 10 === 0 },
        ...{ isRPITrade: n % 10 === 1, seq: String(123_456 + n) },
      },
      tells: {
        kind: 'trades',
        ...{
          symbol,
          id: `2100000000007764${1_000 + n}`,
          time: new Date(at / 1_000).toISOString(),
          price: '16618.49',
          size: '0.00012',
        },
        side: n % 3 === 0 ? 'BUY' : 'SELL',
        conditions: n % 10 === 0 ? ['BT'] : n % 10 === 1 ? ['RPI'] : [],
        venueSequence: 123_456 + n,
      },
    }),
    answer: ({ searchParams: query }, rows) =>
      answerOf({ category: query.get('category') }, rows, Number(query.get('limit'))),
  },
  {
    ...PAST,
    name: 'kline',
    kind: 'bars',
    interval: '1m',
    row: (n, at, symbol) => ({
      row: [String(at / 1_000), '17071.2', '17073.1', '17027.4', '17055.5', `268${n}`, '15.74462667'],
      tells: {
        kind: 'bars',
        interval: '1m',
        ...{ symbol, id: null, time: null, start: formatMicros(at), final: true },
        ...{ open: '17071.2', high: '17073.1', low: '17027.4', close: '17055.5', volume: `268${n}` },
        quoteVolume: '15.74462667',
      },
    }),
    answer: ({ searchParams: query }, rows, symbol) => {
      const [start, end] = [Number(query.get('start')), Number(query.get('end'))];
      const found = rows.filter(({ at }) => at / 1_000 >= start && at / 1_000 <= end);
      return answerOf({ category: query.get('category'), symbol }, found, Number(query.get('limit')));
    },
  },
];

const BYBIT: VenueConformance = {
  source: 'bybit',
  createVenue: () => bybitVenue(['ws://venue'], OPTIONS),
  typeOf: (text) => /"topic":"([^"]*)\./.exec(text)?.[1] ?? (/"op":"[^"]*"/.test(text) ? '(op)' : ''),
  types: [
    {
      name: 'publicTrade',
      kind: 'trades',
      ids: 'OPAQUE',
      missing: { part: /"i":"[^"]*",/, code: 'bad-field' },
      number: /(?<="p":")[^"]+/,
      time: /(?<="T":)\d+/,
    },
    {
      name: 'orderbook.1',
      kind: 'quotes',
      ids: 'UPDATE',
      missing: { part: /"u":\d+,/, code: 'bad-field' },
      number: /(?<="b":\[\[")[^"]+/,
      time: /(?<="cts":)\d+/,
    },
    {
      name: 'kline.1',
      kind: 'bars',
      ids: 'NONE',
      missing: { part: /"confirm":(true|false),/, code: 'bad-field' },
      number: /(?<="open":")[^"]+/,
      time: /(?<="timestamp":)\d+/,
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
    {
      frame:
        '{"success":true,"ret_msg":"subscribe","conn_id":"2324d924","req_id":"publicTrade.BTCUSDT","op":"subscribe"}',
      says: { confirms: [['trades', 'BTCUSDT']] },
    },
    {
      frame:
        '{"success":false,"ret_msg":"error:handler not found,topic:publicTrade.NOSUCH","conn_id":"2324d924","req_id":"publicTrade.NOSUCH","op":"subscribe"}',
      says: { rejects: [['trades', 'NOSUCH']] },
    },
    {
      frame:
        '{"success":true,"ret_msg":"","conn_id":"2324d924","req_id":"publicTrade.BTCUSDT","op":"unsubscribe"}',
      says: {},
    },
    {
      frame: '{"success":true,"ret_msg":"pong","conn_id":"2324d924","op":"ping"}',
      says: { isHeartbeat: true },
    },
  ],
  recordings: ['frames/bybit-2026-08-09.jsonl.gz', 'frames/bybit-2025-06-13.jsonl.gz'].map((path) => ({
    path,
    symbols: SYMBOLS,
    oracleSymbol: ({ venueSymbol }, connection) => `${connection.split('/').at(-1)}:${venueSymbol}`,
    idsAreOpaque: true,
  })),
};

conformanceOfVenue(BYBIT);

interface BookOracle {
  readonly book?: { readonly messages: number; readonly resent_same_u?: number };
}

describe.skipIf(!RECORDINGS_PRESENT)('Bybit v5 recordings (../shared/realdata)', () => {
  for (const recording of BYBIT.recordings) {
    const parse = (): JoinedFrames[] => [...parseRecording(BYBIT, recording).values()];

    it(`hold trades with the venue's sequence and without conditions: ${recording.path}`, () => {
      for (const { idKind, venueSequence, conditions } of parse().flatMap(({ trades }) => trades)) {
        expect([idKind, conditions]).toEqual(['OPAQUE', []]);
        expect(venueSequence).toBeGreaterThan(0);
      }
    });

    it(`tell the top of each book once for each of its numbers, none of them crossed: ${recording.path}`, () => {
      const oracle = readOracle(recording.path);
      const { messages = 0, resent_same_u: resent = 0 } = (oracle as BookOracle).book ?? {};
      const isTop = oracle.channels['orderbook.1'] !== undefined;
      const parsed = parse();
      const count = (of: (one: JoinedFrames) => number): number =>
        parsed.reduce((sum, one) => sum + of(one), 0);
      expect([count(({ quotes }) => quotes.length), count(({ heartbeats }) => heartbeats)]).toEqual(
        isTop ? [messages - resent, resent] : [0, 0],
      );
      for (const { quotes } of parsed) {
        expect(quotes.filter(({ bid, ask }) => (bid ?? 0n) >= (ask ?? 0n))).toEqual([]);
        for (const own of Map.groupBy(quotes, ({ venueSymbol }) => venueSymbol).values()) {
          const numbers = own.map(({ firstId }) => Number(firstId));
          expect(numbers).toEqual(numbers.map((_, index) => (numbers[0] ?? NaN) + index));
          expect(own.map(({ origin }) => origin === 'SNAPSHOT').indexOf(true, 1)).toBe(-1);
        }
      }
    });

    it(`tell every candle with the closed ones final: ${recording.path}`, () => {
      const { channels, klines } = readOracle(recording.path) as Partial<ReturnType<typeof readOracle>>;
      const bars = parse().flatMap((one) => one.bars);
      expect(bars.length).toBeGreaterThanOrEqual(channels?.['kline.1'] ?? 0);
      expect(bars.filter(({ final }) => final)).toHaveLength(klines?.closed ?? 0);
    });
  }
});
