import type { CleanQuote, CleanTrade } from '@concord/codec';
import { divideHalfEven, maximum, type Fixed, type Micros } from '@concord/model';
import { compareEvents, eventKey, type EventKey } from './event-key.ts';
import type { GateCode } from './gates/codes.ts';
import { percentOf } from './proportion.ts';
import { Residuals } from './residuals.ts';
import { tickAt, type FusionRules, type Member } from './rules.ts';
import type { SignsOfSource } from './sessions.ts';

/** A source's newest VALID record, as far as the consensus needs it. */
export interface Observation {
  readonly key: EventKey;
  /** p; null for a quote with an empty side, or for a price beyond what can be published. */
  readonly price: Fixed | null;
  /** c, not aged. */
  readonly halfWidth: Fixed;
  /** Null as well where it is beyond what can be published. */
  readonly bid: Fixed | null;
  readonly ask: Fixed | null;
  readonly receiveTime: Micros;
  /** c is beyond the limit of gate 4. */
  readonly wide: boolean;
}

/** Larger prices could not be summed over years within the 38 digits of a published decimal. */
export const PRICE_MAX: Fixed = 10n ** 23n;

export function isPublishable(price: Fixed): boolean {
  return price <= PRICE_MAX && price >= -PRICE_MAX;
}

/** What is known of one source of one instrument and kind, and what the last evaluation made of it. */
export class SourceView {
  readonly source: string;
  readonly signs: SignsOfSource;
  /** Undefined while the configuration does not name it as a member. */
  member: Member | undefined;

  /** Session of its last record, and the log time of the first record of that session in a row. */
  session = '';
  sessionSince: Micros = 0;
  /** Newest LIVE or SNAPSHOT record of any verdict. */
  newest: EventKey | null = null;
  newestSuspect = false;
  observation: Observation | null = null;
  readonly residuals = new Residuals();
  /** Gate 6, with its hysteresis. */
  flagged = false;
  calmSince: Micros | null = null;
  /** Whether it was among the sources included in the last published record. */
  published = false;

  /** Results of the last evaluation. */
  reason: GateCode = 'no-observation';
  aged: Fixed = 0n;
  weight = 0;

  constructor(source: string, signs: SignsOfSource) {
    this.source = source;
    this.signs = signs;
  }

  get included(): boolean {
    return this.reason === '';
  }

  /**
   * Takes a record of this source in. Returns whether it became the current observation. `at` is the instrument's log time,
   * `consensus` the value before this record, null when there was none.
   */
  take(
    record: CleanTrade | CleanQuote,
    position: number,
    at: Micros,
    rules: FusionRules,
    consensus: Fixed | null,
  ): boolean {
    if (record.session !== this.session || this.sessionSince === 0) {
      this.session = record.session;
      this.sessionSince = at;
    }
    if (record.action !== 'NEW' || (record.origin !== 'LIVE' && record.origin !== 'SNAPSHOT')) return false;
    const key = eventKey(record, position);
    if (this.newest === null || compareEvents(key, this.newest) > 0) {
      this.newest = key;
      this.newestSuspect = record.verdict !== 'VALID';
    }
    if (record.verdict !== 'VALID') return false;
    if (this.observation !== null && compareEvents(key, this.observation.key) <= 0) return false;
    if ('price' in record) {
      if (record.origin === 'LIVE' && consensus !== null) this.residuals.admit(record.price - consensus);
      this.observation = this.#observeTrade(record, key, rules);
    } else {
      this.observation = observeQuote(record, key, rules, this.member as Member);
    }
    return true;
  }

  #observeTrade(record: CleanTrade, key: EventKey, rules: FusionRules): Observation {
    const { price, receiveTime } = record;
    const oneBp = divideHalfEven(price < 0n ? -price : price, 10_000n);
    const tick = tickAt(this.member as Member, price);
    const halfWidth = maximum(maximum(tick, oneBp), this.residuals.spread());
    return observation(rules, { key, price, halfWidth, bid: null, ask: null, receiveTime });
  }
}

function observeQuote(record: CleanQuote, key: EventKey, rules: FusionRules, member: Member): Observation {
  const { receiveTime } = record;
  const bid = record.bid !== null && isPublishable(record.bid) ? record.bid : null;
  const ask = record.ask !== null && isPublishable(record.ask) ? record.ask : null;
  if (bid === null || ask === null) {
    return { key, price: null, halfWidth: 0n, bid, ask, receiveTime, wide: false };
  }
  const price = divideHalfEven(bid + ask, 2n);
  const halfWidth = maximum(divideHalfEven(ask - bid, 2n), tickAt(member, price));
  return observation(rules, { key, price, halfWidth, bid, ask, receiveTime });
}

function observation(
  rules: FusionRules,
  given: Omit<Observation, 'wide' | 'price'> & { price: Fixed },
): Observation {
  const { price, halfWidth } = given;
  const wide = halfWidth > percentOf(price, rules.maximumConfidencePercent);
  return { ...given, price: isPublishable(price) && halfWidth <= PRICE_MAX ? price : null, wide };
}
