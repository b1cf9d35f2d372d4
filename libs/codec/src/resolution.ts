import type { ArrayNode, EnumNode, FieldNode, RecordNode, SchemaNode } from './schema-nodes.ts';
import { Malformed, type WireReader } from './wire-reader.ts';

export type Read = (reader: WireReader) => unknown;

/** The writer's schema cannot be read as the reader's. */
export class Unresolvable extends Error {}

/**
 * A function that reads values of the writer's schema as values of the reader's, by Avro 1.12's schema resolution: fields by
 * name, missing ones from the reader's defaults, unknown ones skipped, unknown enum symbols as the enum's default, int as long.
 * Stricter than Avro in one thing: logical types must be the same, so that a decimal is never read at another scale.
 * Throws `Unresolvable` naming the place.
 */
export function resolve(writer: SchemaNode, reader: SchemaNode): Read {
  return new Resolver().resolve(writer, reader, '');
}

class Resolver {
  readonly #records = new Map<RecordNode, Map<RecordNode, Read>>();

  resolve(writer: SchemaNode, reader: SchemaNode, path: string): Read {
    if (writer.kind === 'union') return this.#fromUnion(writer.branches, reader, path);
    if (reader.kind === 'union') return this.#toUnion(writer, reader.branches, path);
    if (writer.kind === 'record' && reader.kind === 'record') return this.#record(writer, reader, path);
    if (writer.kind === 'enum' && reader.kind === 'enum') return enumeration(writer, reader, path);
    if (writer.kind === 'array' && reader.kind === 'array') return this.#array(writer, reader, path);
    if ('logical' in writer && 'logical' in reader && writer.logical === reader.logical) {
      const read = PRIMITIVE_READS[`${writer.kind} ${reader.kind}`];
      if (read !== undefined) return reader.logical.startsWith('decimal') ? (r) => r.decimal() : read;
    }
    throw new Unresolvable(`${where(path)} is ${nameOf(writer)}, which cannot be read as ${nameOf(reader)}`);
  }

  #fromUnion(branches: readonly SchemaNode[], reader: SchemaNode, path: string): Read {
    const failures: Unresolvable[] = [];
    const reads = branches.map((branch): Read => {
      try {
        return this.resolve(branch, reader, path);
      } catch (error) {
        if (!(error instanceof Unresolvable)) throw error;
        failures.push(error);
        return () => {
          throw new Malformed(error.message);
        };
      }
    });
    const [first] = failures;
    if (first !== undefined && failures.length === branches.length) throw first;
    return (r) => (reads[r.index(reads.length)] as Read)(r);
  }

  /** The reader's first branch that fits. */
  #toUnion(writer: SchemaNode, branches: readonly SchemaNode[], path: string): Read {
    let failure = new Unresolvable(`${where(path)} has a union without branches`);
    for (const branch of branches) {
      try {
        return this.resolve(writer, branch, path);
      } catch (error) {
        if (!(error instanceof Unresolvable)) throw error;
        failure = error;
      }
    }
    throw failure;
  }

  #array(writer: ArrayNode, reader: ArrayNode, path: string): Read {
    const read = this.resolve(writer.items, reader.items, `${path}[]`);
    return (r) => {
      const items: unknown[] = [];
      for (let left = r.block(); left > 0; left = r.block()) {
        for (; left > 0; left--) items.push(read(r));
      }
      return items;
    };
  }

  #record(writer: RecordNode, reader: RecordNode, path: string): Read {
    const known = this.#records.get(writer)?.get(reader);
    if (known !== undefined) return known;
    const [name = ''] = writer.names;
    if (!reader.names.includes(name)) {
      throw new Unresolvable(`${where(path)} is a ${name}, which cannot be read as a ${reader.names[0]}`);
    }
    let read: Read = () => undefined;
    const again: Read = (r) => read(r);
    const readings = this.#records.get(writer) ?? new Map<RecordNode, Read>();
    this.#records.set(writer, readings.set(reader, again));
    read = this.#fields(writer, reader, path);
    return again;
  }

  #fields(writer: RecordNode, reader: RecordNode, path: string): Read {
    const given = new Set<FieldNode>();
    const steps = writer.fields.map(({ names, node }): [key: string | undefined, read: Read] => {
      const [name = ''] = names;
      const field = reader.fields.find((candidate) => candidate.names.includes(name));
      if (field === undefined) return [undefined, skipping(node)];
      given.add(field);
      return [field.names[0], this.resolve(node, field.node, path === '' ? name : `${path}.${name}`)];
    });
    const missing = reader.fields
      .filter((field) => !given.has(field))
      .map((field): [key: string, make: () => unknown] => [field.names[0] ?? '', fallbackOf(field, path)]);
    const blank = Object.fromEntries(reader.fields.map(({ names }) => [names[0] ?? '', undefined]));
    return (r) => {
      // A copy of one object with every field in the reader's order: all records of a topic have one shape, and a copy is quick.
      const record: Record<string, unknown> = { ...blank };
      for (const [key, make] of missing) record[key] = make();
      for (const [key, read] of steps) {
        const value = read(r);
        if (key !== undefined) record[key] = value;
      }
      return record;
    };
  }
}

