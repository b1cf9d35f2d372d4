import type {
  CleanQuote,
  CleanTrade,
  ConsensusQuote,
  ConsensusTrade,
  Emission,
  Method,
  Status,
} from '@concord/codec';
import { absolute, type Fixed, type Micros } from '@concord/model';
import { fuse, type Fused } from './fuse.ts';
import { aliveGate } from './gates/alive.ts';
import { TradePace } from './pace.ts';
import { bpsOf } from './proportion.ts';
import { consensusQuote, consensusTrade, goodValue, publishedUnit, type GoodValue } from './publication.ts';
import type { FusionRules } from './rules.ts';
import type { Sessions } from './sessions.ts';
import { SourceView } from './source-view.ts';
import { Sums } from './sums.ts';

export type ConsensusRecord = ConsensusTrade | ConsensusQuote;
export type EmitConsensus = (record: ConsensusRecord) => void;

/** What the last published record said. */
export interface Published {
  readonly at: Micros;
  readonly method: Method;
  readonly status: Status;
  readonly value: Fixed | null;
  readonly confidence: Fixed | null;
}

/** Everything the future of an instrument's consensus depends on beside its rules and the sessions. */
export interface ConsensusState {
  now: Micros;
  published: Published | null;
  good: GoodValue | null;
  /** Value of the last evaluation, null without a quorum. */
  value: Fixed | null;
  /** Boundary at which a change that came after its slot was used is looked at again. */
  pendingAt: Micros | null;
  pendingTrigger: Micros | null;
  sequences: Map<Method, number>;
}

/** Whole seconds published one by one in a single step of log time; of more, only the last follows. */
export const HEARTBEATS_PER_STEP = 60;

/**
 * The consensus of one instrument and kind as a fold over its records and the passing of log time. It is evaluated after each own
 * record, after a marker of a session that one of its sources speaks through, at each whole second and at the end of a slot in
 * which a change had to wait; nothing is published between.
 */
export class InstrumentConsensus {
  readonly views = new Map<string, SourceView>();
  readonly pace = new TradePace();
  readonly sums: Sums;
  readonly state: ConsensusState;
  readonly #sessions: Sessions;
  #rules: FusionRules;
  #members: readonly SourceView[] = [];
  #fused: Fused = { status: 'NO_QUORUM', value: null, confidence: null, chosen: null };

  constructor(
    rules: FusionRules,
    sessions: Sessions,
    at: Micros,
    restored?: { state: ConsensusState; sums: Sums },
  ) {
    this.#rules = rules;
    this.#sessions = sessions;
    this.sums = restored?.sums ?? new Sums();
    this.state = restored?.state ?? {
      now: at,
      published: null,
      good: null,
      value: null,
      pendingAt: null,
      pendingTrigger: null,
      sequences: new Map(),
    };
    this.#enlist();
  }

  get rules(): FusionRules {
    return this.#rules;
  }

