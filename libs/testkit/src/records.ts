import type { RawBar, RawQuote, RawTrade } from '@concord/codec';
import { parseFixed, type Fixed, type Micros } from '@concord/model';

/** When the records below are received, microseconds: noon of a working day. */
export const NOON: Micros = Date.UTC(2026, 0, 5, 12) * 1_000;

/** Throws a RangeError for what is no decimal. */
export function dec(text: string): Fixed {
  const value = parseFixed(text);
  if (value === undefined) throw new RangeError(`"${text}" is no decimal`);
  return value;
}

/** What sound records of BTC-USDT share: each test states what differs. */
const tick = {
  instrument: 'BTC-USDT',
  source: 'alpha',
  venueSymbol: 'BTCUSDT',
  market: null,
  eventTime: NOON - 20_000,
  eventTimePrecision: 'MILLISECOND',
  receiveTime: NOON,
  fills: null,
  venueSequence: null,
  session: 's1',
  ordinal: 1,
  origin: 'LIVE',
  conditions: [],
  action: 'NEW',
  delayed: false,
  sampled: false,
  currency: 'USDT',
  sizeUnit: 'BTC',
} as const;

export function testTrade(changes: Partial<RawTrade> = {}): RawTrade {
  const price = { price: dec('60000.01'), size: dec('0.5'), side: 'BUY' } as const;
  return { ...tick, idKind: 'TRADE', firstId: '100', lastId: changes.firstId ?? '100', ...price, ...changes };
}

export function testQuote(changes: Partial<RawQuote> = {}): RawQuote {
  const prices = { bid: dec('60000'), bidSize: dec('1'), ask: dec('60000.01'), askSize: dec('2') };
  return { ...tick, idKind: 'NONE', firstId: null, lastId: null, ...prices, ...changes };
}

export function testBar(changes: Partial<RawBar> = {}): RawBar {
  const prices = { open: dec('10'), high: dec('12'), low: dec('9'), close: dec('11') };
  const sums = {
    volume: dec('5'),
    quoteVolume: dec('52'),
    vwap: dec('10.4'),
    tradeCount: 7,
    takerBuyVolume: dec('2'),
  };
  const start = changes.start ?? NOON - 60_000_000;
  const window = { interval: '1m', start, end: start + 60_000_000, final: false, revision: 0 };
  return { ...tick, idKind: 'NONE', firstId: null, lastId: null, ...window, ...prices, ...sums, ...changes };
}
