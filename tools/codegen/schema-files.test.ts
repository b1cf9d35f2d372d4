import { describe, expect, it } from 'vitest';
import { outdatedFiles, readSchemas } from './schema-files.ts';
import { generateTypes, type AvroRecord, type AvroSchema } from './types.ts';
import { generateSchemas, generateWire } from './wire.ts';

/** Every record and enum in a schema with its path. */
function* namedTypes(schema: AvroSchema, path: string): Generator<[path: string, type: AvroSchema]> {
  if (typeof schema === 'string') return;
  if (Array.isArray(schema)) {
    for (const branch of schema) yield* namedTypes(branch, path);
  } else if (schema.type === 'array') yield* namedTypes(schema.items, `${path}[]`);
  else if (schema.type === 'enum') yield [path, schema];
  else if (schema.type === 'record') {
    yield [path, schema];
    for (const field of schema.fields) yield* namedTypes(field.type, `${path}.${field.name}`);
  }
}

const all = [...readSchemas()].flatMap(([topic, schema]) => [...namedTypes(schema, topic)]);

describe('the schemas', () => {
  it('are what the generated files were made from', () => {
    expect(outdatedFiles()).toEqual([]);
  });

  it('say of every field what it means', () => {
    const silent = all.flatMap(([path, type]) =>
      typeof type === 'object' && 'fields' in type
        ? type.fields
            .filter(({ doc }) => doc === undefined || doc.trim() === '')
            .map(({ name }) => `${path}.${name}`)
        : [],
    );
    expect(silent).toEqual([]);
  });

  it('give every enum a default, so that an older reader can take a newer symbol', () => {
    const bare = all.filter(
      ([, type]) => typeof type === 'object' && 'symbols' in type && !('default' in type),
    );
    expect(bare.map(([path]) => path)).toEqual([]);
  });

  it('have no default that a registry takes for something other than Avro', () => {
    // Apicurio 3.0.9 answers "Failed to discover artifact type from content" to a text default of two braces.
    const texts = [...readSchemas()].filter(([, schema]) => JSON.stringify(schema).includes('"{}"'));
    expect(texts.map(([topic]) => topic)).toEqual([]);
  });
});

describe('code generation', () => {
  const record = (type: AvroSchema): Map<string, AvroRecord> =>
    new Map([['t', { type: 'record', name: 'T', fields: [{ name: 'a', type }] }]]);

  it.each<[type: AvroSchema, message: RegExp]>([
    [['string', 'null'], /t\.a: a union must be of null and one other type, in this order/],
    [['null', 'string', 'int'], /t\.a: a union must be/],
    [
      { type: 'enum', name: 'E', symbols: Array.from({ length: 65 }, (_, n) => `S${n}`) },
      /t\.a: E has more than 64/,
    ],
    [{ type: 'array', items: 'bytes' }, /t\.a: items of type bytes are not supported/],
    [{ type: 'array', items: ['null', 'string'] }, /t\.a: items must be/],
    [{ type: 'long', logicalType: 'timestamp-millis' }, /timestamp-millis/],
  ])('refuses what it cannot express, naming the field: %#', (type, message) => {
    expect(() => generateWire(record(type))).toThrowError(message);
  });

  it('refuses a scale that has no type and a name with two meanings', () => {
    expect(() => generateTypes(record({ type: 'bytes', logicalType: 'decimal', scale: 7 }))).toThrowError(
      /"scale":7/,
    );
    const twice = new Map([
      ...record({ type: 'enum', name: 'E', symbols: ['A'] }),
      [
        'u',
        {
          type: 'record',
          name: 'U',
          fields: [{ name: 'e', type: { type: 'enum', name: 'E', symbols: ['B'] } }],
        },
      ],
    ] as [string, AvroRecord][]);
    expect(() => generateTypes(twice)).toThrowError(/Type E is declared twice and differently/);
  });

  it('keeps a schema’s text as it is registered', () => {
    expect(generateSchemas(record('int'))).toContain(
      String.raw`"{\"type\":\"record\",\"name\":\"T\",\"fields\":[{\"name\":\"a\",\"type\":\"int\"}]}"`,
    );
  });
});
