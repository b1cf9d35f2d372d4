import { formatMicros } from '@concord/model';
import { conformanceOfVenue } from '@concord/testkit/conformance';
import { krakenVenue } from './venue.ts';

const RECEIVED_FROM = 1_786_309_560_000_000;

/** Frames as documented (WebSocket API v2, 2026-07), after the snapshot that a subscription brings. */
function frames(channel: string, entry: (n: number, time: string) => string, outer = ''): string[] {
  return [0, 1, 2, 3, 4, 5].map((n) => {
    const time = formatMicros(RECEIVED_FROM + n * 100_000 - 20_000);
    const timestamp = outer === '' ? '' : `,"${outer}":"${time.replace('Z', '123Z')}"`;
    const type = n === 0 ? 'snapshot' : 'update';
    return `{"channel":"${channel}","type":"${type}"${timestamp},"data":[{"symbol":"MATIC/USD",${entry(n, time)}}]}`;
  });
}

const WRITTEN: Record<string, string[]> = {
  trade: frames(
    'trade',
    (n, time) =>
      `"side":"sell","price":0.51${n}0,"qty":1${n}.00000000,"ord_type":"market","trade_id":${4_665_906 + n},"timestamp":"${time}"`,
  ),
  ticker: frames(
    'ticker',
    (n, time) =>
      `"bid":0.5${n}70,"bid_qty":740.00000000,"ask":0.9071,"ask_qty":1${n}.00000000,"last":0.8071,"volume":0.0,"timestamp":"${time}"`,
  ),
  ohlc: frames(
    'ohlc',
    (n) =>
      `"open":0.5624,"high":0.5628,"low":0.5622,"close":0.562${n + 2},"trades":1${n},"volume":30927.68066226,"vwap":0.5626,"interval_begin":"2026-08-09T21:05:00.000000000Z","interval":1,"timestamp":"2026-08-09T21:06:00.000000Z"`,
    'timestamp',
  ),
};

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
  written: Object.entries(WRITTEN).map(([name, texts]) => ({
    name: `written ${name}`,
    symbols: ['MATIC/USD'],
    receivedFrom: RECEIVED_FROM,
    frames: texts,
  })),
  // Its oracle is the checksum of books, which are not kept here; that each of its frames is accepted is shown below.
  answers: [
    '{"method":"subscribe","req_id":1,"result":{"channel":"trade","snapshot":true,"symbol":"BTC/USD"},"success":true}',
    '{"error":"Currency pair not supported NO/SUCH","method":"subscribe","req_id":2,"success":false,"symbol":"NO/SUCH"}',
    '{"error":"Subscription Not Found","method":"unsubscribe","req_id":2,"success":false,"symbol":"BTC/USD"}',
    '{"error":"Malformed request"}',
  ],
  recordings: [{ path: 'frames/kraken-v2-2026-08-26.jsonl', symbols: ['BTC/USD'] }],
});
