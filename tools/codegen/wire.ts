import type { AvroRecord, AvroSchema } from './types.ts';

/** Turns Avro schemas into functions that write and read them. Pure: schema objects in, source text out. */

/** One byte holds the doubled index of an enum or union. */
const INDICES_PER_BYTE = 64;

const METHODS: Record<string, string> = {
  boolean: 'boolean',
  int: 'int',
  long: 'long',
  string: 'string',
  bytes: 'bytes',
};
const LOGICAL: Record<string, string> = { decimal: 'decimal', 'timestamp-micros': 'long' };

class Emitter {
  readonly #functions = new Map<string, string>();
  readonly types = new Set<string>();

  get text(): string {
    return [...this.#functions.values()].join('\n');
  }

  #declare(name: string, make: () => string): void {
    if (this.#functions.has(name)) return;
    this.#functions.set(name, '');
    this.#functions.set(name, make());
  }

  /** A statement that writes `value`, an expression without side effects. */
  write(schema: AvroSchema, value: string, path: string): string {
    const method = methodOf(schema);
    if (method !== undefined) return `w.${method}(${value});`;
    if (Array.isArray(schema)) {
      const other = this.#nullable(schema, path);
      return `if (${value} === null) w.code(0);\n  else {\n    w.code(2);\n    ${this.write(other, value, path)}\n  }`;
    }
    return `write${this.#named(schema, path)}(w, ${value});`;
  }

  /** An expression that reads a value. */
  read(schema: AvroSchema, path: string): string {
    const method = methodOf(schema);
    if (method !== undefined) return `r.${method}()`;
    if (Array.isArray(schema)) return `r.present() ? ${this.read(this.#nullable(schema, path), path)} : null`;
    return `read${this.#named(schema, path)}(r)`;
  }

  #nullable(schema: AvroSchema[], path: string): AvroSchema {
    const [first, second, ...more] = schema;
    if (first !== 'null' || second === undefined || more.length > 0) {
      throw new Error(`${path}: a union must be of null and one other type, in this order.`);
    }
    return second;
  }

  /** Declares the functions of an enum, record or array and returns the end of their names. */
  #named(schema: AvroSchema, path: string): string {
    if (typeof schema === 'string') return schema;
    if (Array.isArray(schema) || 'logicalType' in schema)
      throw new Error(`${path}: ${JSON.stringify(schema)} is not supported.`);
    if (schema.type === 'array') return this.#array(schema.items, path);
    const { name } = schema;
    this.types.add(name);
    if (schema.type === 'enum') this.#declare(name, () => enumFunctions(name, schema.symbols, path));
    else this.#declare(name, () => this.#record(schema, path));
    return name;
  }

  #record(schema: AvroRecord, path: string): string {
    const writes = schema.fields.map(
      (field) => `  ${this.write(field.type, `v.${field.name}`, `${path}.${field.name}`)}\n`,
    );
    const reads = schema.fields.map(
      (field) => `    ${field.name}: ${this.read(field.type, `${path}.${field.name}`)},\n`,
    );
    return [
      `function write${schema.name}(w: WireWriter, v: ${schema.name}): void {\n${writes.join('')}}\n\n`,
      `function read${schema.name}(r: WireReader): ${schema.name} {\n  return {\n${reads.join('')}  };\n}\n`,
    ].join('');
  }

  #array(items: AvroSchema, path: string): string {
    const method = methodOf(items);
    const item = typeof items === 'string' ? (method ?? items) : nameOf(items, path);
    const name = `${item[0]?.toUpperCase()}${item.slice(1)}Items`;
    const type = method === undefined ? item : itemType(method, path);
    this.#declare(name, () =>
      [
        `function write${name}(w: WireWriter, v: readonly ${type}[]): void {\n`,
        `  if (!Array.isArray(v)) throw new Misfit();\n`,
        `  if (v.length > 0) w.long(v.length);\n`,
        `  for (const item of v) ${this.write(items, 'item', `${path}[]`)}\n  w.code(0);\n}\n\n`,
        `function read${name}(r: WireReader): ${type}[] {\n  const items: ${type}[] = [];\n`,
        `  for (let left = r.block(); left > 0; left = r.block()) {\n`,
        `    for (; left > 0; left--) items.push(${this.read(items, `${path}[]`)});\n  }\n  return items;\n}\n`,
      ].join(''),
    );
    return name;
  }
}

