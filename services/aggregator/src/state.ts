import {
  ConfigurationError,
  readSnapshot,
  Sessions,
  SnapshotError,
  snapshotText,
  type TickKind,
} from '@concord/fusion';
import type { Micros } from '@concord/model';
import type { InstrumentDefinition } from '@concord/runtime';
import { z } from 'zod';
import { readConfiguration, type Configuration } from './configuration.ts';
import { AggregatedInstrument, type Outlet } from './instrument.ts';

/** Key of what is kept once for the partition; instruments stand under `i:<id>`. */
const PARTITION = 'partition';
const INSTRUMENT = 'i:';

const sign = z.object({ aliveAt: z.int().nullable(), heardAt: z.int(), down: z.boolean() });
const partitionShape = z.object({
  v: z.literal(1),
  markerTime: z.int(),
  sessions: z.array(z.tuple([z.string(), z.string(), sign])),
  configuration: z.object({ version: z.int(), digest: z.string(), content: z.unknown() }).nullable(),
});

/**
 * State of one partition: log time of its markers, sessions, the configuration in force and the instruments it defines. Instruments
 * that a configuration no longer names are kept as text, for their sequences to go on should they come back.
 */
export class AggregatorState {
  readonly sessions = new Sessions();
  readonly instruments = new Map<string, AggregatedInstrument>();
  markerTime: Micros = 0;
  configuration: Configuration | null = null;
  readonly #kind: TickKind;
  readonly #retired = new Map<string, string>();
  /** Snapshot texts that wait for the partition's entry. */
  readonly #waiting = new Map<string, string>();
  readonly #changed = new Set<string>();
  #ordered: readonly (readonly [string, AggregatedInstrument])[] | null = null;

  constructor(kind: TickKind) {
    this.#kind = kind;
  }

  touchedInstrument(id: string): void {
    this.#changed.add(id);
  }

  /** In the order of the configuration: that of a map would depend on when each came, and outputs must not. */
  inOrder(): readonly (readonly [id: string, instrument: AggregatedInstrument])[] {
    if (this.#ordered !== null) return this.#ordered;
    this.#ordered = (this.configuration?.content.instruments ?? []).flatMap(({ id }) => {
      const instrument = this.instruments.get(id);
      return instrument === undefined ? [] : [[id, instrument] as const];
    });
    return this.#ordered;
  }

  /** A marker lets the log time of every instrument pass. */
  touchedAll(): void {
    this.#changed.add(PARTITION);
    for (const id of this.instruments.keys()) this.#changed.add(id);
  }

  /** Puts a configuration in force at the present log time of the markers. */
  configure(configuration: Configuration, outlet: Outlet): void {
    const restart = this.configuration?.content.rules !== configuration.content.rules;
    const former = this.inOrder();
    this.configuration = configuration;
    const defined = new Set(configuration.content.instruments.map(({ id }) => id));
    for (const [id, instrument] of former) {
      if (defined.has(id)) continue;
      instrument.retire(configuration.version, outlet);
      this.#retired.set(id, instrument.snapshot());
      this.instruments.delete(id);
    }
    for (const definition of configuration.content.instruments) {
      this.#obtain(definition, configuration).configure(
        this.#kind,
        definition,
        configuration,
        restart,
        outlet,
      );
    }
    this.#ordered = null;
    this.touchedAll();
  }

  #obtain(definition: InstrumentDefinition, configuration: Configuration): AggregatedInstrument {
    const { id } = definition;
    let instrument = this.instruments.get(id);
    if (instrument !== undefined) return instrument;
    const retired = this.#retired.get(id);
    if (retired === undefined) {
      instrument = AggregatedInstrument.create(
        this.#kind,
        definition,
        configuration,
        this.sessions,
        this.markerTime,
      );
    } else {
      instrument = this.#revive(definition, configuration, retired);
      instrument.revive(this.markerTime);
      this.#retired.delete(id);
    }
    this.instruments.set(id, instrument);
    return instrument;
  }

  #revive(
    definition: InstrumentDefinition,
    configuration: Configuration,
    text: string,
  ): AggregatedInstrument {
    const key = INSTRUMENT + definition.id;
    return AggregatedInstrument.restore(key, text, this.#kind, definition, configuration, this.sessions);
  }

  *changes(): Iterable<readonly [string, Buffer]> {
    for (const id of this.#changed) yield this.#entry(id);
    this.#changed.clear();
  }

  *entries(): Iterable<readonly [string, Buffer]> {
    yield this.#entry(PARTITION);
    for (const id of this.instruments.keys()) yield this.#entry(id);
    for (const id of this.#retired.keys()) yield this.#entry(id);
  }

  #entry(id: string): readonly [string, Buffer] {
    if (id === PARTITION) return [PARTITION, Buffer.from(this.#partition())];
    const text = this.instruments.get(id)?.snapshot() ?? this.#retired.get(id) ?? '';
    return [INSTRUMENT + id, Buffer.from(text)];
  }

  #partition(): string {
    const { markerTime, configuration } = this;
    return snapshotText({ v: 1, markerTime, sessions: [...this.sessions.entries()], configuration });
  }

  /** Entries may come in any order. Throws `SnapshotError` when one cannot be read. */
  restore(key: string, value: Buffer): void {
    const text = value.toString();
    if (key === PARTITION) return this.#restorePartition(text);
    if (!key.startsWith(INSTRUMENT)) throw new SnapshotError(key, 'its key is unknown');
    const id = key.slice(INSTRUMENT.length);
    AggregatedInstrument.check(key, text);
    if (this.configuration === null) this.#waiting.set(id, text);
    else this.#restoreInstrument(id, text, this.configuration);
  }

  #restorePartition(text: string): void {
    const { markerTime, sessions, configuration } = readSnapshot(PARTITION, text, partitionShape);
    this.markerTime = markerTime;
    for (const [source, session, given] of sessions) this.sessions.restore(source, session, given);
    if (configuration === null) return;
    const read = readConfiguration(configuration);
    if (!read.ok)
      throw new ConfigurationError(`The snapshot's configuration cannot be read: ${read.message}`);
    this.configuration = read.value;
    for (const [id, waiting] of this.#waiting) this.#restoreInstrument(id, waiting, this.configuration);
    this.#waiting.clear();
  }

  #restoreInstrument(id: string, text: string, configuration: Configuration): void {
    const definition = configuration.content.instruments.find((candidate) => candidate.id === id);
    if (definition === undefined) this.#retired.set(id, text);
    else this.instruments.set(id, this.#revive(definition, configuration, text));
    this.#ordered = null;
  }
}
