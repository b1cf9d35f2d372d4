import { describe, expect, it } from 'vitest';
import { incompatibilities } from './compatibility.ts';
import { readHistory } from './history.ts';
import { readSchemas } from './schema-files.ts';
import type { AvroField, AvroRecord, AvroSchema } from './types.ts';

const current = readSchemas();
const released = [...readHistory()].flatMap(([topic, versions]) =>
  versions.map((schema, index) => [`${topic} ${index + 1}`, topic, schema] as const),
);

describe('released schemas', () => {
  it('are there for every topic', () => {
    expect([...readHistory().keys()].sort()).toEqual([...current.keys()]);
  });

  it.each(released)('stay readable both ways: %s', (_, topic, schema) => {
    expect(incompatibilities(schema, current.get(topic) as AvroRecord)).toEqual([]);
  });
});

describe('compatibility', () => {
  const record = (...fields: AvroField[]): AvroRecord => ({ type: 'record', name: 'R', fields });
  const price = (scale: number, more: object = {}): AvroField => {
    return { name: 'price', type: { type: 'bytes', logicalType: 'decimal', precision: 38, scale }, ...more };
  };
  const of = (type: AvroSchema): AvroRecord => record({ name: 'a', type });
  const kind = (...symbols: string[]): AvroSchema => ({ type: 'enum', name: 'K', symbols });
  const kindOrFirst = (first: string, ...rest: string[]): AvroSchema => {
    return { type: 'enum', name: 'K', symbols: [first, ...rest], default: first } as AvroSchema;
  };
  const time: AvroSchema = { type: 'long', logicalType: 'timestamp-micros' };

  it.each<[what: string, older: AvroRecord, newer: AvroRecord]>([
    [
      'a field with a default comes',
      record(price(12)),
      record(price(12), { name: 'b', type: 'int', default: 0 }),
    ],
    [
      'a field with a default goes',
      record(price(12), { name: 'b', type: 'int', default: 0 }),
      record(price(12)),
    ],
    [
      'fields change places',
      record(price(12), { name: 'b', type: 'int' }),
      record({ name: 'b', type: 'int' }, price(12)),
    ],
    ['an enum with a default gets a symbol', of(kindOrFirst('A', 'B')), of(kindOrFirst('A', 'B', 'C'))],
  ])('is kept when %s', (_, older, newer) => {
    expect(incompatibilities(older, newer)).toEqual([]);
  });

  it.each<[what: string, older: AvroRecord, newer: AvroRecord, reason: RegExp]>([
    ['a field without default comes', record(), of('int'), /the newer schema cannot read/],
    ['a field without default goes', of('int'), record(), /the older schema cannot read/],
    ['a type widens', of('int'), of('long'), /the older schema cannot read/],
    ['a value becomes nullable', of('string'), of(['null', 'string']), /the older schema cannot read/],
    [
      'an enum without default gets a symbol',
      of(kind('A')),
      of(kind('A', 'B')),
      /the older schema cannot read/,
    ],
    [
      'a decimal changes its scale',
      record(price(12)),
      record(price(8)),
      /price was decimal with scale 12 and is/,
    ],
    ['a count becomes a time', of('long'), of(time), /a was long and is timestamp-micros/],
    [
      'a decimal in an entry changes its scale',
      of({ type: 'array', items: { type: 'record', name: 'I', fields: [price(12)] } }),
      of({ type: 'array', items: { type: 'record', name: 'I', fields: [price(18)] } }),
      /a\[\]\.price was decimal with scale 12 and is decimal with scale 18/,
    ],
  ])('is broken when %s', (_, older, newer, reason) => {
    expect(incompatibilities(older, newer).join('; ')).toMatch(reason);
  });
});
