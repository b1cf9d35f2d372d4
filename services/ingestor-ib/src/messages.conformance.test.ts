import {
  conformanceOfSource,
  type FrameType,
  type Reading,
  type WrittenFrame,
} from '@concord/testkit/conformance';
import { REQUESTS, SYMBOLS, TWS } from './testing/conformance.ts';
import { AT, SECONDS } from './testing/tws.ts';

const { prints, quotes, samples, barsOfSecond } = REQUESTS;

/** Five live ones for each type, as documented (interactivebrokers.github.io/tws-api, 2026-11), and what a person reads from them. */
function live(written: (n: number) => [frame: string, tells: Reading]): WrittenFrame[] {
  return [0, 1, 2, 3, 4].map((n) => {
    const [frame, tells] = written(n);
    return { frame, tells: [tells] };
  });
}

/** `AT` and so many seconds. */
function timeOf(second: number): string {
  return `2026-01-05T15:00:0${second}Z`;
}

const AAPL = { symbol: 'AAPL', id: null };
const IBM = { symbol: 'IBM', id: null, time: null };

/** Before what is live: what held at the subscription. */
const BID_THEN: WrittenFrame = {
  frame: `1|6|${samples}|1|240.01|300|0`,
  tells: [
    { kind: 'quotes', ...IBM, origin: 'SNAPSHOT', bid: '240.01', bidSize: '300', ask: null, askSize: null },
  ],
};
const LAST_THEN: WrittenFrame = {
  frame: `1|6|${samples}|4|240.02|100|0`,
  tells: [
    { kind: 'trades', ...IBM, origin: 'SNAPSHOT', sampled: true, price: '240.02', size: '100', side: null },
  ],
};

const WRITTEN: Readonly<Record<string, readonly WrittenFrame[]>> = {
  tickByTickAllLast: live((n) => [
    `99|${prints}|2|${SECONDS + n}|271.0${n}|100|0|ARCA|T I`,
    {
      kind: 'trades',
      ...AAPL,
      time: timeOf(n),
      price: `271.0${n}`,
      size: '100',
      side: null,
      conditions: ['T', 'I'],
    },
  ]),
  tickByTickBidAsk: live((n) => [
    `99|${quotes}|3|${SECONDS + n}|271.0${n}|271.09|300|500|0`,
    {
      kind: 'quotes',
      ...AAPL,
      time: timeOf(n),
      bid: `271.0${n}`,
      bidSize: '300',
      ask: '271.09',
      askSize: '500',
    },
  ]),
  'tickPrice of a quote': [
    BID_THEN,
    ...live((n) => [
      `1|6|${samples}|2|240.1${n}|500|0`,
      { kind: 'quotes', ...IBM, bid: '240.01', bidSize: '300', ask: `240.1${n}`, askSize: '500' },
    ]),
  ],
  'tickSize of a quote': [
    BID_THEN,
    ...live((n) => [
      `2|6|${samples}|0|${400 + n}`,
      { kind: 'quotes', ...IBM, bid: '240.01', bidSize: String(400 + n), ask: null, askSize: null },
    ]),
  ],
  'tickPrice of a trade': [
    LAST_THEN,
    ...live((n) => [
      `1|6|${samples}|4|240.1${n}|${200 + n}|0`,
      { kind: 'trades', ...IBM, sampled: true, price: `240.1${n}`, size: String(200 + n), side: null },
    ]),
  ],
  'tickSize of a trade': [
    LAST_THEN,
    ...live((n) => [
      `2|6|${samples}|5|${200 + n}`,
      { kind: 'trades', ...IBM, sampled: true, price: '240.02', size: String(200 + n), side: null },
    ]),
  ],
  historicalDataUpdate: [
    {
      frame: `17|${barsOfSecond}|||1|${SECONDS}|240|241|239|240.5|1200|240.25|40`,
      tells: [
        {
          kind: 'bars',
          interval: '1m',
          ...{ symbol: 'IBM', id: null, time: null, origin: 'SNAPSHOT', start: timeOf(0), final: false },
          ...{ open: '240', high: '241', low: '239', close: '240.5', vwap: '240.25', volume: '1200' },
          tradeCount: 40,
        },
      ],
    },
    ...live((n) => [
      `90|${barsOfSecond}|${41 + n}|${SECONDS}|240|240.6|241|239|240.3|${1_300 + n}`,
      {
        kind: 'bars',
        interval: '1m',
        ...{ symbol: 'IBM', id: null, time: null, start: timeOf(0), final: false, tradeCount: 41 + n },
        ...{ open: '240', high: '241', low: '239', close: '240.6', vwap: '240.3', volume: String(1_300 + n) },
      },
    ]),
  ],
};

const TICK_BY_TICK_TIME = /(?<=^99\|\d+\|\d\|)\d+/;

const TYPES: readonly FrameType[] = [
  {
    name: 'tickByTickAllLast',
    kind: 'trades',
    ids: 'NONE',
    missing: { part: /(?<=^99\|\d+\|2\|\d+)\|[\d.]+/, code: 'bad-field' },
    number: /(?<=^99\|\d+\|2\|\d+\|)[\d.]+/,
    time: TICK_BY_TICK_TIME,
  },
  {
    name: 'tickByTickBidAsk',
    kind: 'quotes',
    ids: 'NONE',
    missing: { part: /(?<=^99\|\d+\|3\|\d+)\|[\d.]+/, code: 'bad-field' },
    number: /(?<=^99\|\d+\|3\|\d+\|)[\d.]+/,
    time: TICK_BY_TICK_TIME,
  },
  ...(['quotes', 'trades'] as const).flatMap((kind): FrameType[] => [
    {
      name: `tickPrice of a ${kind.slice(0, -1)}`,
      kind,
      ids: 'NONE',
      missing: { part: /(?<=^1\|6\|\d+\|\d)\|[\d.]+/, code: 'bad-field' },
      number: /(?<=^1\|6\|\d+\|\d\|)[\d.]+/,
      time: null,
    },
    {
      name: `tickSize of a ${kind.slice(0, -1)}`,
      kind,
      ids: 'NONE',
      missing: { part: /(?<=^2\|6\|\d+\|\d)\|[\d.]+/, code: 'bad-field' },
      number: /(?<=^2\|6\|\d+\|\d\|)[\d.]+/,
      time: null,
    },
  ]),
  {
    name: 'historicalDataUpdate',
    kind: 'bars',
    ids: 'NONE',
    missing: { part: /(?<=^90\|\d+\|\d+\|\d+)\|[\d.]+/, code: 'bad-number' },
    number: /(?<=^90\|\d+\|\d+\|\d+\|)[\d.]+/,
    time: null,
  },
];

/** The type of a message, with what of a line of market data it tells. */
function typeOf(text: string): string {
  const [type, second, , tickType] = text.split('|');
  const kind = tickType === '4' || tickType === '5' ? 'trade' : 'quote';
  if (type === '1' || type === '2') return `${type === '1' ? 'tickPrice' : 'tickSize'} of a ${kind}`;
  if (type === '99') return second === String(prints) ? 'tickByTickAllLast' : 'tickByTickBidAsk';
  return { '17': 'historicalData', '90': 'historicalDataUpdate' }[type ?? ''] ?? '';
}

conformanceOfSource({
  source: 'ib',
  protocol: TWS,
  typeOf,
  types: TYPES,
  written: Object.entries(WRITTEN).map(([name, frames]) => ({
    name: `written ${name}`,
    symbols: SYMBOLS,
    receivedFrom: AT,
    frames,
  })),
  recordings: [],
});
