import type { AvroTopic, RecordByTopic } from './records.generated.ts';
import { EncodeError } from './errors.ts';
import { findFault } from './faults.ts';
import type { RegisteredSchema } from './registry.ts';
import { Resolutions, type Reading } from './resolutions.ts';
import type { Schema } from './schema.ts';
import { SCHEMAS } from './schemas.generated.ts';
import { READERS, WRITERS } from './wire.generated.ts';
import { Malformed, WireReader } from './wire-reader.ts';
import { WireWriter } from './wire-writer.ts';

export const AVRO_TOPICS = Object.keys(SCHEMAS) as AvroTopic[];

/** Magic byte and schema id. */
const HEADER_BYTES = 5;

/**
 * `not-avro`: no Confluent wire format; `unknown-schema`: the id is not one of the schemas registered for the topic, or it was not
 * looked up (`prepare`); `undecodable`: the bytes are not what the schema says, or the schema cannot be read as the topic's.
 */
export type DecodeCode = 'not-avro' | 'unknown-schema' | 'undecodable';

export type DecodeResult<T> =
  | { readonly ok: true; readonly value: T; readonly schemaId: number }
  | { readonly ok: false; readonly code: DecodeCode; readonly message: string; readonly schemaId?: number };

/** What the codec asks when it meets a schema id it does not know. */
export interface SchemaSource {
  /** Resolves with the schemas of those `ids` that are registered for the topic by now, for a price that does not grow with their number. */
  lookUp(
    ids: readonly number[],
    topic: AvroTopic,
    signal?: AbortSignal,
  ): Promise<ReadonlyMap<number, RegisteredSchema>>;
}

/** A record as far as its schema is concerned; `topic` without prefix. */
export interface Prepared {
  readonly topic: string;
  readonly value: Buffer | null;
}

/** Ids remembered as registered for no topic; when full, the one missed first is looked up again. */
const MISSED_MAX = 1_000;

/**
 * Encodes and decodes the records of every topic in Confluent's wire format, synchronously: schema ids are learnt beforehand.
 * Topics are named without prefix.
 */
export class Codec {
  readonly #ids: ReadonlyMap<AvroTopic, number>;
  readonly #source: SchemaSource | undefined;
  readonly #resolutions: Resolutions;
  /** For `needs` alone: it never decides how a value is read. */
  readonly #missed = new Set<number>();
  readonly #writer = new WireWriter();
  readonly #reader = new WireReader();

  /** `ids` holds the schema id of every topic; without a `source` no other id is ever learnt. */
  constructor(ids: ReadonlyMap<AvroTopic, number>, source?: SchemaSource) {
    this.#ids = ids;
    this.#source = source;
    this.#resolutions = new Resolutions();
    for (const [topic, id] of ids)
      this.#resolutions.add(topic, id, { schema: SCHEMAS[topic], schemaType: 'AVRO' });
  }

  /** Schema id that `encode` writes for a topic. */
  idOf(topic: AvroTopic): number {
    const id = this.#ids.get(topic);
    if (id === undefined) throw new RangeError(`No schema id was given for topic ${topic}`);
    return id;
  }

  /**
   * The record's value for Kafka. The result shares memory with others but is never written again. A text's lone surrogate
   * becomes U+FFFD, since UTF-8 has none. Throws `EncodeError` (fate `quarantine`) naming the field that does not fit.
   */
  encode<T extends AvroTopic>(topic: T, record: RecordByTopic[T]): Buffer {
    const writer = this.#writer;
    writer.begin(this.idOf(topic));
    try {
      WRITERS[topic](writer, record);
    } catch (cause) {
      const fault = findFault(JSON.parse(SCHEMAS[topic]) as Schema, record);
      if (fault === undefined) throw cause;
      throw new EncodeError(topic, fault.path || 'the record', fault.expected, fault.found, { cause });
    }
    return writer.finish();
  }

