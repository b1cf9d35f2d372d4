import type { ConsensusBar, GapMarker, RecordByTopic, RepairMarker } from '@concord/codec';
import {
  compileRules,
  compileTapeRules,
  consensusFromSnapshot,
  consensusSnapshot,
  consensusToSnapshot,
  InstrumentConsensus,
  readSnapshot,
  snapshotText,
  Tape,
  tapeFromSnapshot,
  tapeSnapshot,
  tapeToSnapshot,
  type ConsensusRecord,
  type Sessions,
  type Taken,
  type TickKind,
} from '@concord/fusion';
import type { Micros } from '@concord/model';
import type { InstrumentDefinition } from '@concord/runtime';
import { z } from 'zod';
import type { Configuration } from './configuration.ts';

/** Where an instrument's results go. */
export interface Outlet {
  readonly consensus: (record: ConsensusRecord) => void;
  readonly bar: (record: ConsensusBar) => void;
}

const snapshotShape = z.object({
  v: z.literal(1),
  consensus: consensusSnapshot,
  tape: tapeSnapshot.nullable(),
});

/** Everything that one instrument's records of one kind make: its consensus and, from trades, its tape bars. */
export class AggregatedInstrument {
  readonly #consensus: InstrumentConsensus;
  readonly #tape: Tape | null;

  private constructor(consensus: InstrumentConsensus, tape: Tape | null) {
    this.#consensus = consensus;
    this.#tape = tape;
  }

  static create(
    kind: TickKind,
    definition: InstrumentDefinition,
    configuration: Configuration,
    sessions: Sessions,
    at: Micros,
  ): AggregatedInstrument {
    const { content, version } = configuration;
    const consensus = new InstrumentConsensus(compileRules(content, kind, definition, version), sessions, at);
    if (kind !== 'trades') return new AggregatedInstrument(consensus, null);
    const rules = compileTapeRules(content, definition, version);
    return new AggregatedInstrument(
      consensus,
      new Tape(rules, (source, now) => consensus.isSilent(source, now), at),
    );
  }

  /** Throws `SnapshotError` when the text is not what `snapshot` wrote. */
  static restore(
    key: string,
    text: string,
    kind: TickKind,
    definition: InstrumentDefinition,
    configuration: Configuration,
    sessions: Sessions,
  ): AggregatedInstrument {
    const { content, version } = configuration;
    const snapshot = readSnapshot(key, text, snapshotShape);
    const rules = compileRules(content, kind, definition, version);
    const consensus = consensusFromSnapshot(snapshot.consensus, rules, sessions);
    if (snapshot.tape === null) return new AggregatedInstrument(consensus, null);
    const tapeRules = compileTapeRules(content, definition, version);
    const isSilent = (source: string, now: Micros): boolean => consensus.isSilent(source, now);
    return new AggregatedInstrument(consensus, tapeFromSnapshot(snapshot.tape, tapeRules, isSilent));
  }

  /** Refuses what `restore` would refuse, without making anything of it. */
  static check(key: string, text: string): void {
    readSnapshot(key, text, snapshotShape);
  }

  snapshot(): string {
    return snapshotText({
      v: 1,
      consensus: consensusToSnapshot(this.#consensus),
      tape: this.#tape === null ? null : tapeToSnapshot(this.#tape),
    });
  }

  advance(to: Micros, outlet: Outlet): void {
    this.#consensus.advance(to, outlet.consensus);
    this.#tape?.advance(to, outlet.bar);
  }

  /** Returns what became of the trade in the tape. */
  takeTrade(record: RecordByTopic['clean.trades'], position: number, at: Micros, outlet: Outlet): Taken {
    this.#consensus.take(record, position, at, outlet.consensus);
    return this.#tape?.take(record, position, this.#consensus.state.now, outlet.bar) ?? 'passed-over';
  }

  takeQuote(record: RecordByTopic['clean.quotes'], position: number, at: Micros, outlet: Outlet): void {
    this.#consensus.take(record, position, at, outlet.consensus);
  }

  /** A session of this source gave a sign, good or bad. */
  heard(source: string, session: string, outlet: Outlet): void {
    if (this.#consensus.hears(source, session)) this.#consensus.touch(outlet.consensus);
    this.#tape?.noteSilence();
  }

  gap(marker: Omit<GapMarker, 'type'>): void {
    this.#tape?.gap(marker);
  }

  /** Trades were lost before Kafka: nobody knows which. */
  dropped(source: string, receiveTime: Micros): void {
    this.#tape?.gap({ source, firstId: null, lastId: null, receiveTime });
  }

  repair(marker: Omit<RepairMarker, 'type'>): void {
    if (marker.outcome === 'filled') this.#tape?.repair(marker);
  }

  /** `restart`: the rules' code changed, so that windows begin anew. */
  configure(
    kind: TickKind,
    definition: InstrumentDefinition,
    configuration: Configuration,
    restart: boolean,
    outlet: Outlet,
  ): void {
    const { content, version } = configuration;
    this.#tape?.configure(compileTapeRules(content, definition, version));
    this.#consensus.configure(compileRules(content, kind, definition, version), restart, outlet.consensus);
  }

  retire(configVersion: number, outlet: Outlet): void {
    this.#consensus.retire(configVersion, outlet.consensus);
  }

  /** Back from retirement at this log time. */
  revive(at: Micros): void {
    this.#consensus.revive(at);
    this.#tape?.revive(at);
  }
}
