import type { CleanQuote, CleanTrade } from '@concord/codec';
import { fusionFor, type FusionParameters, type PipelineConfiguration } from '@concord/runtime';
import {
  above,
  ascending,
  compare,
  decimalFraction,
  distance,
  fraction,
  median,
  minus,
  most,
  over,
  plus,
  roundHalfEven,
  squareRoot,
  times,
  type Fraction,
} from './reference-numbers.ts';

/** What happens to an instrument, in log order. Times are microseconds. */
export type ReferenceEvent =
  | { readonly at: number; readonly type: 'record'; readonly record: CleanQuote | CleanTrade }
  | {
      readonly at: number;
      readonly type: 'session';
      readonly source: string;
      readonly session: string;
      readonly state: 'live' | 'connecting' | 'down';
    };

/** A source as section D sees it at one instant. */
export interface ReferenceSource {
  readonly source: string;
  readonly order: number;
  readonly record: CleanQuote | CleanTrade | undefined;
  readonly p: bigint | null;
  readonly c: bigint;
  reason: string;
  aged: bigint;
  weight: number;
}

export interface ReferenceResult {
  readonly status: string;
  readonly value: bigint | null;
  readonly confidence: bigint | null;
  readonly chosen: ReferenceSource | null;
  readonly sources: readonly ReferenceSource[];
}

const BASIS_POINT = fraction(1, 10_000);
const MINUTE = 60_000_000;

/**
 * Section D of the methodology, written from its text and without any thought of speed: every evaluation starts from the whole
 * history. Kept between evaluations: the flags of gate 6 and the residuals of trades, which depend on former results.
 */
export class Reference {
  readonly parameters: FusionParameters;
  readonly members: readonly string[];
  readonly history: ReferenceEvent[] = [];
  readonly #configuration: PipelineConfiguration;
  readonly #kind: 'trades' | 'quotes';
  readonly #flags = new Map<string, { calmSince: number | null }>();
  readonly #residuals = new Map<string, bigint[]>();

  constructor(configuration: PipelineConfiguration, kind: 'trades' | 'quotes') {
    const instrument = configuration.instruments[0];
    if (instrument === undefined) throw new Error('the reference wants one instrument');
    this.#configuration = configuration;
    this.#kind = kind;
    this.parameters = fusionFor(configuration, kind, instrument);
    this.members =
      this.parameters.members.length > 0 ? this.parameters.members : Object.keys(instrument.venues);
  }