const PRIMITIVE_READS: Record<string, Read> = {
  'null null': () => null,
  'boolean boolean': (r) => r.boolean(),
  'int int': (r) => r.int(),
  'int long': (r) => r.int(),
  'long long': (r) => r.long(),
  'string string': (r) => r.string(),
  'bytes string': (r) => r.string(),
  'bytes bytes': (r) => r.bytes(),
  'string bytes': (r) => r.bytes(),
};

function enumeration(writer: EnumNode, reader: EnumNode, path: string): Read {
  const [name = ''] = writer.names;
  if (!reader.names.includes(name)) {
    throw new Unresolvable(`${where(path)} is enum ${name}, which cannot be read as enum ${reader.names[0]}`);
  }
  const symbols = writer.symbols.map((symbol) =>
    reader.symbols.includes(symbol) ? symbol : reader.fallback,
  );
  return (r) => {
    const index = r.index(symbols.length);
    const symbol = symbols[index];
    if (symbol === undefined)
      throw new Malformed(`${name} ${writer.symbols[index]} is not known and has no default`);
    return symbol;
  };
}

function fallbackOf(field: FieldNode, path: string): () => unknown {
  const [name = ''] = field.names;
  const at = path === '' ? name : `${path}.${name}`;
  const { node, fallback } = field;
  if (fallback === undefined)
    throw new Unresolvable(`${at} is missing in the writer's schema and has no default`);
  valueOf(node, fallback, at);
  return () => valueOf(node, fallback, at);
}

/** A default's JSON as a value; a union's default is of its first branch. */
function valueOf(node: SchemaNode, json: unknown, path: string): unknown {
  if (node.kind === 'union') return valueOf(node.branches[0] ?? node, json, path);
  if (node.kind === 'array' && Array.isArray(json))
    return json.map((item) => valueOf(node.items, item, path));
  if (node.kind === 'bytes' && typeof json === 'string') return bytesValue(node.logical, json);
  if (node.kind === 'enum' || 'logical' in node) return json;
  throw new Unresolvable(`${path} has a default of type ${nameOf(node)}, which is not supported`);
}

/** In a schema's JSON each character up to U+00FF stands for one byte. */
function bytesValue(logical: string, json: string): Buffer | bigint {
  const bytes = Buffer.from(json, 'latin1');
  if (!logical.startsWith('decimal')) return bytes;
  return BigInt.asIntN(bytes.length * 8, BigInt(`0x0${bytes.toString('hex')}`));
}

function skipping(node: SchemaNode): Read {
  switch (node.kind) {
    case 'null':
      return () => undefined;
    case 'boolean':
      return (r) => r.boolean();
    case 'int':
    case 'long':
    case 'enum':
      return (r) => r.skipLong();
    case 'float':
      return (r) => r.skip(4);
    case 'double':
      return (r) => r.skip(8);
    case 'fixed':
      return (r) => r.skip(node.size);
    case 'string':
    case 'bytes':
      return (r) => r.skip(r.length());
    case 'union':
      return skippingUnion(node.branches);
    case 'record':
      return skippingRecord(node);
    case 'array':
      return skippingBlocks(skipping(node.items));
    case 'map':
      return skippingBlocks((r) => {
        r.skip(r.length());
        skipping(node.values)(r);
      });
  }
}

function skippingUnion(branches: readonly SchemaNode[]): Read {
  return (r) => skipping(branches[r.index(branches.length)] as SchemaNode)(r);
}

/** Made when it is used: a recursive record would never end. */
function skippingRecord(node: RecordNode): Read {
  return (r) => {
    for (const field of node.fields) skipping(field.node)(r);
  };
}

function skippingBlocks(skip: Read): Read {
  return (r) => {
    for (let left = r.block(); left > 0; left = r.block()) {
      for (; left > 0; left--) skip(r);
    }
  };
}

function where(path: string): string {
  return path === '' ? 'the record' : path;
}

function nameOf(node: SchemaNode): string {
  if ('names' in node) return `${node.kind} ${node.names[0]}`;
  return 'logical' in node && node.logical !== '' ? node.logical : node.kind;
}
