import type { PipelineConfiguration } from '@concord/runtime';
import { Reference, type ReferenceEvent, type ReferenceResult, type ReferenceSource } from './reference.ts';
import {
  above,
  ascending,
  compare,
  decimalFraction,
  distance,
  fraction,
  minus,
  most,
  over,
  plus,
  squareRoot,
  times,
  type Fraction,
} from './reference-numbers.ts';

const SLOT = 100_000;
const SECOND = 1_000_000;
const LN_2 = decimalFraction('0.693147180559945309');

/** The fields of a consensus record that section D decides. */
export interface ReferenceRecord {
  readonly sequence: number;
  readonly logTime: number;
  readonly asOf: number;
  readonly status: string;
  readonly emission: string;
  readonly triggerReceiveTime: number | null;
  readonly value: bigint | null;
  readonly confidence: bigint | null;
  readonly bid: bigint | null;
  readonly ask: bigint | null;
  readonly best: readonly [bigint | null, string | null, bigint | null, string | null, boolean];
  readonly sources: readonly ReferenceEntry[];
  readonly cumulativePriceTime: bigint;
  readonly cumulativeConfidenceTime: bigint;
  readonly downtimeMicros: number;
  readonly average: bigint | null;
}

export interface ReferenceEntry {
  readonly source: string;
  readonly value: bigint | null;
  readonly confidence: bigint | null;
  readonly weight: number;
  readonly ageMicros: number | null;
  readonly reason: string;
}

interface Good {
  readonly value: bigint;
  readonly confidence: bigint;
  readonly asOf: number;
  readonly bid: bigint | null;
  readonly ask: bigint | null;
}

/** Emission policy and sums of section D, by walking through every 100 ms of log time. */
export class ReferenceStream {
  readonly records: ReferenceRecord[] = [];
  readonly #reference: Reference;
  #now: number;
  #latest: ReferenceResult;
  #good: Good | null = null;
  #pending: { readonly slot: number; trigger: number | null } | null = null;
  #included: readonly string[] = [];
  #priceTime = 0n;
  #confidenceTime = 0n;
  #downtime = 0;
  #average: { n: Fraction; d: Fraction; at: number } | null = null;

  constructor(configuration: PipelineConfiguration, kind: 'trades' | 'quotes', start: number) {
    this.#reference = new Reference(configuration, kind);
    this.#now = start;
    this.#latest = this.#reference.evaluate(start);
  }