  /** Takes an event in; `before` is the consensus before it. */
  take(event: ReferenceEvent, before: bigint | null): void {
    if (event.type === 'record') {
      const { record } = event;
      const previous = this.#observationOf(record.source);
      this.history.push(event);
      const current = this.#observationOf(record.source);
      const became = current === record && current !== previous;
      if (became && before !== null && 'price' in record && record.origin === 'LIVE') {
        const residuals = [...(this.#residuals.get(record.source) ?? []), record.price - before];
        this.#residuals.set(record.source, residuals.slice(-60));
      }
    } else this.history.push(event);
  }

  evaluate(now: number): ReferenceResult {
    const sources = this.members.map((source, order) => this.#sourceAt(source, order, now));
    const fresh = sources.filter(({ reason }) => reason === '');
    for (const source of sources) {
      const flag = this.#flags.get(source.source);
      if (flag !== undefined && source.reason !== '') flag.calmSince = null;
    }
    const split = this.#flag(fresh, now);
    const survivors = fresh.filter(({ source }) => !this.#flags.has(source));
    for (const source of fresh) if (this.#flags.has(source.source)) source.reason = 'deviating';
    const { minimumSources, allowSingle } = this.parameters;
    const single = allowSingle || this.members.length === 1;
    if (survivors.length === 0 || survivors.length < minimumSources || (survivors.length === 1 && !single)) {
      for (const source of survivors) source.reason = 'below-quorum';
      return { status: 'NO_QUORUM', value: null, confidence: null, chosen: null, sources };
    }
    return { ...this.#settle(survivors, split), sources };
  }

  #records(source: string): { at: number; record: CleanQuote | CleanTrade; position: number }[] {
    return this.history.flatMap((event, position) =>
      event.type === 'record' && event.record.source === source
        ? [{ at: event.at, record: event.record, position }]
        : [],
    );
  }

  /** Newest by event time (receive time where there is none), then id, then position. */
  #newest(source: string, verdicts: readonly string[]): CleanQuote | CleanTrade | undefined {
    const candidates = this.#records(source).filter(
      ({ record }) =>
        verdicts.includes(record.verdict) && (record.origin === 'LIVE' || record.origin === 'SNAPSHOT'),
    );
    candidates.sort(
      (a, b) =>
        (a.record.eventTime ?? a.record.receiveTime) - (b.record.eventTime ?? b.record.receiveTime) ||
        (a.record.idKind === 'TRADE' && b.record.idKind === 'TRADE'
          ? Number(a.record.lastId) - Number(b.record.lastId)
          : 0) ||
        a.position - b.position,
    );
    return candidates.at(-1)?.record;
  }

  #observationOf(source: string): CleanQuote | CleanTrade | undefined {
    return this.#newest(source, ['VALID']);
  }

  #sourceAt(source: string, order: number, now: number): ReferenceSource {
    const record = this.#observationOf(source);
    const blank = { source, order, record, reason: '', weight: 0 };
    if (record === undefined) return { ...blank, p: null, c: 0n, aged: 0n, reason: 'no-observation' };
    const { p, c } = this.#priceAndHalfWidth(record);
    const steady = this.#kind === 'quotes' && this.#everyChange(source);
    const age = Math.max(0, now - record.receiveTime);
    const ageing = this.parameters.ageingMs * 1_000;
    const aged = steady ? c : squareRoot(times(fraction(c * c), fraction(ageing + age, ageing)));
    return { ...blank, p, c, aged, reason: this.#gates(source, record, p, c, now) };
  }

  #everyChange(source: string): boolean {
    return this.#configuration.sources[source]?.quotesEveryChange === true;
  }

  #priceAndHalfWidth(record: CleanQuote | CleanTrade): { p: bigint | null; c: bigint } {
    const tick = fraction(10n ** BigInt(12 - (this.#configuration.instruments[0]?.priceScale ?? 0)));
    if ('price' in record) {
      const bp = fraction(roundHalfEven(times(fraction(record.price), BASIS_POINT)));
      const residuals = this.#residuals.get(record.source) ?? [];
      const centre = residuals.length < 10 ? 0n : median(residuals);
      const mad = residuals.length < 10 ? 0n : median(residuals.map((x) => distance(x, centre)));
      const spread = fraction(roundHalfEven(times(fraction(mad), fraction(14_826, 10_000))));
      return { p: record.price, c: most(most(tick, bp), spread).n };
    }
    const { bid, ask } = record;
    if (bid === null || ask === null) return { p: null, c: 0n };
    const half = fraction(roundHalfEven(fraction(ask - bid, 2n)));
    return { p: roundHalfEven(fraction(bid + ask, 2n)), c: most(half, tick).n };
  }

  /** Gates 1 to 5. */
  #gates(source: string, record: CleanQuote | CleanTrade, p: bigint | null, c: bigint, now: number): string {
    const { parameters } = this;
    const { session, since } = this.#sessionOf(source);
    const markers = this.history.flatMap((event) =>
      event.type === 'session' && event.source === source && event.session === session ? [event] : [],
    );
    if (markers.at(-1)?.state === 'down') return 'down';
    const alive = markers.findLast(({ state }) => state === 'live')?.at ?? since;
    if (now - alive >= parameters.silentAfterMs * 1_000) return 'silent';
    const age = now - record.receiveTime;
    if (this.#kind === 'trades' && age > this.#tradeAgeLimit(now)) return 'stale';
    const growsOld = this.#kind === 'quotes' && !this.#everyChange(source);
    if (growsOld && age > parameters.quoteMaximumAgeMs * 1_000) return 'stale';
    if (this.#newest(source, ['VALID', 'SUSPECT'])?.verdict === 'SUSPECT') return 'suspect';
    if (p === null) return 'one-sided';
    const limit = times(
      fraction(p),
      over(decimalFraction(parameters.maximumConfidencePercent), fraction(100)),
    );
    return above(fraction(c), limit) ? 'wide' : '';
  }

  /** Session of the last record to arrive, and when the first of its unbroken run arrived. */
  #sessionOf(source: string): { session: string; since: number } {
    const records = this.#records(source);
    const session = records.at(-1)?.record.session ?? '';
    let since = 0;
    for (const { at, record } of records.toReversed()) {
      if (record.session !== session) break;
      since = at;
    }
    return { session, since };
  }

  #tradeAgeLimit(now: number): number {
    const { tradeAgeFactor, tradeMinimumAgeMs, tradeMaximumAgeMs } = this.parameters;
    const count = this.history.filter(
      (event) =>
        event.type === 'record' &&
        this.members.includes(event.record.source) &&
        event.record.verdict === 'VALID' &&
        event.record.origin === 'LIVE' &&
        event.at > now - MINUTE &&
        event.at <= now,
    ).length;
    if (count === 0) return tradeMaximumAgeMs * 1_000;
    const wanted = Math.floor((tradeAgeFactor * MINUTE) / count);
    return Math.min(tradeMaximumAgeMs * 1_000, Math.max(tradeMinimumAgeMs * 1_000, wanted));
  }

  /** Gate 6; true when the market is split. */
  #flag(fresh: readonly ReferenceSource[], now: number): boolean {
    if (fresh.length === 0) return false;
    const prices = (list: readonly ReferenceSource[]): bigint[] => list.map(({ p }) => p as bigint);
    const unflagged = fresh.filter(({ source }) => !this.#flags.has(source));
    const m = median(prices(unflagged.length >= 3 ? unflagged : fresh));
    const delta = over(decimalFraction(this.parameters.deviationPercent), fraction(100));
    const limit = times(delta, fraction(m));
    for (const { source, p, c } of fresh) {
      const off = fraction(distance(p as bigint, m));
      const flag = this.#flags.get(source);
      if (flag === undefined) {
        if (above(off, most(limit, fraction(3n * c)))) this.#flags.set(source, { calmSince: null });
      } else if (above(over(limit, fraction(2)), off)) {
        flag.calmSince ??= now;
        if (now - flag.calmSince >= this.parameters.deviationHoldMs * 1_000) this.#flags.delete(source);
      } else flag.calmSince = null;
    }
    const flagged = fresh.filter(({ source }) => this.#flags.has(source)).length;
    if (flagged <= fresh.length / 2) return false;
    for (const { source } of fresh) this.#flags.delete(source);
    return true;
  }

  #settle(survivors: ReferenceSource[], split: boolean): Omit<ReferenceResult, 'sources'> {
    const weights = this.#kind === 'quotes' ? survivors.map(() => 1) : this.#tradeWeights(survivors);
    const votes = ascending(
      survivors.flatMap(({ p, aged }, i) =>
        Array.from({ length: weights[i] as number }, () => [
          (p as bigint) - aged,
          p as bigint,
          (p as bigint) + aged,
        ]).flat(),
      ),
    );
    const quarter = Math.floor(votes.length / 4);
    const p25 = votes[quarter] as bigint;
    const p75 = votes[votes.length - 1 - quarter] as bigint;
    let { value, chosen, shown } = this.#choose(survivors, weights, median(votes));
    const around = (v: bigint): bigint => most(fraction(v - p25), fraction(p75 - v)).n;
    const percent = over(decimalFraction(this.parameters.dispersedPercent), fraction(100));
    const [a, b] = survivors;
    const apart =
      survivors.length === 2 &&
      a !== undefined &&
      b !== undefined &&
      distance(a.p as bigint, b.p as bigint) > 3n * (a.aged + b.aged);
    const dispersed = split || apart || above(fraction(around(value)), times(percent, fraction(value)));
    if (dispersed) ({ value, chosen, shown } = one(survivors, a as ReferenceSource));
    survivors.forEach((source, i) => (source.weight = shown[i] as number));
    const only = survivors.length === 1 ? a : undefined;
    const tenBp = fraction(roundHalfEven(times(fraction(value), fraction(10, 10_000))));
    const confidence = only === undefined ? fraction(around(value)) : most(fraction(3n * only.aged), tenBp);
    const counted = survivors.length === 1 ? 'SINGLE' : survivors.length === 2 ? 'DEGRADED' : 'OK';
    return {
      status: dispersed ? 'DISPERSED' : counted,
      value: this.round(fraction(value)),
      confidence: this.round(confidence),
      chosen,
    };
  }

  #choose(survivors: ReferenceSource[], weights: number[], p50: bigint): Choice {
    const { strategy } = this.parameters;
    const [first] = survivors as [ReferenceSource];
    if (strategy === 'priority') return one(survivors, first);
    if (strategy === 'latest') {
      const time = ({ record }: ReferenceSource): number => record?.eventTime ?? record?.receiveTime ?? 0;
      const newest = Math.max(...survivors.map(time));
      return one(survivors, survivors.find((source) => time(source) === newest) as ReferenceSource);
    }
    if (strategy === 'consensus') return { value: p50, chosen: null, shown: weights };
    const shares = this.#cappedShares(survivors);
    const mean = survivors
      .map(({ p }, i) => times(fraction(p as bigint), shares[i] as Fraction))
      .reduce(plus);
    const shown = shares.map((share) => Number(roundHalfEven(times(share, fraction(1_000_000)))));
    return { value: roundHalfEven(mean), chosen: null, shown };
  }

  /** Shares of the fixed weights cut at max(40 %, 1/n), the excess going to the others in proportion. */
  #cappedShares(survivors: readonly ReferenceSource[]): Fraction[] {
    const weights = survivors.map(({ source }) => decimalFraction(this.parameters.weights[source] ?? '1'));
    const cap = most(
      over(decimalFraction(this.parameters.weightCapPercent), fraction(100)),
      fraction(1, survivors.length),
    );
    const total = weights.reduce(plus);
    let shares = weights.map((weight) => over(weight, total));
    while (shares.some((share) => above(share, cap))) {
      const cut = shares.map((share) => compare(share, cap) >= 0);
      const excess = shares
        .map((share) => (above(share, cap) ? minus(share, cap) : fraction(0)))
        .reduce(plus);
      const below = shares.filter((_, i) => cut[i] === false);
      const rest = below.length === 0 ? fraction(1) : below.reduce(plus);
      shares = shares.map((share, i) => {
        if (cut[i] === true) return cap;
        return plus(share, over(times(excess, share), rest));
      });
    }
    return shares;
  }

  #tradeWeights(survivors: readonly ReferenceSource[]): number[] {
    const { weightScale, weightCapPercent } = this.parameters;
    const inverse = survivors.map(({ aged }) => fraction(1n, aged * aged));
    const sum = inverse.reduce(plus);
    const cap = over(decimalFraction(weightCapPercent), fraction(100));
    return inverse.map((value) => {
      const share = over(value, sum);
      const cut = above(share, cap) ? cap : share;
      return Math.max(1, Number(roundHalfEven(times(cut, fraction(weightScale)))));
    });
  }

  /** As published: half to even at the price scale + 2. */
  round(value: Fraction): bigint {
    const unit = 10n ** BigInt(10 - (this.#configuration.instruments[0]?.priceScale ?? 0));
    return roundHalfEven(over(value, fraction(unit))) * unit;
  }
}

interface Choice {
  value: bigint;
  chosen: ReferenceSource | null;
  shown: number[];
}

function one(survivors: readonly ReferenceSource[], chosen: ReferenceSource): Choice {
  return { value: chosen.p as bigint, chosen, shown: survivors.map((source) => (source === chosen ? 1 : 0)) };
}
