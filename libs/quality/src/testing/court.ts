import { NOON } from '@concord/testkit';
import type { Kind, Micros } from '@concord/model';
import type { InstrumentDefinition, QualityParameters } from '@concord/runtime';
import { InstrumentMemory } from '../instrument-memory.ts';
import { instrumentRules, type InstrumentRules } from '../instrument-rules.ts';
import { judge, type Judgement } from '../judge.ts';
import type { RawByKind } from '../record.ts';

export { dec, NOON, testBar as bar, testQuote as quote, testTrade as trade } from '@concord/testkit';

export const PARAMETERS: QualityParameters = {
  futureToleranceMs: 5_000,
  liveMaximumAgeMs: 86_400_000,
  clockAheadMs: 1_000,
  rememberedIds: 16,
  reportMs: 60_000,
};

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
