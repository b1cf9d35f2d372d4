import { formatMicros, MICROS_PER_MS } from '@concord/model';
import { RECORDINGS_PRESENT } from '@concord/testkit';
import {
  conformanceOfVenue,
  parseRecording,
  type Reading,
  type VenueConformance,
  type WrittenFrame,
  type WrittenPast,
} from '@concord/testkit/conformance';
import { describe, expect, it } from 'vitest';
import { OkxHistory } from './history.ts';
import { okxVenue } from './venue.ts';

const OPTIONS = {
  tradeChannel: 'trades',
  quoteChannel: 'bbo-tbt',
  barInterval: '1m',
  streamsPerConnection: 100,
} as const;
const AT_MS = 1_786_309_560_000;
const TS = /(?<="ts":")\d+/;

/** As documented (docs-v5, 2026-01-15): the confirmation, what was there, and four that are live; and what a person reads from them. `time` is `ms` written out. */
function frames(
  channel: string,
  written: (n: number, ms: string, time: string) => [entry: unknown, tells: Reading],
): WrittenFrame[] {
  const arg = { channel, instId: 'BTC-USDT' };
  const pushes = [0, 1, 2, 3, 4].map((n): WrittenFrame => {
    const [entry, tells] = written(n, String(AT_MS + 100 * n), `2026-08-09T21:06:00.${n}00Z`);
    const origin = n === 0 ? 'SNAPSHOT' : 'LIVE';
    return { frame: JSON.stringify({ arg, data: [entry] }), tells: [{ ...tells, origin }] };
  });
  return [{ frame: JSON.stringify({ event: 'subscribe', arg }), tells: [] }, ...pushes];
}

const WRITTEN = {
  // The id is that of the last of `count` fills.
  trades: frames('trades', (n, ts, time) => [
    {
      ...{ instId: 'BTC-USDT', tradeId: String(130_639_474 + 3 * n), px: `42219.${n}`, sz: '0.12060306' },
      ...{ side: n % 2 === 0 ? 'buy' : 'sell', ts, count: '3', seqId: 1_234 + n },
    },
    {
      kind: 'trades',
      ...{ symbol: 'BTC-USDT', time, price: `42219.${n}`, size: '0.12060306', fills: 3 },
      id: [String(130_639_472 + 3 * n), String(130_639_474 + 3 * n)],
      side: n % 2 === 0 ? 'BUY' : 'SELL',
      venueSequence: 1_234 + n,
    },
  ]),
  'bbo-tbt': frames('bbo-tbt', (n, ts, time) => [
    { asks: [['8446', '95', '0', '3']], bids: [[`844${n}`, '10', '0', '1']], ts, seqId: 123_456 + n },
    {
      kind: 'quotes',
      ...{ symbol: 'BTC-USDT', id: String(123_456 + n), time },
      ...{ bid: `844${n}`, bidSize: '10', ask: '8446', askSize: '95' },
    },
  ]),
  tickers: frames('tickers', (n, ts, time) => [
    {
      instId: 'BTC-USDT',
      ...{ last: '9999.98', askPx: '9999.99', askSz: '11', bidPx: `8888.8${n}`, bidSz: '5', ts },
    },
    {
      kind: 'quotes',
      ...{
        symbol: 'BTC-USDT',
        id: null,
        time,
        bid: `8888.8${n}`,
        bidSize: '5',
        ask: '9999.99',
        askSize: '11',
      },
    },
  ]),
  // Of the three volumes the first is in the base and the last in the quote currency; the time is the window's start alone.
  candle1m: frames('candle1m', (n) => [
    [
      '1786309560000',
      '8533.02',
      '8553.74',
      '8527.17',
      `8548.2${n}`,
      '45247',
      '529.5858061',
      '5529.5858061',
      '0',
    ],
    {
      kind: 'bars',
      interval: '1m',
      ...{ symbol: 'BTC-USDT', id: null, time: null, start: '2026-08-09T21:06:00Z', final: false },
      ...{ open: '8533.02', high: '8553.74', low: '8527.17', close: `8548.2${n}`, volume: '45247' },
      quoteVolume: '5529.5858061',
    },
  ]),
};

const FIRST_ID = 242_720_720;
const PAST = {
  symbol: 'BTC-USDT',
  otherSymbol: 'BTC-USDT-SWAP',
  pageSize: 100,
  open: (urls, options) => new OkxHistory(urls, options),
} satisfies Partial<WrittenPast>;

const PASTS: readonly WrittenPast[] = [
  {
    ...PAST,
    name: 'history-trades',
    kind: 'trades',
    interval: null,
    isById: true,
    isNamed: true,
    row: (n, at, symbol) => ({
      row: {
        ...{ instId: symbol, side: n % 3 === 0 ? 'sell' : 'buy', sz: '0.00001', px: '29963.2' },
        ...{ source: '0', tradeId: String(FIRST_ID + n), ts: String(at / 1_000) },
      },
      tells: {
        kind: 'trades',
        ...{
          symbol,
          id: String(242_720_720 + n),
          time: new Date(at / 1_000).toISOString(),
          price: '29963.2',
          size: '0.00001',
        },
        side: n % 3 === 0 ? 'SELL' : 'BUY',
      },
    }),
    // As documented (get-trades-history, 2026-01-15): older than an id (type 1) or a time (type 2), newest first.
    answer: ({ searchParams: query }, rows) => {
      const after = Number(query.get('after'));
      const older = rows.filter(
        ({ n, at }) => (query.get('type') === '2' ? at / 1_000 : FIRST_ID + n) < after,
      );
      return {
        code: '0',
        msg: '',
        data: older
          .slice(-Number(query.get('limit')))
          .map(({ row }) => row)
          .reverse(),
      };
    },
  },
  {
    ...PAST,
    name: 'history-candles',
    kind: 'bars',
    interval: '1m',
    isById: false,
    isNamed: false,
    row: (n, at, symbol) => ({
      row: [
        String(at / 1_000),
        '3.721',
        '3.743',
        '3.677',
        '3.708',
        `842${n}`,
        '22698',
        '12698348.04828491',
        '1',
      ],
      tells: {
        kind: 'bars',
        interval: '1m',
        ...{ symbol, id: null, time: null, start: formatMicros(at), final: true },
        ...{ open: '3.721', high: '3.743', low: '3.677', close: '3.708', volume: `842${n}` },
        quoteVolume: '12698348.04828491',
      },
    }),
    // As documented (get-candlesticks-history, 2026-01-15): between two times, both excluded, newest first.
    answer: ({ searchParams: query }, rows) => {
      const [before, after] = [Number(query.get('before')), Number(query.get('after'))];
      const found = rows.filter(({ at }) => at / 1_000 > before && at / 1_000 < after);
      return {
        code: '0',
        msg: '',
        data: found
          .slice(-Number(query.get('limit')))
          .map(({ row }) => row)
          .reverse(),
      };
    },
  },
];

const OKX: VenueConformance = {
  source: 'okx',
  createVenue: () => okxVenue(['ws://venue'], OPTIONS),
  typeOf: (text) => (text.startsWith('{"event"') ? '(event)' : (/"channel":"([^"]*)"/.exec(text)?.[1] ?? '')),
  pong: 'heartbeat',
  types: [
    {
      name: 'trades',
      kind: 'trades',
      ids: 'TRADE',
      missing: { part: /"tradeId":"\d+",/, code: 'bad-field' },
      number: /(?<="px":")[^"]+/,
      time: TS,
    },
    {
      name: 'bbo-tbt',
      kind: 'quotes',
      ids: 'UPDATE',
      missing: { part: /,"seqId":\d+/, code: 'bad-field' },
      number: /(?<="bids":\[\[")[^"]+/,
      time: TS,
    },
    {
      name: 'tickers',
      kind: 'quotes',
      ids: 'NONE',
      missing: { part: /"bidSz":"[^"]*",/, code: 'bad-number' },
      number: /(?<="bidPx":")[^"]+/,
      time: TS,
    },
    {
      name: 'candle1m',
      kind: 'bars',
      ids: 'NONE',
      missing: { part: /,"[01]"(?=\]\])/, code: 'bad-field' },
      number: /(?<=\[\["\d+",")[^"]+/,
      time: null,
    },
  ],
  pasts: PASTS,
  written: Object.entries(WRITTEN).map(([name, frames]) => ({
    name: `written ${name}`,
    symbols: ['BTC-USDT'],
    receivedFrom: AT_MS * MICROS_PER_MS,
    frames,
    // Candles live under another path.
    kinds: name === 'candle1m' ? ['bars'] : ['trades', 'quotes'],
  })),
  answers: [
    {
      frame: '{"event":"subscribe","arg":{"channel":"trades","instId":"BTC-USDT"},"connId":"a4d3ae55"}',
      says: { confirms: [['trades', 'BTC-USDT']] },
    },
    // The stream stands in the text alone.
    {
      frame:
        '{"event":"error","code":"60018","msg":"Wrong URL or channel:trades,instId:NO-SUCH does not exist.","connId":"a4d3ae55"}',
      says: { rejects: [['trades', 'NO-SUCH']] },
    },
    {
      frame:
        '{"event":"error","arg":{"channel":"trades","instId":"NO-SUCH"},"code":"60018","msg":"no","connId":"a4d3ae55"}',
      says: { rejects: [['trades', 'NO-SUCH']] },
    },
    {
      frame:
        '{"event":"notice","code":"64008","msg":"The connection will soon be closed for a service upgrade.","connId":"a4d3ae55"}',
      says: { isClosing: true },
    },
  ],
  recordings: [
    {
      path: 'frames/okx-2022-05-13.jsonl.gz',
      symbols: ['BTC-USD-220527', 'BTC-USDT', 'UNI-USD-SWAP'],
      kinds: ['trades', 'quotes'],
      oracleTells: ['quotes'],
      oracleHasNoSnapshots: true,
    },
  ],
};

conformanceOfVenue(OKX);

describe.skipIf(!RECORDINGS_PRESENT)('the OKX recording (../shared/realdata)', () => {
  it('begins each symbol with the trade that the venue had, however old', () => {
    for (const recording of OKX.recordings) {
      for (const { trades } of parseRecording(OKX, recording).values()) {
        const bySymbol = Map.groupBy(trades, ({ venueSymbol }) => venueSymbol);
        for (const own of bySymbol.values())
          expect(own.map(({ origin }) => origin === 'SNAPSHOT')).toEqual(own.map((_, index) => index === 0));
        expect(trades.every(({ idKind, fills }) => idKind === 'TRADE' && fills === null)).toBe(true);
      }
    }
  });
});
