import type { AvroTopic, RecordByTopic } from './records.generated.ts';
import type { RegisteredSchema } from './registry.ts';
import { resolve, Unresolvable } from './resolution.ts';
import { nodeOf, type SchemaNode } from './schema-nodes.ts';
import { essence, type Schema } from './schema.ts';
import { SCHEMAS } from './schemas.generated.ts';
import { READERS } from './wire.generated.ts';
import type { WireReader } from './wire-reader.ts';

/** How values of one schema id are read as one topic's records, or why they are not. */
export type Reading<V> =
  | { readonly ok: true; readonly read: (reader: WireReader) => V }
  | { readonly ok: false; readonly code: 'unknown-schema' | 'undecodable'; readonly message: string };

/** Schema ids held at most; when full, the one learnt first is forgotten and has to be learnt again. */
const LIMIT = 10_000;

/** Schemas by id, and for each topic how values written with them are read. */
export class Resolutions {
  readonly #schemas = new Map<number, RegisteredSchema | undefined>();
  readonly #readings = new Map<string, Reading<RecordByTopic[AvroTopic]>>();

  has(id: number): boolean {
    return this.#schemas.has(id);
  }

  /** `undefined` for an id that is known to be unknown. */
  add(id: number, schema: RegisteredSchema | undefined): void {
    for (const oldest of this.#schemas.keys()) {
      if (this.#schemas.size < LIMIT) break;
      this.#forget(oldest);
    }
    this.#schemas.set(id, schema);
  }

  #forget(id: number): void {
    this.#schemas.delete(id);
    for (const topic of Object.keys(SCHEMAS)) this.#readings.delete(`${topic}:${id}`);
  }

  reading<T extends AvroTopic>(topic: T, id: number): Reading<RecordByTopic[T]> {
    const key = `${topic}:${id}`;
    let reading = this.#readings.get(key);
    if (reading === undefined) {
      const schema = this.#schemas.get(id);
      if (schema === undefined) {
        return { ok: false, code: 'unknown-schema', message: `The schema registry has no schema ${id}` };
      }
      reading = readingOf(topic, id, schema);
      this.#readings.set(key, reading);
    }
    return reading as Reading<RecordByTopic[T]>;
  }
}

function readingOf(
  topic: AvroTopic,
  id: number,
  registered: RegisteredSchema,
): Reading<RecordByTopic[AvroTopic]> {
  if (registered.schemaType !== 'AVRO')
    return undecodable(`Schema ${id} is ${registered.schemaType}, not AVRO`);
  const reader = JSON.parse(SCHEMAS[topic]) as Schema;
  let writer: SchemaNode;
  try {
    const schema = JSON.parse(registered.schema) as Schema;
    if (essence(schema) === essence(reader)) return { ok: true, read: READERS[topic] };
    writer = nodeOf(schema);
  } catch {
    return undecodable(`Schema ${id} is not Avro`);
  }
  try {
    const read = resolve(writer, nodeOf(reader));
    return { ok: true, read: read as (reader: WireReader) => RecordByTopic[AvroTopic] };
  } catch (error) {
    if (!(error instanceof Unresolvable)) throw error;
    return undecodable(`Schema ${id} cannot be read as ${topic}: ${error.message}`);
  }
}

function undecodable(message: string): Reading<never> {
  return { ok: false, code: 'undecodable', message };
}
