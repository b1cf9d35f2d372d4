import { formatMicros, parseRfc3339 } from '@concord/model';
import {
  conformanceOfVenue,
  type PlacedRow,
  type Reading,
  type WrittenFrame,
  type WrittenPast,
} from '@concord/testkit/conformance';
import { ExampleHistory } from './history.ts';
import { exampleVenue } from './venue.ts';

/** 2026-08-09T21:06:00.02Z */
const RECEIVED_FROM = 1_786_309_560_020_000;
const TIME = /(?<="time":")[^"]+/;

/**
 * REPLACE THESE with frames written from the venue's documentation: of each type a first one and at least four live ones, as they come on one connection, of bars one that
 * is over among them, each with what a person reads from it there. That is written down without asking the parser: it is what tells a wrong parser from a right one.
 */
function frames(written: (n: number, time: string) => [frame: object, tells: Reading]): WrittenFrame[] {
  return [0, 1, 2, 3, 4, 5].map((n) => {
    const [frame, tells] = written(n, `2026-08-09T21:06:00.${n}00123Z`);
    return {
      frame: JSON.stringify({ ...frame, symbol: 'BTC-USD', snapshot: n === 0 }),
      tells: [{ ...tells, origin: n === 0 ? 'SNAPSHOT' : 'LIVE' }],
    };
  });
}

const WRITTEN: Record<string, WrittenFrame[]> = {
  trades: frames((n, time) => [
    {
      type: 'trades',
      trades: [{ id: 100 + n, time, price: `65000.${n}`, size: '0.1', side: n % 2 === 0 ? 'buy' : 'sell' }],
    },
    {
      kind: 'trades',
      symbol: 'BTC-USD',
      id: `10${n}`,
      time,
      price: `65000.${n}`,
      size: '0.1',
      side: n % 2 === 0 ? 'BUY' : 'SELL',
    },
  ]),
  quote: frames((n, time) => [
    { type: 'quote', time, bid: [`64999.${n}`, '1'], ask: ['65001', '2'] },
    {
      kind: 'quotes',
      symbol: 'BTC-USD',
      id: null,
      time,
      ...{ bid: `64999.${n}`, bidSize: '1', ask: '65001', askSize: '2' },
    },
  ]),
  bar: frames((n, time) => [
    {
      type: 'bar',
      time,
      interval: '1m',
      start: '2026-08-09T21:06:00.000000Z',
      ...{ open: '1', high: '4', low: '0.5', close: '2', volume: `10.${n}` },
      closed: n === 5,
    },
    {
      kind: 'bars',
      symbol: 'BTC-USD',
      id: null,
      time,
      interval: '1m',
      start: '2026-08-09T21:06:00Z',
      ...{ open: '1', high: '4', low: '0.5', close: '2', volume: `10.${n}` },
      final: n === 5,
    },
  ]),
};

const FIRST_ID = 700;

/** REPLACE THIS with how the venue is documented to choose: here from an id or a time on, the oldest of them. */
function chosen({ searchParams: query }: URL, rows: readonly PlacedRow[]): unknown[] {
  const since = parseRfc3339(query.get('since') ?? '') ?? 0;
  const found = rows.filter(({ n, at }) => at >= since && FIRST_ID + n >= Number(query.get('from_id') ?? 0));
  return found.slice(0, Number(query.get('limit'))).map(({ row }) => row);
}

/** REPLACE THESE with the rows of the venue's REST answers, and what a person reads from them. */
const PAST = {
  pageSize: 1_000,
  symbol: 'BTC-USD',
  otherSymbol: 'ETH-USD',
  isNamed: true,
  open: (urls, options) => new ExampleHistory(urls, options),
} satisfies Partial<WrittenPast>;

const PASTS: readonly WrittenPast[] = [
  {
    ...PAST,
    name: 'trades',
    kind: 'trades',
    interval: null,
    isById: true,
    row: (n, at, symbol) => ({
      row: {
        ...{ id: FIRST_ID + n, time: formatMicros(at), price: '65000.1', size: '0.5' },
        side: n % 3 === 0 ? 'buy' : 'sell',
      },
      tells: {
        kind: 'trades',
        ...{ symbol, id: String(700 + n), time: formatMicros(at), price: '65000.1', size: '0.5' },
        side: n % 3 === 0 ? 'BUY' : 'SELL',
      },
    }),
    answer: (request, rows, symbol) => ({ symbol, trades: chosen(request, rows) }),
  },
  {
    ...PAST,
    name: 'bars',
    kind: 'bars',
    interval: '1m',
    isById: false,
    row: (n, at, symbol) => ({
      row: {
        start: formatMicros(at),
        ...{ open: '1', high: '4', low: '0.5', close: '2', volume: `10.${n}` },
      },
      tells: {
        kind: 'bars',
        interval: '1m',
        ...{ symbol, id: null, time: null, start: formatMicros(at), final: true },
        ...{ open: '1', high: '4', low: '0.5', close: '2', volume: `10.${n}` },
      },
    }),
    answer: (request, rows, symbol) => ({ symbol, bars: chosen(request, rows) }),
  },
];

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
  pasts: PASTS,
  written: Object.entries(WRITTEN).map(([name, texts]) => ({
    name: `written ${name}`,
    symbols: ['BTC-USD'],
    receivedFrom: RECEIVED_FROM,
    frames: texts,
  })),
  answers: [
    { frame: '{"type":"reply","keys":["trades:BTC-USD"]}', says: { confirms: [['trades', 'BTC-USD']] } },
    {
      frame: '{"type":"reply","keys":["trades:BTC-USD"],"error":"unknown symbol"}',
      says: { rejects: [['trades', 'BTC-USD']] },
    },
    { frame: '{"type":"heartbeat"}', says: { isHeartbeat: true } },
  ],
  // Frames that were received from the venue, with counts and sums of another's making, where there are any.
  recordings: [],
});
