import { formatMicros } from '@concord/model';
import {
  conformanceOfVenue,
  type PlacedRow,
  type Reading,
  type WrittenFrame,
  type WrittenPast,
} from '@concord/testkit/conformance';
import { KrakenHistory } from './history.ts';
import { krakenVenue } from './venue.ts';

/** 2026-08-09T21:06:00.02Z */
const RECEIVED_FROM = 1_786_309_560_020_000;

/** Frames as documented (WebSocket API v2, 2026-07), after the snapshot that a subscription brings, and what a person reads from them. */
function frames(
  channel: string,
  written: (n: number, time: string) => [entry: string, tells: Reading],
  outer = '',
): WrittenFrame[] {
  return [0, 1, 2, 3, 4, 5].map((n) => {
    const [entry, tells] = written(n, `2026-08-09T21:06:00.${n}00123Z`);
    const timestamp = outer === '' ? '' : `,"${outer}":"2026-08-09T21:06:00.${n}00456789Z"`;
    const type = n === 0 ? 'snapshot' : 'update';
    return {
      frame: `{"channel":"${channel}","type":"${type}"${timestamp},"data":[{"symbol":"MATIC/USD",${entry}}]}`,
      tells: [{ ...tells, origin: n === 0 ? 'SNAPSHOT' : 'LIVE' }],
    };
  });
}

const WRITTEN: Record<string, WrittenFrame[]> = {
  trade: frames('trade', (n, time) => [
    `"side":"${n % 2 === 0 ? 'sell' : 'buy'}","price":0.51${n}0,"qty":1${n}.00000000,"ord_type":"market","trade_id":466590${n},"timestamp":"${time}"`,
    {
      kind: 'trades',
      ...{ symbol: 'MATIC/USD', id: `466590${n}`, time, price: `0.51${n}`, size: `1${n}` },
      side: n % 2 === 0 ? 'SELL' : 'BUY',
    },
  ]),
  ticker: frames('ticker', (n, time) => [
    `"bid":0.5${n}70,"bid_qty":740.00000000,"ask":0.9071,"ask_qty":1${n}.00000000,"last":0.8071,"volume":0.0,"timestamp":"${time}"`,
    {
      kind: 'quotes',
      ...{ symbol: 'MATIC/USD', id: null, time },
      ...{ bid: `0.5${n}7`, bidSize: '740', ask: '0.9071', askSize: `1${n}` },
    },
  ]),
  // The entry's own time is the end of its window: the frame's is when it was told.
  ohlc: frames(
    'ohlc',
    (n) => [
      `"open":0.5624,"high":0.5629,"low":0.5622,"close":0.562${n + 3},"trades":1${n},"volume":30927.68066226,"vwap":0.56251,"interval_begin":"2026-08-09T21:05:00.000000000Z","interval":1,"timestamp":"2026-08-09T21:06:00.000000Z"`,
      {
        kind: 'bars',
        interval: '1m',
        ...{ symbol: 'MATIC/USD', id: null, time: `2026-08-09T21:06:00.${n}00456789Z`, final: false },
        ...{
          start: '2026-08-09T21:05:00Z',
          open: '0.5624',
          high: '0.5629',
          low: '0.5622',
          close: `0.562${n + 3}`,
        },
        ...{ volume: '30927.68066226', vwap: '0.56251', tradeCount: 10 + n },
      },
    ],
    'timestamp',
  ),
};

const FIRST_ID = 10_218_208;
const PAST = {
  symbol: 'BTC/USD',
  otherSymbol: 'ETH/USD',
  isNamed: true,
  open: (urls, options) => new KrakenHistory(urls, options),
} satisfies Partial<WrittenPast>;

/** REST keeps old names of pairs. */
function answerOf(symbol: string, rows: readonly PlacedRow[], last: string): string {
  const name = symbol === 'BTC/USD' ? 'XXBTZUSD' : 'XETHZUSD';
  return `{"error":[],"result":{"${name}":[${rows.map(({ row }) => String(row)).join(',')}],"last":${last}}}`;
}

/** Seconds as the venue writes them, to the microsecond. */
function seconds(at: number): string {
  return `${Math.floor(at / 1e6)}.${String(at % 1e6).padStart(6, '0')}`;
}

