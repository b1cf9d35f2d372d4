import { MICROS_PER_MS } from '@concord/model';
import { RECORDINGS_PRESENT } from '@concord/testkit';
import { conformanceOfVenue, parseRecording, type VenueConformance } from '@concord/testkit/conformance';
import { describe, expect, it } from 'vitest';
import { okxVenue } from './venue.ts';

const OPTIONS = {
  tradeChannel: 'trades',
  quoteChannel: 'bbo-tbt',
  barInterval: '1m',
  streamsPerConnection: 100,
} as const;
const AT_MS = 1_786_309_560_000;
const TS = /(?<="ts":")\d+/;

/** As documented (docs-v5, 2026-01-15): the confirmation, what was there, and four that are live. */
function frames(channel: string, entry: (n: number, ms: string) => unknown): string[] {
  const arg = { channel, instId: 'BTC-USDT' };
  const pushes = [0, 1, 2, 3, 4].map((n) => ({ arg, data: [entry(n, String(AT_MS + 100 * n))] }));
  return [{ event: 'subscribe', arg }, ...pushes].map((frame) => JSON.stringify(frame));
}

const WRITTEN = {
  trades: frames('trades', (n, ts) => ({
    instId: 'BTC-USDT',
    tradeId: String(130_639_474 + 3 * n),
    ...{ px: `42219.${n}`, sz: '0.12060306', side: 'buy', ts, count: '3', seqId: 1_234 + n },
  })),
  'bbo-tbt': frames('bbo-tbt', (n, ts) => ({
    asks: [['8446', '95', '0', '3']],
    bids: [[`844${n}`, '10', '0', '1']],
    ...{ ts, seqId: 123_456 + n },
  })),
  tickers: frames('tickers', (n, ts) => ({
    instId: 'BTC-USDT',
    ...{ last: '9999.99', askPx: '9999.99', askSz: '11', bidPx: `8888.8${n}`, bidSz: '5', ts },
  })),
  candle1m: frames('candle1m', (n) => [
    '1786309560000',
    ...['8533.02', '8553.74', '8527.17', `8548.2${n}`, '45247', '529.5858061', '5529.5858061', '0'],
  ]),
};

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
  written: Object.entries(WRITTEN).map(([name, texts]) => ({
    name: `written ${name}`,
    symbols: ['BTC-USDT'],
    receivedFrom: AT_MS * MICROS_PER_MS,
    frames: texts,
    // Candles live under another path.
    kinds: name === 'candle1m' ? ['bars'] : ['trades', 'quotes'],
  })),
  answers: [
    '{"event":"subscribe","arg":{"channel":"trades","instId":"BTC-USDT"},"connId":"a4d3ae55"}',
    '{"event":"error","code":"60018","msg":"Wrong URL or channel:trades,instId:NO-SUCH does not exist.","connId":"a4d3ae55"}',
    '{"event":"error","arg":{"channel":"trades","instId":"NO-SUCH"},"code":"60018","msg":"no","connId":"a4d3ae55"}',
    '{"event":"notice","code":"64008","msg":"The connection will soon be closed for a service upgrade.","connId":"a4d3ae55"}',
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
