/** Avro schemas as JSON, of which Concord's own use a part (records, enums, arrays, nullable unions, two logical types). */
export type Schema = string | readonly Schema[] | SchemaObject;

export interface SchemaField {
  readonly name: string;
  readonly aliases?: readonly string[];
  readonly type: Schema;
  readonly default?: unknown;
}

export interface SchemaObject {
  readonly type: Schema;
  readonly name?: string;
  readonly namespace?: string;
  readonly aliases?: readonly string[];
  readonly fields?: readonly SchemaField[];
  readonly symbols?: readonly string[];
  readonly default?: unknown;
  readonly items?: Schema;
  readonly values?: Schema;
  readonly size?: number;
  readonly logicalType?: string;
  readonly precision?: number;
  readonly scale?: number;
}

export function isUnion(schema: Schema): schema is readonly Schema[] {
  return Array.isArray(schema);
}

/** Records and enums by name, wherever in the schema they are declared. */
export function namedTypes(
  schema: Schema,
  found = new Map<string, SchemaObject>(),
): Map<string, SchemaObject> {
  if (typeof schema === 'string') return found;
  if (isUnion(schema)) {
    for (const branch of schema) namedTypes(branch, found);
    return found;
  }
  if (schema.name !== undefined) found.set(schema.name, schema);
  for (const field of schema.fields ?? []) namedTypes(field.type, found);
  return schema.items === undefined ? found : namedTypes(schema.items, found);
}

/** The schema without what does not change how bytes are read: docs and the order of its JSON keys. */
export function essence(schema: Schema): string {
  return JSON.stringify(schema, (key, value: unknown) => {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
    const entries = Object.entries(value).filter(([name]) => name !== 'doc' || key === 'default');
    return Object.fromEntries(entries.sort(([a], [b]) => (a < b ? -1 : 1)));
  });
}