const PASTS: readonly WrittenPast[] = [
  {
    ...PAST,
    name: 'Trades',
    kind: 'trades',
    interval: null,
    isById: true,
    pageSize: 1_000,
    row: (n, at, symbol) => ({
      row: `["30243.40000","0.34507674",${seconds(at)},"${n % 3 === 0 ? 'b' : 's'}","m","",${FIRST_ID + n}]`,
      tells: {
        kind: 'trades',
        ...{
          symbol,
          id: String(10_218_208 + n),
          time: formatMicros(at).replace('Z', '000Z'),
          price: '30243.4',
          size: '0.34507674',
        },
        side: n % 3 === 0 ? 'BUY' : 'SELL',
      },
    }),
    // As documented (get-recent-trades, 2026-07): those after `since`, whose nanoseconds tell apart what the rows' times do not.
    answer: ({ searchParams: query }, rows, symbol) => {
      const since = BigInt(query.get('since') ?? 0);
      const placeOf = ({ at, n }: PlacedRow): bigint => BigInt(at) * 1_000n + BigInt(n % 900);
      const found = rows.filter((one) => placeOf(one) > since).slice(0, Number(query.get('count')));
      const last = found.at(-1);
      return answerOf(symbol, found, `"${last === undefined ? since : placeOf(last)}"`);
    },
  },
  {
    ...PAST,
    name: 'OHLC',
    kind: 'bars',
    interval: '1m',
    isById: false,
    pageSize: 720,
    isOnePage: true,
    row: (n, at, symbol) => ({
      row: `[${at / 1e6},"30306.1","30306.2","30305.7","30305.8","30306.0","3.39243896",${23 + n}]`,
      tells: {
        kind: 'bars',
        interval: '1m',
        ...{ symbol, id: null, time: null, start: formatMicros(at), final: true, tradeCount: 23 + n },
        ...{ open: '30306.1', high: '30306.2', low: '30305.7', close: '30305.8', vwap: '30306' },
        volume: '3.39243896',
      },
    }),
    // As documented (get-ohlc-data, 2026-07): those after `since`, 720 at most.
    answer: ({ searchParams: query }, rows, symbol) =>
      answerOf(
        symbol,
        rows.filter(({ at }) => at / 1e6 > Number(query.get('since'))).slice(-720),
        '1688672160',
      ),
  },
];

conformanceOfVenue({
  source: 'kraken',
  createVenue: () => krakenVenue(['ws://venue'], { barInterval: '1m', streamsPerConnection: 300 }),
  typeOf: (text) => /^\{"channel":"([^"]*)"/.exec(text)?.[1] ?? '',
  types: [
    {
      name: 'trade',
      kind: 'trades',
      ids: 'TRADE',
      missing: { part: /"trade_id":\d+,/, code: 'bad-field' },
      number: /(?<="price":)[\d.]+/,
      time: /(?<="timestamp":")[^"]+/,
    },
    {
      name: 'ticker',
      kind: 'quotes',
      ids: 'NONE',
      missing: { part: /"bid_qty":[\d.]+,/, code: 'bad-number' },
      number: /(?<="bid":)[\d.]+/,
      time: /(?<="timestamp":")[^"]+/,
    },
    {
      name: 'ohlc',
      kind: 'bars',
      ids: 'NONE',
      missing: { part: /"trades":\d+,/, code: 'bad-field' },
      number: /(?<="open":)[\d.]+/,
      time: /(?<="timestamp":")[^"]+/,
    },
  ],
  pasts: PASTS,
  written: Object.entries(WRITTEN).map(([name, texts]) => ({
    name: `written ${name}`,
    symbols: ['MATIC/USD'],
    receivedFrom: RECEIVED_FROM,
    frames: texts,
  })),
  // Its oracle is the checksum of books, which are not kept here; that each of its frames is accepted is shown below.
  answers: [
    {
      frame:
        '{"method":"subscribe","req_id":1,"result":{"channel":"trade","snapshot":true,"symbol":"BTC/USD"},"success":true}',
      says: { confirms: [['trades', 'BTC/USD']] },
    },
    // An error names the symbol and not the channel: by its number the request was one for tickers.
    {
      frame:
        '{"error":"Currency pair not supported NO/SUCH","method":"subscribe","req_id":2,"success":false,"symbol":"NO/SUCH"}',
      says: { rejects: [['quotes', 'NO/SUCH']] },
    },
    {
      frame:
        '{"error":"Subscription Not Found","method":"unsubscribe","req_id":2,"success":false,"symbol":"BTC/USD"}',
      says: { rejects: [] },
    },
    { frame: '{"error":"Malformed request"}', says: { rejects: [] } },
    { frame: '{"channel":"heartbeat"}', says: { isHeartbeat: true } },
  ],
  recordings: [{ path: 'frames/kraken-v2-2026-08-26.jsonl', symbols: ['BTC/USD'] }],
});
