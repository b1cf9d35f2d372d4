import { MICROS_PER_MS } from '@concord/model';
import { RECORDINGS_PRESENT } from '@concord/testkit';
import { conformanceOfVenue, parseRecording, type VenueConformance } from '@concord/testkit/conformance';
import { describe, expect, it } from 'vitest';
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

function frames(frame: (n: number, ms: number) => object): string[] {
  return [0, 1, 2, 3, 4].map((n) => JSON.stringify(frame(n, AT_MS + 100 * n)));
}

/** As documented (web-socket-streams, 2026-07-21), a tenth of a second apart. */
const WRITTEN: Record<string, string[]> = {
  trade: frames((n, ms) => ({
    stream: 'btcusdt@trade',
    data: {
      e: 'trade',
      E: ms,
      s: 'BTCUSDT',
      t: 12_345 + n,
      p: `65000.0${n}`,
      q: '0.10',
      T: ms,
      m: n % 2 === 0,
      M: true,
    },
  })),
  aggTrade: frames((n, ms) => {
    const ids = { a: 5_933_014 + n, f: 100 + 2 * n, l: 101 + 2 * n };
    const fill = { p: `0.00${n + 1}`, q: '100', T: ms, m: true, M: true };
    return { stream: 'btcusdt@aggTrade', data: { e: 'aggTrade', E: ms, s: 'BTCUSDT', ...ids, ...fill } };
  }),
  bookTicker: frames((n) => ({
    stream: 'btcusdt@bookTicker',
    data: { u: 400_900_217 + n, s: 'BTCUSDT', b: '25.35190000', B: '31.21', a: `25.3652000${n}`, A: '40.66' },
  })),
  kline_1m: frames((n, ms) => ({
    stream: 'btcusdt@kline_1m',
    data: {
      e: 'kline',
      E: ms,
      s: 'BTCUSDT',
      k: {
        t: AT_MS - (AT_MS % 60_000),
        i: '1m',
        ...{ o: '0.0010', c: '0.0020', h: '0.0025', l: '0.0010', v: `100${n}` },
        ...{ n: 100 + n, x: false, q: '1.5', V: '500' },
      },
    },
  })),
};

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
  written: Object.entries(WRITTEN).map(([name, texts]) => ({
    name: `written ${name}`,
    symbols: ['BTCUSDT'],
    receivedFrom: (AT_MS + 20) * MICROS_PER_MS,
    frames: texts,
  })),
  answers: [
    '{"result":null,"id":1}',
    '{"id":1,"error":{"code":2,"msg":"Invalid request: unknown stream"}}',
    '{"e":"serverShutdown","E":1786309560000}',
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
