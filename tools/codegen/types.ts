/** Turns Avro schemas into TypeScript types. Pure: schema objects in, source text out. */

interface NamedType {
  name: string;
  doc?: string;
}

export interface AvroField {
  name: string;
  doc?: string;
  type: AvroSchema;
  default?: unknown;
}

export interface AvroRecord extends NamedType {
  type: 'record';
  namespace?: string;
  fields: AvroField[];
}

interface AvroEnum extends NamedType {
  type: 'enum';
  symbols: string[];
}

interface AvroArray {
  type: 'array';
  items: AvroSchema;
}

interface AvroLogical {
  type: 'bytes' | 'long';
  logicalType: string;
  precision?: number;
  scale?: number;
}

export type AvroSchema = string | AvroSchema[] | AvroRecord | AvroEnum | AvroArray | AvroLogical;

const PRIMITIVES: Record<string, string> = {
  null: 'null',
  boolean: 'boolean',
  int: 'number',
  long: 'number',
  string: 'string',
  bytes: 'Uint8Array',
};

const SCALES: Record<number, string> = { 12: 'Fixed', 18: 'Fixed18', 24: 'Fixed24' };

class Writer {
  readonly #declared = new Map<string, string>();

  get text(): string {
    return [...this.#declared.values()].join('\n');
  }

  #declare(name: string, body: string): string {
    const known = this.#declared.get(name);
    if (known !== undefined && known !== body) {
      throw new Error(`Type ${name} is declared twice and differently. Give one of the two another name.`);
    }
    this.#declared.set(name, body);
    return name;
  }

  typeOf(schema: AvroSchema): string {
    if (typeof schema === 'string') return PRIMITIVES[schema] ?? schema;
    if (Array.isArray(schema)) return schema.map((member) => this.typeOf(member)).join(' | ');
    if ('logicalType' in schema) return this.#logical(schema);
    if (schema.type === 'array') return `readonly ${parenthesised(this.typeOf(schema.items))}[]`;
    if (schema.type === 'enum') {
      return this.#declare(
        schema.name,
        `export type ${schema.name} = ${schema.symbols.map((s) => `'${s}'`).join(' | ')};\n`,
      );
    }
    return this.#record(schema);
  }

  #logical(schema: AvroLogical): string {
    if (schema.logicalType === 'timestamp-micros') return 'Micros';
    const name = schema.logicalType === 'decimal' ? SCALES[schema.scale ?? 0] : undefined;
    if (name === undefined)
      throw new Error(`Logical type ${JSON.stringify(schema)} has no TypeScript counterpart.`);
    return name;
  }

  #record(schema: AvroRecord): string {
    const fields = schema.fields.map((field) => {
      const doc = field.doc === undefined ? '' : `  /** ${field.doc} */\n`;
      return `${doc}  ${field.name}: ${this.typeOf(field.type)};\n`;
    });
    const doc = schema.doc === undefined ? '' : `/** ${schema.doc} */\n`;
    return this.#declare(schema.name, `${doc}export interface ${schema.name} {\n${fields.join('')}}\n`);
  }
}

function parenthesised(type: string): string {
  return type.includes(' ') ? `(${type})` : type;
}

/** Source of `records.generated.ts` for schemas given as topic → schema, in that order. */
export function generateTypes(schemas: ReadonlyMap<string, AvroRecord>): string {
  const writer = new Writer();
  const entries = [...schemas].map(([topic, schema]) => `  '${topic}': ${writer.typeOf(schema)};\n`);
  return [
    '// Generated from schemas/*.avsc by `npm run codegen`. Do not edit.\n',
    "import type { Fixed, Fixed18, Fixed24, Micros } from '@concord/model';\n\n",
    writer.text,
    '\n/** The record type of each topic that carries Avro values. */\n',
    `export interface RecordByTopic {\n${entries.join('')}}\n`,
    '\nexport type AvroTopic = keyof RecordByTopic;\n',
  ].join('');
}
