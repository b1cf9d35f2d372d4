import { AVRO_TOPICS, Codec, SCHEMAS, type AvroTopic } from '@concord/codec';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { arbitraryOf } from './arbitrary-record.ts';
import { oracleType } from './avsc-oracle.ts';
import type { AvroField, AvroRecord, AvroSchema } from './types.ts';

const FOREIGN_ID = 900;
const ids = new Map(AVRO_TOPICS.map((topic, index) => [topic, index + 1]));

const ADDED: AvroField[] = [
  { name: 'addedText', type: ['null', 'string'], default: null },
  { name: 'addedCounts', type: { type: 'array', items: 'long' }, default: [] },
  {
    name: 'addedAmount',
    type: ['null', { type: 'bytes', logicalType: 'decimal', precision: 38, scale: 12 }],
    default: null,
  },
  { name: 'addedFlag', type: 'boolean', default: true },
];

/** Another version of a topic's schema that is fully compatible: fields with defaults gone, new ones between, order changed. */
function otherVersions(topic: AvroTopic): fc.Arbitrary<AvroRecord> {
  const schema = JSON.parse(SCHEMAS[topic]) as AvroRecord;
  // A named type is declared where it first stands: such a field stays in front, so that references still find it.
  const declaring = schema.fields.filter(({ type }) => JSON.stringify(type).includes('"name"'));
  const plain = schema.fields.filter((field) => !declaring.includes(field));
  const needed = plain.filter((field) => !('default' in field));
  const optional = plain.filter((field) => 'default' in field);
  return fc
    .tuple(fc.subarray(optional), fc.subarray(ADDED))
    .chain(([kept, added]) => {
      const rest = [...needed, ...kept, ...added];
      return fc.shuffledSubarray(rest, { minLength: rest.length, maxLength: rest.length });
    })
    .map((rest) => ({ ...schema, fields: [...declaring, ...rest] }));
}

function versionAndRecord(topic: AvroTopic): fc.Arbitrary<[AvroRecord, unknown]> {
  return otherVersions(topic).chain((version) =>
    arbitraryOf(version).map((record): [AvroRecord, unknown] => [version, record]),
  );
}

describe.each(AVRO_TOPICS)('another version of %s', (topic) => {
  const reader = oracleType(JSON.parse(SCHEMAS[topic]) as AvroSchema);

  it('is read as Avro says when it is older or newer than this program', async () => {
    await fc.assert(
      fc.asyncProperty(versionAndRecord(topic), async ([version, record]) => {
        const writer = oracleType(version);
        const bytes = writer.toBuffer(record);
        const header = Buffer.from([0, 0, 0, FOREIGN_ID >> 8, FOREIGN_ID & 0xff]);
        const codec = new Codec(ids, {
          lookUp: () =>
            Promise.resolve(new Map([[FOREIGN_ID, { schema: JSON.stringify(version), schemaType: 'AVRO' }]])),
        });
        await codec.learn([FOREIGN_ID]);
        const result = codec.decode(topic, Buffer.concat([header, bytes]));
        const expected: unknown = reader.fromBuffer(bytes, reader.createResolver(writer));
        expect(result).toMatchObject({ ok: true, schemaId: FOREIGN_ID });
        expect(result.ok && result.value).toEqual({ ...(expected as object) });
      }),
      { numRuns: 25 },
    );
  });

  it('reads what this program writes', () => {
    fc.assert(
      fc.property(
        otherVersions(topic),
        arbitraryOf(JSON.parse(SCHEMAS[topic]) as AvroSchema),
        (version, record) => {
          const old = oracleType(version);
          const value = new Codec(ids).encode(topic, record as never).subarray(5);
          const result = old.fromBuffer(value, old.createResolver(reader)) as Record<string, unknown>;
          for (const { name } of version.fields) {
            if (Object.hasOwn(record as object, name)) expect(result[name]).toEqual((record as never)[name]);
          }
        },
      ),
      { numRuns: 25 },
    );
  });
});
