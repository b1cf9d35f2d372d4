import { MAX_UNSCALED } from '@concord/model';
import { isUnion, namedTypes, type Schema, type SchemaObject } from './schema.ts';

/** Where a value does not fit its schema. */
export interface Fault {
  readonly path: string;
  readonly expected: string;
  readonly found: string;
}

const INTEGERS: Record<string, [test: (value: unknown) => boolean, expected: string]> = {
  int: [(value) => typeof value === 'number' && (value | 0) === value, 'a 32-bit integer'],
  long: [(value) => Number.isSafeInteger(value), 'an integer within ±2^53'],
};

/** The first place, in field order, where `value` does not fit; `undefined` when all of it does. */
export function findFault(schema: Schema, value: unknown, path = ''): Fault | undefined {
  return new FaultFinder(namedTypes(schema)).find(schema, value, path);
}

class FaultFinder {
  readonly #named: ReadonlyMap<string, SchemaObject>;

  constructor(named: ReadonlyMap<string, SchemaObject>) {
    this.#named = named;
  }

  find(schema: Schema, value: unknown, path: string): Fault | undefined {
    if (isUnion(schema)) {
      const [, other = 'null'] = schema;
      const fault = value === null ? undefined : this.find(other, value, path);
      return fault === undefined || fault.path !== path
        ? fault
        : { ...fault, expected: `null or ${fault.expected}` };
    }
    if (typeof schema === 'string') {
      const named = this.#named.get(schema);
      return named === undefined ? primitive(schema, value, path) : this.find(named, value, path);
    }
    if (schema.logicalType === 'decimal') return decimal(schema, value, path);
    if (schema.type === 'enum') return enumeration(schema, value, path);
    if (schema.type === 'array') return this.#items(schema, value, path);
    if (schema.type === 'record') return this.#fields(schema, value, path);
    const fault = this.find(schema.type, value, path);
    return fault !== undefined && schema.logicalType === 'timestamp-micros'
      ? { ...fault, expected: 'a time in whole microseconds' }
      : fault;
  }

  #items(schema: SchemaObject, value: unknown, path: string): Fault | undefined {
    if (!Array.isArray(value)) return { path, expected: 'an array', found: describe(value) };
    for (const [index, item] of value.entries()) {
      const fault = this.find(schema.items ?? 'null', item, `${path}[${index}]`);
      if (fault !== undefined) return fault;
    }
    return undefined;
  }

  #fields(schema: SchemaObject, value: unknown, path: string): Fault | undefined {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) {
      return { path, expected: `a ${schema.name}`, found: describe(value) };
    }
    const record = value as Record<string, unknown>;
    for (const field of schema.fields ?? []) {
      const fault = this.find(
        field.type,
        record[field.name],
        path === '' ? field.name : `${path}.${field.name}`,
      );
      if (fault !== undefined) return fault;
    }
    return undefined;
  }
}

function primitive(type: string, value: unknown, path: string): Fault | undefined {
  const integer = INTEGERS[type];
  if (integer !== undefined)
    return integer[0](value) ? undefined : { path, expected: integer[1], found: describe(value) };
  if (type === 'bytes') {
    return value instanceof Uint8Array ? undefined : { path, expected: 'bytes', found: describe(value) };
  }
  return typeof value === type ? undefined : { path, expected: `a ${type}`, found: describe(value) };
}

function decimal(schema: SchemaObject, value: unknown, path: string): Fault | undefined {
  if (typeof value === 'bigint' && value <= MAX_UNSCALED && value >= -MAX_UNSCALED) return undefined;
  return {
    path,
    expected: `a bigint of at most 38 digits, in units of 10^-${schema.scale}`,
    found: describe(value),
  };
}

function enumeration(schema: SchemaObject, value: unknown, path: string): Fault | undefined {
  const symbols = schema.symbols ?? [];
  if (typeof value === 'string' && symbols.includes(value)) return undefined;
  return { path, expected: `one of ${symbols.join(' ')}`, found: describe(value) };
}

function describe(value: unknown): string {
  if (typeof value === 'string') return JSON.stringify(value.length > 60 ? `${value.slice(0, 60)}…` : value);
  if (typeof value === 'bigint') return `the bigint ${value.toString().slice(0, 60)}`;
  if (Array.isArray(value)) return 'an array';
  if (typeof value === 'object' && value !== null) return 'an object';
  return String(value);
}
