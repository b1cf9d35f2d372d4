import { isUnion, type Schema, type SchemaField, type SchemaObject } from './schema.ts';

/** A schema with its names resolved; a recursive record leads back to itself. */
export type SchemaNode = PrimitiveNode | EnumNode | FixedNode | RecordNode | ArrayNode | MapNode | UnionNode;

const PRIMITIVES = ['null', 'boolean', 'int', 'long', 'float', 'double', 'string', 'bytes'] as const;
type Primitive = (typeof PRIMITIVES)[number];

interface PrimitiveNode {
  readonly kind: Primitive;
  /** Meaning beyond the primitive (`decimal` with its scale, `timestamp-micros`), empty for none. */
  readonly logical: string;
}

export interface EnumNode {
  readonly kind: 'enum';
  readonly names: readonly string[];
  readonly symbols: readonly string[];
  readonly fallback: string | undefined;
}

interface FixedNode {
  readonly kind: 'fixed';
  readonly names: readonly string[];
  readonly size: number;
}

export interface FieldNode {
  readonly names: readonly string[];
  readonly node: SchemaNode;
  /** The default as the schema's JSON has it, `undefined` for none. */
  readonly fallback: unknown;
}

export interface RecordNode {
  readonly kind: 'record';
  readonly names: readonly string[];
  readonly fields: FieldNode[];
}

export interface ArrayNode {
  readonly kind: 'array';
  readonly items: SchemaNode;
}

interface MapNode {
  readonly kind: 'map';
  readonly values: SchemaNode;
}

interface UnionNode {
  readonly kind: 'union';
  readonly branches: readonly SchemaNode[];
}

/** The text is no Avro schema. */
export class InvalidSchema extends Error {}

/** Resolves the names in a schema. `names` holds a type's own name first and then its aliases, all without namespace. */
export function nodeOf(schema: Schema): SchemaNode {
  return new NodeBuilder().build(schema, '');
}

class NodeBuilder {
  readonly #named = new Map<string, SchemaNode>();

  build(schema: Schema, namespace: string): SchemaNode {
    if (typeof schema === 'string') return this.#reference(schema, namespace);
    if (isUnion(schema))
      return { kind: 'union', branches: schema.map((branch) => this.build(branch, namespace)) };
    if (typeof schema !== 'object' || schema === null)
      throw new InvalidSchema(`no schema: ${JSON.stringify(schema)}`);
    switch (schema.type) {
      case 'record':
      case 'error':
        return this.#record(schema, namespace);
      case 'enum':
        return this.#declare(schema, namespace, {
          kind: 'enum',
          names: namesOf(schema),
          symbols: schema.symbols ?? [],
          fallback: typeof schema.default === 'string' ? schema.default : undefined,
        });
      case 'fixed':
        return this.#declare(schema, namespace, {
          kind: 'fixed',
          names: namesOf(schema),
          size: schema.size ?? 0,
        });
      case 'array':
        return { kind: 'array', items: this.build(schema.items ?? '', namespace) };
      case 'map':
        return { kind: 'map', values: this.build(schema.values ?? '', namespace) };
      default:
        return this.#annotated(schema, namespace);
    }
  }

  #reference(name: string, namespace: string): SchemaNode {
    const primitive = PRIMITIVES.find((known) => known === name);
    if (primitive !== undefined) return { kind: primitive, logical: '' };
    const node = this.#named.get(qualified(name, namespace)) ?? this.#named.get(name);
    if (node === undefined) throw new InvalidSchema(`type ${JSON.stringify(name)} is not declared`);
    return node;
  }

  #annotated(schema: SchemaObject, namespace: string): SchemaNode {
    const node = this.build(schema.type, namespace);
    if (schema.logicalType === undefined || !('logical' in node)) return node;
    const scale = schema.logicalType === 'decimal' ? ` with scale ${schema.scale ?? 0}` : '';
    return { kind: node.kind, logical: `${schema.logicalType}${scale}` };
  }

  #record(schema: SchemaObject, namespace: string): SchemaNode {
    const fields: FieldNode[] = [];
    const node: RecordNode = { kind: 'record', names: namesOf(schema), fields };
    this.#declare(schema, namespace, node);
    const inner = namespaceOf(schema, namespace);
    for (const field of schema.fields ?? []) fields.push(this.#field(field, inner));
    return node;
  }

  #field(field: SchemaField, namespace: string): FieldNode {
    return {
      names: [field.name, ...(field.aliases ?? [])],
      node: this.build(field.type, namespace),
      fallback: field.default,
    };
  }

  #declare(schema: SchemaObject, namespace: string, node: SchemaNode): SchemaNode {
    if (typeof schema.name !== 'string') throw new InvalidSchema('a named type without a name');
    this.#named.set(qualified(unqualified(schema.name), namespaceOf(schema, namespace)), node);
    return node;
  }
}

function namesOf(schema: SchemaObject): string[] {
  return [schema.name ?? '', ...(schema.aliases ?? [])].map(unqualified);
}

function namespaceOf(schema: SchemaObject, enclosing: string): string {
  const name = schema.name ?? '';
  return name.includes('.') ? name.slice(0, name.lastIndexOf('.')) : (schema.namespace ?? enclosing);
}

function qualified(name: string, namespace: string): string {
  return name.includes('.') || namespace === '' ? name : `${namespace}.${name}`;
}

function unqualified(name: string): string {
  return name.slice(name.lastIndexOf('.') + 1);
}
