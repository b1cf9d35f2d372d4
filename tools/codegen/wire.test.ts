import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { AVRO_TOPICS, numberedCodec, SCHEMAS, type AvroTopic, type RecordByTopic } from '@concord/codec';
import { arbitraryOf } from './arbitrary-record.ts';
import { oracleType } from './avsc-oracle.ts';
import type { AvroSchema } from './types.ts';

type AnyRecord = RecordByTopic[AvroTopic];

function recordsOf(topic: AvroTopic): fc.Arbitrary<AnyRecord> {
  return arbitraryOf(JSON.parse(SCHEMAS[topic]) as AvroSchema) as fc.Arbitrary<AnyRecord>;
}

describe.each(AVRO_TOPICS)('records of %s', (topic) => {
  const codec = numberedCodec(7);
  const oracle = oracleType(JSON.parse(SCHEMAS[topic]) as AvroSchema);

  it('come back as they went in', () => {
    fc.assert(
      fc.property(recordsOf(topic), (record) => {
        const result = codec.decode(topic, codec.encode(topic, record));
        expect(result).toEqual({ ok: true, value: record, schemaId: codec.idOf(topic) });
      }),
    );
  });

  it('have the bytes that Avro says, behind magic byte and schema id', () => {
    fc.assert(
      fc.property(recordsOf(topic), (record) => {
        const header = Buffer.from([0, 0, 0, 0, codec.idOf(topic)]);
        expect(codec.encode(topic, record)).toEqual(Buffer.concat([header, oracle.toBuffer(record)]));
      }),
    );
  });

  it('are read from what another Avro library wrote', () => {
    fc.assert(
      fc.property(recordsOf(topic), (record) => {
        const header = Buffer.from([0, 0, 0, 0, codec.idOf(topic)]);
        const result = codec.decode(topic, Buffer.concat([header, oracle.toBuffer(record)]));
        expect(result).toMatchObject({ ok: true, value: record });
      }),
    );
  });

  it('are refused as a result when cut short, lengthened or altered anywhere, and never hang or throw', () => {
    fc.assert(
      fc.property(recordsOf(topic), fc.nat(), fc.integer({ min: 1, max: 255 }), (record, at, change) => {
        const bytes = codec.encode(topic, record);
        expect(codec.decode(topic, bytes.subarray(0, at % bytes.length)).ok).toBe(false);
        expect(codec.decode(topic, Buffer.concat([bytes, Buffer.of(0)]))).toMatchObject({
          code: 'undecodable',
        });
        const altered = Buffer.from(bytes);
        const place = 5 + (at % (bytes.length - 5));
        altered.writeUInt8(altered.readUInt8(place) ^ change, place);
        const result = codec.decode(topic, altered);
        if (!result.ok) expect(result.code).toBe('undecodable');
      }),
    );
  });
});