function methodOf(schema: AvroSchema): string | undefined {
  if (typeof schema === 'string') return METHODS[schema];
  if (Array.isArray(schema) || !('logicalType' in schema)) return undefined;
  return LOGICAL[schema.logicalType];
}

function nameOf(schema: AvroSchema, path: string): string {
  if (typeof schema === 'object' && 'name' in schema) return schema.name;
  throw new Error(`${path}: items must be a primitive, an enum or a record.`);
}

function itemType(method: string, path: string): string {
  const type = { boolean: 'boolean', int: 'number', long: 'number', string: 'string' }[method];
  if (type === undefined) throw new Error(`${path}: items of type ${method} are not supported.`);
  return type;
}

function enumFunctions(name: string, symbols: readonly string[], path: string): string {
  if (symbols.length > INDICES_PER_BYTE)
    throw new Error(`${path}: ${name} has more than ${INDICES_PER_BYTE} symbols.`);
  const writes = symbols.map(
    (symbol, index) => `    case '${symbol}':\n      return w.code(${index * 2});\n`,
  );
  const reads = symbols.map((symbol, index) => `    case ${index * 2}:\n      return '${symbol}';\n`);
  return [
    `function write${name}(w: WireWriter, v: ${name}): void {\n  switch (v) {\n${writes.join('')}`,
    `    default:\n      throw new Misfit();\n  }\n}\n\n`,
    `function read${name}(r: WireReader): ${name} {\n  switch (r.code()) {\n${reads.join('')}`,
    `    default:\n      throw new Malformed('${name} has an index that its schema does not have');\n  }\n}\n`,
  ].join('');
}

/** Source of `wire.generated.ts` for schemas given as topic → schema, in that order. */
export function generateWire(schemas: ReadonlyMap<string, AvroRecord>): string {
  const emitter = new Emitter();
  const writers: string[] = [];
  const readers: string[] = [];
  for (const [topic, schema] of schemas) {
    emitter.write(schema, 'v', topic);
    writers.push(`  '${topic}': write${schema.name},\n`);
    readers.push(`  '${topic}': read${schema.name},\n`);
  }
  const types = [...emitter.types].sort().map((type) => `  ${type},\n`);
  return [
    '// Generated from schemas/*.avsc by `npm run codegen`. Do not edit.\n',
    `import type {\n${types.join('')}  RecordByTopic,\n} from './records.generated.ts';\n`,
    "import { Malformed, type WireReader } from './wire-reader.ts';\n",
    "import { Misfit, type WireWriter } from './wire-writer.ts';\n\n",
    emitter.text,
    '\n/** Writes a record of the topic in the field order of its schema. */\n',
    'export const WRITERS: { readonly [T in keyof RecordByTopic]: (w: WireWriter, v: RecordByTopic[T]) => void } = {\n',
    `${writers.join('')}};\n`,
    '\n/** Reads a record of the topic that was written with the very same schema. */\n',
    'export const READERS: { readonly [T in keyof RecordByTopic]: (r: WireReader) => RecordByTopic[T] } = {\n',
    `${readers.join('')}};\n`,
  ].join('');
}

/** Source of `schemas.generated.ts`: the schemas as they are registered. */
export function generateSchemas(schemas: ReadonlyMap<string, AvroRecord>): string {
  const entries = [...schemas].map(
    ([topic, schema]) => `  '${topic}':\n    ${JSON.stringify(JSON.stringify(schema))},\n`,
  );
  return [
    '// Generated from schemas/*.avsc by `npm run codegen`. Do not edit.\n',
    "import type { AvroTopic } from './records.generated.ts';\n\n",
    '/** The Avro schema of each topic, as JSON text without white space. */\n',
    `export const SCHEMAS: { readonly [T in AvroTopic]: string } = {\n${entries.join('')}};\n`,
  ].join('');
}
