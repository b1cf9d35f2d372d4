import { formatMicros } from '@concord/model';
import { conformanceOfVenue } from '@concord/testkit/conformance';
import { exampleVenue } from './venue.ts';

const RECEIVED_FROM = 1_786_309_560_000_000;
const TIME = /(?<="time":")[^"]+/;

/** REPLACE THESE with frames written from the venue's documentation: of each type a first one and five more, as they come on one connection. */
function frames(entry: (n: number, time: string) => object): string[] {
  return [0, 1, 2, 3, 4, 5].map((n) => {
    const time = formatMicros(RECEIVED_FROM + n * 100_000 - 20_000);
    return JSON.stringify({ ...entry(n, time), symbol: 'BTC-USD', snapshot: n === 0 });
  });
}

const WRITTEN: Record<string, string[]> = {
  trades: frames((n, time) => ({
    type: 'trades',
    trades: [{ id: 100 + n, time, price: `65000.${n}`, size: '0.1', side: 'buy' }],
  })),
  quote: frames((n, time) => ({ type: 'quote', time, bid: [`64999.${n}`, '1'], ask: ['65001', '2'] })),
  bar: frames((n, time) => ({
    type: 'bar',
    time,
    interval: '1m',
    start: '2026-08-09T21:06:00.000000Z',
    ...{ open: '1', high: '4', low: '0.5', close: '2', volume: `10.${n}` },
    closed: false,
  })),
};

conformanceOfVenue({
  source: 'example',
  createVenue: () => exampleVenue(['ws://venue'], { barInterval: '1m', streamsPerConnection: 100 }),
  typeOf: (text) => /"type":"([^"]*)"/.exec(text)?.[1] ?? '',
  types: [
    {
      name: 'trades',
      kind: 'trades',
      ids: 'TRADE',
      missing: { part: /"id":\d+,/, code: 'bad-field' },
      number: /(?<="price":")[^"]+/,
      time: TIME,
    },
    {
      name: 'quote',
      kind: 'quotes',
      ids: 'NONE',
      missing: { part: /"bid":\[[^\]]*\],/, code: 'bad-number' },
      number: /(?<="bid":\[")[^"]+/,
      time: TIME,
    },
    {
      name: 'bar',
      kind: 'bars',
      ids: 'NONE',
      missing: { part: /,"closed":(true|false)/, code: 'bad-field' },
      number: /(?<="open":")[^"]+/,
      time: TIME,
    },
  ],
  written: Object.entries(WRITTEN).map(([name, texts]) => ({
    name: `written ${name}`,
    symbols: ['BTC-USD'],
    receivedFrom: RECEIVED_FROM,
    frames: texts,
  })),
  answers: [
    '{"type":"reply","keys":["trades:BTC-USD"]}',
    '{"type":"reply","keys":["trades:BTC-USD"],"error":"unknown symbol"}',
    '{"type":"heartbeat"}',
  ],
  // Frames that were received from the venue, with counts and sums of another's making, where there are any.
  recordings: [],
});
