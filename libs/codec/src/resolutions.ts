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

/** Schemas held at most over all topics; when full, the one learnt first is forgotten and has to be learnt again. */
const LIMIT = 10_000;

interface Held {
  readonly topic: AvroTopic;
  readonly id: number;
  readonly schema: RegisteredSchema;
  /** Made when it is first needed. */
  reading?: Reading<RecordByTopic[AvroTopic]>;
}

/** The schemas registered for each topic by id, and how values written with them are read. */
export class Resolutions {
  readonly #held = new Map<string, Held>();

  has(topic: AvroTopic, id: number): boolean {
    return this.#held.has(`${topic}:${id}`);
  }

  add(topic: AvroTopic, id: number, schema: RegisteredSchema): void {
    for (const oldest of this.#held.keys()) {
      if (this.#held.size < LIMIT) break;
      this.#held.delete(oldest);
    }
    this.#held.set(`${topic}:${id}`, { topic, id, schema });
  }

  reading<T extends AvroTopic>(topic: T, id: number): Reading<RecordByTopic[T]> {
    const held = this.#held.get(`${topic}:${id}`);
    if (held === undefined) {
      const message = `Schema ${id} is not one of those registered for ${topic}`;
      return { ok: false, code: 'unknown-schema', message };
    }
    held.reading ??= readingOf(held);
    return held.reading as Reading<RecordByTopic[T]>;
  }
}

function readingOf({ topic, id, schema: registered }: Held): Reading<RecordByTopic[AvroTopic]> {
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
