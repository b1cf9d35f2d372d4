import type { RawBar, RawQuote, RawTrade } from '@concord/codec';
import { parseFixed, type Fixed, type Kind, type Micros } from '@concord/model';
import type { InstrumentDefinition, QualityParameters } from '@concord/runtime';
import { InstrumentMemory } from './instrument-memory.ts';
import { instrumentRules, type InstrumentRules } from './instrument-rules.ts';
import { judge, type Judgement } from './judge.ts';
import type { RawByKind } from './record.ts';

/** Sound records and definitions for tests: each test states what differs. */

export const NOON: Micros = Date.UTC(2026, 0, 5, 12) * 1_000;
export const PARAMETERS: QualityParameters = {
  futureToleranceMs: 5_000,
  liveMaximumAgeMs: 86_400_000,
  clockAheadMs: 1_000,
  rememberedIds: 16,
  reportMs: 60_000,
};

export function dec(text: string): Fixed {
  const value = parseFixed(text);
  if (value === undefined) throw new RangeError(`"${text}" is no decimal`);
  return value;
}

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

export function trade(changes: Partial<RawTrade> = {}): RawTrade {
  const price = { price: dec('60000.01'), size: dec('0.5'), side: 'BUY' } as const;
  return { ...tick, idKind: 'TRADE', firstId: '100', lastId: changes.firstId ?? '100', ...price, ...changes };
}

export function quote(changes: Partial<RawQuote> = {}): RawQuote {
  const prices = { bid: dec('60000'), bidSize: dec('1'), ask: dec('60000.01'), askSize: dec('2') };
  return { ...tick, idKind: 'NONE', firstId: null, lastId: null, ...prices, ...changes };
}

export function bar(changes: Partial<RawBar> = {}): RawBar {
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

export function definition(changes: Partial<InstrumentDefinition> = {}): InstrumentDefinition {
  return {
    id: 'BTC-USDT',
    assetClass: 'CRYPTO',
    base: 'BTC',
    quote: 'USDT',
    currency: 'USDT',
    sizeUnit: 'BTC',
    partition: 0,
    priceScale: 2,
    tickBands: [],
    lot: null,
    multiplier: '1',
    minimumPrice: null,
    maximumPrice: null,
    maximumSize: null,
    negativePrices: false,
    status: 'ACTIVE',
    expiry: null,
    venues: {
      alpha: { symbol: 'BTCUSDT', market: null, tickBands: [], lot: null },
      beta: { symbol: 'BTC/USDT', market: null, tickBands: [], lot: null },
    },
    calendar: null,
    splits: [],
    ...changes,
  };
}

/** One instrument as the validator holds it: judges records one after the other and takes them in. */
export class Court<K extends Kind> {
  readonly instrument = new InstrumentMemory();
  readonly rules: InstrumentRules;
  readonly #kind: K;
  #ordinal = 0;

  constructor(
    kind: K,
    changes: Partial<InstrumentDefinition> = {},
    parameters: Partial<QualityParameters> = {},
  ) {
    this.#kind = kind;
    this.rules = instrumentRules(definition(changes), { ...PARAMETERS, ...parameters });
  }

  /** As `judge`, at the next ordinal. */
  next(record: RawByKind[K], logTime: Micros = NOON): Judgement {
    this.#ordinal++;
    return this.judge({ ...record, ordinal: this.#ordinal }, logTime);
  }

  judge(record: RawByKind[K], logTime: Micros = NOON): Judgement {
    const subject = this.instrument.subject(this.#kind, record, logTime, this.rules);
    const judgement = judge(this.#kind, subject);
    this.instrument.take(this.#kind, subject, judgement);
    return judgement;
  }

  /** Outcome and codes in one text: `VALID`, `REJECTED crossed`, … */
  say(record: RawByKind[K], logTime: Micros = NOON): string {
    const { outcome, codes } = this.next(record, logTime);
    return [outcome, ...codes].join(' ');
  }
}