  /** Bad data is a result. A writer's other version of the schema is read as this program's, by Avro's rules. */
  decode<T extends AvroTopic>(topic: T, value: Buffer | null): DecodeResult<RecordByTopic[T]> {
    if (value === null || value.length < HEADER_BYTES || value[0] !== 0) {
      return { ok: false, code: 'not-avro', message: describeForeign(value) };
    }
    const schemaId = value.readInt32BE(1);
    if (schemaId === this.#ids.get(topic)) return this.#read(READERS[topic], value, schemaId);
    const reading: Reading<RecordByTopic[T]> = this.#resolutions.reading(topic, schemaId);
    if (!reading.ok) return { ok: false, code: reading.code, message: reading.message, schemaId };
    return this.#read(reading.read, value, schemaId);
  }

  #read<V>(read: (reader: WireReader) => V, bytes: Buffer, schemaId: number): DecodeResult<V> {
    const reader = this.#reader;
    try {
      reader.begin(bytes, HEADER_BYTES);
      const value = read(reader);
      reader.finish();
      return { ok: true, value, schemaId };
    } catch (error) {
      reader.release();
      // A RangeError is the stack's end in a recursive schema of someone else's.
      if (!(error instanceof Malformed || error instanceof RangeError)) throw error;
      return { ok: false, code: 'undecodable', message: error.message, schemaId };
    }
  }

  /**
   * Looks up what the records' own topics need before `decode`. Resolves when every id is known or the registry, asked after the
   * record was there, does not hold it for the topic: ids grow by one, so what it does not hold today may be a sound record's
   * tomorrow, and nothing is remembered as unknown. Waits and throws like `learn`.
   */
  async prepare(records: Iterable<Prepared>, signal?: AbortSignal): Promise<void> {
    const wanted = new Map<AvroTopic, Set<number>>();
    for (const { topic, value } of records) {
      const id = idIn(value);
      if (id === undefined || !isAvroTopic(topic) || id === this.#ids.get(topic)) continue;
      if (this.#resolutions.has(topic, id)) continue;
      const ids = wanted.get(topic);
      if (ids === undefined) wanted.set(topic, new Set([id]));
      else ids.add(id);
    }
    await Promise.all([...wanted].map(([topic, ids]) => this.#lookUp(topic, [...ids], signal)));
  }

  /**
   * The value's schema id when `learn` may make it known; `undefined` when there is nothing to learn, or there was not when it was
   * asked last. For topics whose newest record counts and is read as soon as it can be.
   */
  needs(value: Buffer | null): number | undefined {
    const id = idIn(value);
    return id === undefined || this.#isKnown(id) || this.#missed.has(id) ? undefined : id;
  }

  /**
   * Looks the ids up for every topic. Resolves when each is known or known to be unknown; waits while the registry is away, until
   * `signal` aborts, which rejects with its reason. Throws `RegistryError` when the registry refuses.
   */
  async learn(ids: Iterable<number>, signal?: AbortSignal): Promise<void> {
    const wanted = [...new Set(ids)].filter((id) => !this.#isKnown(id));
    if (wanted.length === 0) return;
    for (const topic of AVRO_TOPICS) await this.#lookUp(topic, wanted, signal);
    for (const id of wanted) if (!this.#isKnown(id)) this.#miss(id);
  }

  async #lookUp(topic: AvroTopic, ids: readonly number[], signal: AbortSignal | undefined): Promise<void> {
    const found = await this.#source?.lookUp(ids, topic, signal);
    for (const [id, schema] of found ?? []) {
      this.#resolutions.add(topic, id, schema);
      this.#missed.delete(id);
    }
  }

  #isKnown(id: number): boolean {
    return AVRO_TOPICS.some((topic) => this.#resolutions.has(topic, id));
  }

  #miss(id: number): void {
    const [oldest] = this.#missed;
    if (this.#missed.size >= MISSED_MAX && oldest !== undefined) this.#missed.delete(oldest);
    this.#missed.add(id);
  }
}

/** The schema id that a value claims; none when it has no header, or a negative one, which no registry gives. */
function idIn(value: Buffer | null): number | undefined {
  if (value === null || value.length < HEADER_BYTES || value[0] !== 0) return undefined;
  const id = value.readInt32BE(1);
  return id < 0 ? undefined : id;
}

function isAvroTopic(topic: string): topic is AvroTopic {
  return Object.hasOwn(SCHEMAS, topic);
}

function describeForeign(value: Buffer | null): string {
  if (value === null) return 'The value is null';
  if (value.length < HEADER_BYTES)
    return `The value has ${value.length} bytes, fewer than magic byte and schema id`;
  return `The value begins with byte ${value[0]}, not with magic byte 0`;
}

/**
 * A codec without a registry, for tests and tools: topics are numbered from `firstId` in `AVRO_TOPICS`' order and every other id
 * is unknown.
 */
export function numberedCodec(firstId = 1): Codec {
  return new Codec(new Map(AVRO_TOPICS.map((topic, index) => [topic, firstId + index])));
}
