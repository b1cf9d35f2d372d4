import { describe, expect, it } from 'vitest';
import { resolve, Unresolvable } from './resolution.ts';
import { nodeOf } from './schema-nodes.ts';
import type { Schema } from './schema.ts';
import { Malformed, WireReader } from './wire-reader.ts';

function read(writer: Schema, reader: Schema, ...bytes: number[]): unknown {
  const wire = new WireReader();
  wire.begin(Buffer.from(bytes), 0);
  const value = resolve(nodeOf(writer), nodeOf(reader))(wire);
  wire.finish();
  return value;
}

function record(...fields: object[]): Schema {
  return { type: 'record', name: 'R', fields: fields as [] };
}

const decimal = (scale: number): Schema => ({ type: 'bytes', logicalType: 'decimal', precision: 38, scale });
const micros: Schema = { type: 'long', logicalType: 'timestamp-micros' };

describe('a record of another version', () => {
  it('is read by field names in the reader’s order, whatever the writer’s', () => {
    const writer = record({ name: 'a', type: 'int' }, { name: 'b', type: 'string' });
    const reader = record({ name: 'b', type: 'string' }, { name: 'a', type: 'int' });
    expect(Object.entries(read(writer, reader, 4, 2, 0x78) as object)).toEqual([
      ['b', 'x'],
      ['a', 2],
    ]);
  });

  it.each<[type: Schema, json: unknown, value: unknown]>([
    [['null', 'string'], null, null],
    [{ type: 'array', items: 'string' }, ['x'], ['x']],
    [{ type: 'enum', name: 'E', symbols: ['A', 'B'] }, 'B', 'B'],
    ['boolean', true, true],
    [micros, 5, 5],
    [decimal(12), '\u00ff\u0000', -256n],
    ['bytes', '\u00ff', Buffer.of(255)],
  ])('takes a missing field of type %j from its default', (type, json, value) => {
    expect(read(record(), record({ name: 'a', type, default: json }))).toEqual({ a: value });
  });

  it('gives every record its own default array', () => {
    const reader = record({ name: 'a', type: { type: 'array', items: 'string' }, default: [] });
    const wire = new WireReader();
    const resolved = resolve(nodeOf(record()), nodeOf(reader));
    expect((resolved(wire) as { a: unknown }).a).not.toBe((resolved(wire) as { a: unknown }).a);
  });

  it('cannot be read when a missing field has no default', () => {
    expect(() => read(record(), record({ name: 'a', type: 'int' }))).toThrowError(
      new Unresolvable("a is missing in the writer's schema and has no default"),
    );
  });

  it('keeps a renamed field and type by their aliases', () => {
    const reader: Schema = {
      type: 'record',
      name: 'New',
      aliases: ['R'],
      fields: [{ name: 'b', aliases: ['a'], type: 'int' }],
    };
    expect(read(record({ name: 'a', type: 'int' }), reader, 4)).toEqual({ b: 2 });
  });

  it('passes over fields it does not know, of every type', () => {
    const inner = { type: 'record', name: 'Inner', fields: [{ name: 'x', type: 'int' }] };
    const unknown: [type: Schema | object, bytes: number[]][] = [
      ['null', []],
      ['boolean', [1]],
      ['int', [0x80, 0x01]],
      ['long', [0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01]],
      ['float', [1, 2, 3, 4]],
      ['double', [1, 2, 3, 4, 5, 6, 7, 8]],
      ['string', [2, 0xff]],
      ['bytes', [4, 1, 2]],
      [{ type: 'fixed', name: 'F', size: 3 }, [1, 2, 3]],
      [{ type: 'enum', name: 'E', symbols: ['A'] }, [0]],
      [{ type: 'array', items: 'string' }, [4, 2, 1, 0, 0]],
      [{ type: 'array', items: 'int' }, [1, 2, 6, 0]],
      [{ type: 'map', values: 'int' }, [2, 2, 0x61, 4, 0]],
      [inner, [8]],
      [
        ['null', 'Inner', 'string'],
        [2, 8],
      ],
      [decimal(12), [2, 1]],
    ];
    const fields = unknown.map(([type], index) => ({ name: `u${index}`, type }));
    const writer = record(...fields, { name: 'a', type: 'int' });
    const bytes = unknown.flatMap(([, part]) => part);
    expect(read(writer, record({ name: 'a', type: 'int' }), ...bytes, 4)).toEqual({ a: 2 });
  });

  it('may be recursive, and one without an end is malformed or ends the stack, never the process', () => {
    const tree: Schema = record({ name: 'next', type: ['null', 'R'], default: null });
    expect(read(tree, tree, 2, 2, 0)).toEqual({ next: { next: { next: null } } });
    expect(() => read(tree, tree, 2, 2)).toThrowError(Malformed);
    const endless = record({ name: 'next', type: 'R' });
    expect(() => read(endless, endless)).toThrowError(RangeError);
  });
});

