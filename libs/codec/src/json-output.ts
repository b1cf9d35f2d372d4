import { formatFixed, formatMicros } from '@concord/model';
import type { AvroTopic, RecordByTopic } from './records.generated.ts';
import { isUnion, type Schema, type SchemaObject } from './schema.ts';
import { SCHEMAS } from './schemas.generated.ts';

export type Json = null | boolean | number | string | Json[] | { [key: string]: Json };

type Convert = (value: unknown) => Json;

const converters = new Map<AvroTopic, Convert>();

/**
 * A record as JSON for people and programs, fields in the schema's order: decimals as text at their exact value without trailing
 * zeros, times as RFC 3339 UTC with microseconds, bytes as base64.
 */
export function toJson<T extends AvroTopic>(topic: T, record: RecordByTopic[T]): Json {
  let convert = converters.get(topic);
  if (convert === undefined) {
    convert = converterOf(JSON.parse(SCHEMAS[topic]) as Schema, new Map());
    converters.set(topic, convert);
  }
  return convert(record);
}

function converterOf(schema: Schema, named: Map<string, Convert>): Convert {
  if (typeof schema === 'string') return named.get(schema) ?? (schema === 'bytes' ? base64 : plain);
  if (isUnion(schema)) {
    const convert = converterOf(schema[1] ?? 'null', named);
    return (value) => (value === null ? null : convert(value));
  }
  const convert = objectConverter(schema, named);
  if (schema.name !== undefined) named.set(schema.name, convert);
  return convert;
}

function objectConverter(schema: SchemaObject, named: Map<string, Convert>): Convert {
  if (schema.logicalType === 'decimal') return (value) => formatFixed(value as bigint, schema.scale);
  if (schema.logicalType === 'timestamp-micros') return (value) => formatMicros(value as number);
  if (schema.type === 'array') {
    const convert = converterOf(schema.items ?? 'null', named);
    return (value) => (value as unknown[]).map(convert);
  }
  if (schema.type !== 'record') return plain;
  const fields = (schema.fields ?? []).map(({ name, type }) => [name, converterOf(type, named)] as const);
  return (value) => {
    const record = value as Record<string, unknown>;
    return Object.fromEntries(fields.map(([name, convert]) => [name, convert(record[name])]));
  };
}

function plain(value: unknown): Json {
  return value as Json;
}

function base64(value: unknown): Json {
  const bytes = value as Uint8Array;
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('base64');
}