  /** Brings back a source's view, for restoring a snapshot. */
  viewOf(source: string): SourceView {
    let view = this.views.get(source);
    if (view === undefined) {
      view = new SourceView(source, this.#sessions.signsOf(source));
      this.views.set(source, view);
      this.#enlist();
    }
    return view;
  }

  /** Whether one of its sources gave its last record through this session. */
  hears(source: string, session: string): boolean {
    return this.views.get(source)?.session === session;
  }

  /** Lets log time pass: everything due up to and at `to` is published, each at its own time, in order. */
  advance(to: Micros, emit: EmitConsensus): void {
    const { state } = this;
    if (to <= state.now) return;
    let beats = 0;
    for (;;) {
      let beat = nextMultiple(state.now, this.#rules.heartbeat);
      const boundary = state.pendingAt ?? Infinity;
      if (Math.min(beat, boundary) > to) break;
      if (boundary < beat) {
        state.now = boundary;
        this.#boundary(emit);
        continue;
      }
      beats++;
      // Log time that leaps (nothing ran, not even the clock marker) owes a heartbeat for every second of the leap; they would say the same.
      if (beats === HEARTBEATS_PER_STEP)
        beat = Math.floor(to / this.#rules.heartbeat) * this.#rules.heartbeat;
      state.now = beat;
      this.#heartbeat(emit);
    }
    state.now = to;
  }

  /** Takes one of its own records in. `at` is the instrument's log time with it, `position` its offset. */
  take(record: CleanTrade | CleanQuote, position: number, at: Micros, emit: EmitConsensus): void {
    this.advance(at, emit);
    const { state } = this;
    const view = this.views.get(record.source);
    if (view?.member === undefined) return;
    view.take(record, position, state.now, this.#rules, state.value);
    if (this.#rules.kind === 'trades' && drivesPace(record)) {
      this.pace.arrived(state.now, this.#rules);
    }
    this.#look(record.receiveTime, emit);
  }

  /** Looks again after a marker that may have changed what is known of a source. */
  touch(emit: EmitConsensus): void {
    this.#look(null, emit);
  }

  /** New rules are in force from here. Windows begin anew when the version of the rules' code changed. */
  configure(rules: FusionRules, restart: boolean, emit: EmitConsensus): void {
    this.#rules = rules;
    this.#enlist();
    if (restart) for (const view of this.views.values()) view.residuals.clear();
    this.#look(null, emit);
  }

  /** The configuration no longer names the instrument: says once that there is no quorum. Of no use afterwards but as a snapshot. */
  retire(configVersion: number, emit: EmitConsensus): void {
    this.#rules = { ...this.#rules, members: [], configVersion };
    this.#enlist();
    this.#evaluate();
    this.#publish('STATUS', null, emit);
  }

  /** Back from retirement: the time away owes nothing. */
  revive(at: Micros): void {
    this.state.now = Math.max(this.state.now, at);
  }

  /** Whether a source that has given records is silent or down. */
  isSilent(source: string, now: Micros): boolean {
    const view = this.views.get(source);
    return view !== undefined && view.session !== '' && aliveGate(view, this.#rules, now) !== '';
  }

  #enlist(): void {
    for (const view of this.views.values()) {
      view.member = undefined;
      view.reason = 'no-observation';
    }
    this.#members = this.#rules.members.map((member) => {
      let view = this.views.get(member.source);
      if (view === undefined) {
        view = new SourceView(member.source, this.#sessions.signsOf(member.source));
        this.views.set(member.source, view);
      }
      view.member = member;
      return view;
    });
  }

  #evaluate(): void {
    const { now } = this.state;
    const limit = this.#rules.kind === 'trades' ? this.pace.maximumAge(now, this.#rules) : 0;
    this.#fused = fuse(this.#members, this.#rules, limit, now);
    this.state.value = this.#fused.value;
  }

  #look(trigger: Micros | null, emit: EmitConsensus): void {
    this.#evaluate();
    const why = this.#wanted();
    if (why === null) return;
    const { now, published } = this.state;
    const { slot } = this.#rules;
    if (published === null || Math.floor(now / slot) > Math.floor(published.at / slot)) {
      this.#publish(why, trigger, emit);
      return;
    }
    this.state.pendingAt = nextMultiple(now, slot);
    if (trigger !== null) this.state.pendingTrigger = trigger;
  }

  #boundary(emit: EmitConsensus): void {
    const trigger = this.state.pendingTrigger;
    this.#evaluate();
    const why = this.#wanted();
    if (why === null) this.#settle();
    else this.#publish(why, trigger, emit);
  }

  #heartbeat(emit: EmitConsensus): void {
    const trigger = this.state.pendingTrigger;
    this.#evaluate();
    const why = this.#wanted();
    this.#publish(why ?? 'HEARTBEAT', why === null ? null : trigger, emit);
  }

  #settle(): void {
    this.state.pendingAt = null;
    this.state.pendingTrigger = null;
  }

  /** Why the current evaluation is news to those who saw the last published record. */
  #wanted(): Emission | null {
    const { published } = this.state;
    const { status, value, confidence } = this.#fused;
    if (published === null || status !== published.status || this.#rules.method !== published.method)
      return 'STATUS';
    for (const view of this.views.values()) if (view.included !== view.published) return 'MEMBERSHIP';
    if (value === null || confidence === null || published.value === null) return null;
    const move = absolute(value - published.value);
    if (move === 0n || move * 4n < confidence) return null;
    return move >= bpsOf(published.value, this.#rules.moveBps) ? 'MOVE' : null;
  }

  #publish(emission: Emission, triggerReceiveTime: Micros | null, emit: EmitConsensus): void {
    const { state, sums } = this;
    const { now } = state;
    const rules = this.#rules;
    const fused = this.#fused;
    this.#settle();
    this.#accrue(now);
    const good = goodValue(fused, this.#members, rules, now);
    if (good !== null) {
      sums.enter(good.value, good.confidence, publishedUnit(rules), now, rules.averageHalfLife);
      state.good = good;
    }
    const sequence = (state.sequences.get(rules.method) ?? 0) + 1;
    state.sequences.set(rules.method, sequence);
    const { status, value, confidence } = fused;
    state.published = { at: now, method: rules.method, status, value, confidence };
    for (const view of this.views.values()) view.published = view.included;
    const build = rules.kind === 'trades' ? consensusTrade : consensusQuote;
    const members = this.#members;
    emit(
      build({ rules, members, fused, good: state.good, sums, sequence, now, emission, triggerReceiveTime }),
    );
  }

  /** What was published last held until now. */
  #accrue(now: Micros): void {
    const { published, good } = this.state;
    if (published === null || good === null) return;
    const elapsed = now - published.at;
    if (published.value === null || published.confidence === null) this.sums.lost(elapsed);
    else this.sums.held(published.value, published.confidence, elapsed);
  }
}

function nextMultiple(at: Micros, length: Micros): Micros {
  return (Math.floor(at / length) + 1) * length;
}

function drivesPace({ verdict, origin, action }: CleanTrade | CleanQuote): boolean {
  return verdict === 'VALID' && origin === 'LIVE' && action === 'NEW';
}