describe('types of another version', () => {
  it('may widen: int to long, a value to a nullable one, bytes and string to each other', () => {
    expect(read('int', 'long', 3)).toBe(-2);
    expect(read('int', ['null', 'long'], 3)).toBe(-2);
    expect(read('bytes', 'string', 2, 0x78)).toBe('x');
    expect(read('string', 'bytes', 2, 0x78)).toEqual(Buffer.from('x'));
  });

  it('may narrow a union as long as its values fit', () => {
    expect(read(['null', 'int'], 'int', 2, 3)).toBe(-2);
    expect(() => read(['null', 'int'], 'int', 0)).toThrowError(Malformed);
    expect(() => read(['null', 'int'], 'string', 0)).toThrowError(Unresolvable);
    expect(() => read(['null', 'int'], ['null', 'int'], 4)).toThrowError(Malformed);
  });

  it('read an enum’s unknown symbol as the default of the reader’s', () => {
    const writer: Schema = { type: 'enum', name: 'E', symbols: ['NEW', 'OLD'] };
    const reader: Schema = { type: 'enum', name: 'E', symbols: ['UNKNOWN', 'OLD'], default: 'UNKNOWN' };
    expect(read(writer, reader, 0)).toBe('UNKNOWN');
    expect(read(writer, reader, 2)).toBe('OLD');
    expect(() => read(writer, reader, 4)).toThrowError(Malformed);
    expect(() => read(writer, { type: 'enum', name: 'E', symbols: ['OLD'] }, 0)).toThrowError(Malformed);
  });

  it.each<[writer: Schema, reader: Schema, message: RegExp]>([
    [decimal(8), decimal(12), /decimal with scale 8, which cannot be read as decimal with scale 12/],
    ['bytes', decimal(12), /is bytes, which/],
    ['long', micros, /is long, which cannot be read as timestamp-micros/],
    [{ type: 'long', logicalType: 'timestamp-millis' }, micros, /timestamp-millis/],
    ['string', 'int', /is string, which cannot be read as int/],
    ['double', 'long', /is double/],
    [{ type: 'enum', name: 'A', symbols: [] }, { type: 'enum', name: 'B', symbols: [] }, /enum A/],
    [{ type: 'array', items: 'string' }, { type: 'array', items: 'int' }, /\[\] is string/],
  ])('are never read when their meaning differs: %j as %j', (writer, reader, message) => {
    expect(() => read(writer, reader)).toThrowError(message);
    expect(() => read(writer, reader)).toThrowError(Unresolvable);
  });

  it('are found by name across namespaces', () => {
    const point = { type: 'record', name: 'Point', namespace: 'a.b', fields: [{ name: 'x', type: 'int' }] };
    const writer = { type: 'record', name: 'R', namespace: 'a', fields: [] as object[] };
    writer.fields = [
      { name: 'p', type: point },
      { name: 'q', type: 'a.b.Point' },
    ];
    const reader = structuredClone(writer) as unknown as Schema;
    expect(read(writer as unknown as Schema, reader, 2, 4)).toEqual({ p: { x: 1 }, q: { x: 2 } });
    expect(() => nodeOf({ type: 'array', items: 'Point' })).toThrowError(/"Point" is not declared/);
  });
});
