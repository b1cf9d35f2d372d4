import { ConcordError, type Kind } from '@concord/model';
import { InstrumentMemory, instrumentSnapshot, sourceSnapshot, SourceRecord } from '@concord/quality';
import { z } from 'zod';
import { readConfiguration, type Configuration } from './configuration.ts';
import { MarkerMemory, markersSnapshot } from './marker-memory.ts';

/** Layout of the snapshot's entries; another one is refused. */
const FORMAT = 1;

const entrySchema = z.strictObject({ format: z.literal(FORMAT), state: z.unknown() });
const markerSchema = z.strictObject({ version: z.int(), digest: z.string(), content: z.unknown() });

const CONFIGURATION = 'configuration';
const MARKERS = 'markers';
const INSTRUMENT = 'instrument:';
const SOURCE = 'source:';

/** A source name holds no colon, an instrument id may. */
function sourceKey(source: string, instrument: string): string {
  return `${SOURCE}${source}:${instrument}`;
}

function bytes(state: unknown): Buffer {
  return Buffer.from(JSON.stringify({ format: FORMAT, state }));
}

/**
 * Everything a validator's fold holds between two records, and its snapshot: one entry for the configuration, one for markers, one for
 * each instrument and one for each source of it. Instruments that leave the configuration keep their memory, so that one that comes back finds what
 * was seen of it.
 */
export class ValidatorState {
  readonly #kind: Kind;
  #configuration: Configuration | undefined;
  #configurationDirty = false;
  markers = new MarkerMemory();
  readonly #instruments = new Map<string, InstrumentMemory>();

  constructor(kind: Kind) {
    this.#kind = kind;
  }

  get configuration(): Configuration | undefined {
    return this.#configuration;
  }

  configure(configuration: Configuration): void {
    this.#configuration = configuration;
    this.#configurationDirty = true;
  }

  instrument(id: string): InstrumentMemory {
    let instrument = this.#instruments.get(id);
    if (instrument === undefined) this.#instruments.set(id, (instrument = new InstrumentMemory()));
    return instrument;
  }

  /** The id when it is one of a defined instrument, else null. */
  definedInstrument(id: string): string | null {
    return this.#configuration?.instruments.has(id) === true ? id : null;
  }

  /** An instrument's source when both are defined; markers name others too. */
  known(instrument: string, source: string): SourceRecord | undefined {
    const rules = this.#configuration?.instruments.get(instrument);
    return rules?.listings.has(source) === true ? this.instrument(instrument).source(source) : undefined;
  }

  changes(): readonly (readonly [string, Buffer])[] {
    const changed = [...this.#write(false)];
    this.#configurationDirty = false;
    this.markers.dirty = false;
    for (const instrument of this.#instruments.values()) {
      instrument.dirty = false;
      for (const source of instrument.sources.values()) source.dirty = false;
    }
    return changed;
  }

  entries(): Generator<readonly [string, Buffer]> {
    return this.#write(true);
  }

  *#write(all: boolean): Generator<readonly [string, Buffer]> {
    if (this.#configuration !== undefined && (all || this.#configurationDirty)) {
      yield [CONFIGURATION, bytes(this.#configuration.marker)];
    }
    if (all || this.markers.dirty) yield [MARKERS, bytes(this.markers.toSnapshot())];
    for (const [id, instrument] of this.#instruments) {
      if (all || instrument.dirty) yield [INSTRUMENT + id, bytes(instrument.toSnapshot())];
      for (const [name, source] of instrument.sources) {
        if (all || source.dirty) yield [sourceKey(name, id), bytes(source.toSnapshot())];
      }
    }
  }

  /** Takes back one entry, in any order. Throws a fatal ConcordError `snapshot-unreadable`: a task never starts from less than it knew. */
  restore(key: string, value: Buffer): void {
    try {
      const { state } = entrySchema.parse(JSON.parse(value.toString()));
      this.#take(key, state);
    } catch (cause) {
      if (cause instanceof ConcordError) throw cause;
      throw new ConcordError(
        'snapshot-unreadable',
        'fatal',
        `Entry "${key}" of the validator's snapshot cannot be read. Run the version that wrote it, or start the stage anew from a checkpoint.`,
        { cause },
      );
    }
  }

  #take(key: string, state: unknown): void {
    if (key === CONFIGURATION) this.#takeConfiguration(state);
    else if (key === MARKERS) this.markers = new MarkerMemory(markersSnapshot.parse(state));
    else if (key.startsWith(INSTRUMENT)) this.#takeInstrument(key.slice(INSTRUMENT.length), state);
    else if (key.startsWith(SOURCE)) {
      const colon = key.indexOf(':', SOURCE.length);
      if (colon < 0) throw new TypeError(`key "${key}" names no instrument`);
      const source = new SourceRecord(sourceSnapshot.parse(state));
      source.dirty = false;
      this.instrument(key.slice(colon + 1)).sources.set(key.slice(SOURCE.length, colon), source);
    } else throw new TypeError(`key "${key}" is not known`);
  }

  #takeConfiguration(state: unknown): void {
    const read = readConfiguration(this.#kind, markerSchema.parse(state));
    if (!read.ok) throw new TypeError(read.message);
    this.#configuration = read.value;
  }

  #takeInstrument(id: string, state: unknown): void {
    const instrument = this.instrument(id);
    instrument.restore(instrumentSnapshot.parse(state));
    instrument.dirty = false;
  }
}
