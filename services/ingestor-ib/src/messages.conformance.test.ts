import { conformanceOfSource, type FrameType } from '@concord/testkit/conformance';
import { REQUESTS, SYMBOLS, TWS } from './testing/conformance.ts';
import { AT, SECONDS } from './testing/tws.ts';

const { prints, quotes, samples, barsOfSecond } = REQUESTS;
/** Before what is live: what held at the subscription. */
const BID_THEN = `1|6|${samples}|1|240.01|300|0`;
const LAST_THEN = `1|6|${samples}|4|240.02|100|0`;

/** Five live ones for each type, as documented (interactivebrokers.github.io/tws-api, 2026-11). */
function live(text: (n: number) => string): string[] {
  return [0, 1, 2, 3, 4].map(text);
}

const WRITTEN: Readonly<Record<string, readonly string[]>> = {
  tickByTickAllLast: live((n) => `99|${prints}|2|${SECONDS + n}|271.0${n}|100|0|ARCA|T I`),
  tickByTickBidAsk: live((n) => `99|${quotes}|3|${SECONDS + n}|271.0${n}|271.09|300|500|0`),
  'tickPrice of a quote': [BID_THEN, ...live((n) => `1|6|${samples}|2|240.1${n}|500|0`)],
  'tickSize of a quote': [BID_THEN, ...live((n) => `2|6|${samples}|0|${400 + n}`)],
  'tickPrice of a trade': [LAST_THEN, ...live((n) => `1|6|${samples}|4|240.1${n}|${200 + n}|0`)],
  'tickSize of a trade': [LAST_THEN, ...live((n) => `2|6|${samples}|5|${200 + n}`)],
  historicalDataUpdate: [
    `17|${barsOfSecond}|||1|${SECONDS}|240|241|239|240.5|1200|240.25|40`,
    ...live((n) => `90|${barsOfSecond}|${41 + n}|${SECONDS}|240|240.6|241|239|240.3|${1_300 + n}`),
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