  play(events: readonly ReferenceEvent[]): readonly ReferenceRecord[] {
    this.#look(null);
    for (const event of events) {
      this.#walk(event.at);
      const source = event.type === 'record' ? event.record.source : event.source;
      const speaks = event.type === 'session' && this.#lastSession(source) === event.session;
      this.#reference.take(event, this.#latest.value);
      if (!this.#reference.members.includes(source)) continue;
      if (event.type === 'record') this.#look(event.record.receiveTime);
      else if (speaks) this.#look(null);
    }
    return this.records;
  }

  #lastSession(source: string): string | undefined {
    const records = this.#reference.history.flatMap((event) =>
      event.type === 'record' && event.record.source === source ? [event.record.session] : [],
    );
    return records.at(-1);
  }

  #walk(to: number): void {
    for (let at = (Math.floor(this.#now / SLOT) + 1) * SLOT; at <= to; at += SLOT) {
      const wholeSecond = at % SECOND === 0;
      if (!wholeSecond && this.#pending === null) continue;
      this.#now = at;
      const trigger = this.#pending?.trigger ?? null;
      this.#pending = null;
      this.#latest = this.#reference.evaluate(at);
      const why = this.#news();
      if (why !== undefined) this.#publish(why, trigger);
      else if (wholeSecond) this.#publish('HEARTBEAT', null);
    }
    this.#now = Math.max(this.#now, to);
  }

  #look(trigger: number | null): void {
    this.#latest = this.#reference.evaluate(this.#now);
    const why = this.#news();
    if (why === undefined) return;
    const slot = Math.floor(this.#now / SLOT);
    const last = this.records.at(-1);
    if (last === undefined || Math.floor(last.logTime / SLOT) < slot) return this.#publish(why, trigger);
    this.#pending = { slot, trigger: trigger ?? this.#pending?.trigger ?? null };
  }

  #news(): string | undefined {
    const last = this.records.at(-1);
    const { status, value, confidence } = this.#latest;
    if (last === undefined || last.status !== status) return 'STATUS';
    if (this.#survivors().join() !== this.#included.join()) return 'MEMBERSHIP';
    if (value === null || confidence === null || last.value === null) return undefined;
    const moved = fraction(distance(value, last.value));
    const bps = decimalFraction(this.#reference.parameters.moveBps);
    const halfBp = times(fraction(last.value), over(bps, fraction(10_000)));
    const enough = most(halfBp, fraction(confidence, 4n));
    return moved.n !== 0n && compare(moved, enough) >= 0 ? 'MOVE' : undefined;
  }

  #survivors(): string[] {
    return this.#latest.sources.filter(({ reason }) => reason === '').map(({ source }) => source);
  }

  #publish(emission: string, trigger: number | null): void {
    const { status, value, confidence, chosen, sources } = this.#latest;
    const logTime = this.#now;
    this.#sum(logTime);
    const included = sources.filter(({ reason }) => reason === '');
    if (value !== null && confidence !== null) {
      const pair = this.#pair(chosen === null ? included : [chosen]);
      this.#good = { value, confidence, asOf: logTime, ...pair };
      this.#enter(value, confidence, logTime);
    }
    this.#included = included.map(({ source }) => source);
    this.#pending = null;
    const good = this.#good;
    this.records.push({
      ...{ sequence: this.records.length + 1, logTime, status, emission, triggerReceiveTime: trigger },
      asOf: good?.asOf ?? logTime,
      value: good?.value ?? null,
      confidence: confidence ?? this.#grown(good, logTime),
      bid: good?.bid ?? null,
      ask: good?.ask ?? null,
      best: this.#best(included),
      sources: sources.map((source) => this.#entry(source, logTime)),
      cumulativePriceTime: this.#priceTime,
      cumulativeConfidenceTime: this.#confidenceTime,
      downtimeMicros: this.#downtime,
      average: this.#average === null ? null : this.#reference.round(over(this.#average.n, this.#average.d)),
    });
  }

  #rounded(value: bigint | null): bigint | null {
    return value === null ? null : this.#reference.round(fraction(value));
  }

  #grown(good: Good | null, now: number): bigint | null {
    if (good === null) return null;
    const ageing = this.#reference.parameters.ageingMs * 1_000;
    const age = fraction(ageing + (now - good.asOf), ageing);
    return this.#rounded(squareRoot(times(fraction(good.confidence * good.confidence), age)));
  }

  #pair(voters: readonly ReferenceSource[]): { bid: bigint | null; ask: bigint | null } {
    const sides = voters.map(({ record }) => record).filter((record) => record !== undefined);
    const bids = ascending(sides.flatMap((r) => ('bid' in r && r.bid !== null ? [r.bid] : [])));
    const asks = ascending(sides.flatMap((r) => ('ask' in r && r.ask !== null ? [r.ask] : [])));
    const lower = bids[Math.ceil(bids.length / 2) - 1];
    const upper = asks[Math.floor(asks.length / 2)];
    return { bid: this.#rounded(lower ?? null), ask: this.#rounded(upper ?? null) };
  }

  #best(included: readonly ReferenceSource[]): ReferenceRecord['best'] {
    const quotes = included.flatMap(({ source, record }) =>
      record !== undefined && 'bid' in record && record.bid !== null && record.ask !== null
        ? [{ source, bid: record.bid, ask: record.ask }]
        : [],
    );
    if (quotes.length === 0) return [null, null, null, null, false];
    const bid = ascending(quotes.map((q) => q.bid)).at(-1) as bigint;
    const ask = ascending(quotes.map((q) => q.ask))[0] as bigint;
    const of = (found: { source: string } | undefined): string | null => found?.source ?? null;
    return [
      this.#rounded(bid),
      of(quotes.find((q) => q.bid === bid)),
      this.#rounded(ask),
      of(quotes.find((q) => q.ask === ask)),
      bid > ask,
    ];
  }

  #entry({ source, record, p, aged, weight, reason }: ReferenceSource, now: number): ReferenceEntry {
    return {
      source,
      value: this.#rounded(p),
      confidence: p === null ? null : this.#rounded(aged),
      weight,
      ageMicros: record === undefined ? null : Math.max(0, now - record.receiveTime),
      reason,
    };
  }

  #sum(now: number): void {
    const last = this.records.at(-1);
    if (last === undefined || this.#good === null) return;
    const elapsed = now - last.logTime;
    if (last.status === 'NO_QUORUM') this.#downtime += elapsed;
    else {
      this.#priceTime += (last.value as bigint) * BigInt(elapsed);
      this.#confidenceTime += (last.confidence as bigint) * BigInt(elapsed);
    }
  }

  #enter(value: bigint, confidence: bigint, at: number): void {
    const unit = this.#reference.round(fraction(1)) || 10n ** 8n;
    const weight = over(fraction(1), most(fraction(confidence), fraction(unit)));
    const fresh = { n: times(fraction(value), weight), d: weight, at };
    const halfLife = this.#reference.parameters.averageHalfLifeMs * 1_000;
    const old = this.#average;
    const elapsed = at - (old?.at ?? at);
    if (old === null || above(fraction(elapsed), fraction(halfLife * 7, 10))) {
      this.#average = fresh;
      return;
    }
    const decay = minus(fraction(1), times(LN_2, fraction(elapsed, halfLife)));
    this.#average = {
      n: plus(times(old.n, decay), fresh.n),
      d: plus(times(old.d, decay), fresh.d),
      at,
    };
  }
}
