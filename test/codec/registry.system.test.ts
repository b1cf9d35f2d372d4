import {
  AVRO_TOPICS,
  createCodec,
  HttpRegistry,
  SCHEMAS,
  subjectOf,
  type Codec,
  type ConsensusQuote,
} from '@concord/codec';
import { readHistory } from '@concord/codegen';
import { SystemClock } from '@concord/runtime';
import { describe, expect, inject, it } from 'vitest';
import { someQuote } from './some-quote.ts';

const clock = new SystemClock();
const registry = new HttpRegistry({ url: inject('registryUrl'), clock });
let runs = 0;
const uniquePrefix = (): string => `registry-${process.pid}-${runs++}.`;
const codecOf = (prefix: string): Promise<Codec> => createCodec({ registry, clock, prefix });

interface Changeable {
  fields: { name: string; type: unknown; default?: unknown }[];
}

function changed(change: (schema: Changeable) => void): string {
  const schema = JSON.parse(SCHEMAS['consensus.quotes']) as Changeable;
  change(schema);
  return JSON.stringify(schema);
}

describe('schemas in the registry', () => {
  it('keep their ids however often and by however many services they are registered', async () => {
    const prefix = uniquePrefix();
    const codecs = await Promise.all([codecOf(prefix), codecOf(prefix), codecOf(prefix)]);
    codecs.push(await codecOf(prefix), await codecOf(uniquePrefix()));
    const ids = codecs.map((codec) => AVRO_TOPICS.map((topic) => codec.idOf(topic)));
    expect(new Set(ids.map(String)).size).toBe(1);
    expect(new Set(ids[0]).size).toBe(AVRO_TOPICS.length);
  });

  it('are held FULL_TRANSITIVE: a change that breaks readers or writers is refused with its reason', async () => {
    const prefix = uniquePrefix();
    const codec = await codecOf(prefix);
    const subject = subjectOf(prefix, 'consensus.quotes');
    const breaking = [
      changed(({ fields }) => fields.push({ name: 'added', type: 'string' })),
      changed(({ fields }) => fields.splice(0, 1)),
      changed(({ fields }) => Object.assign(fields[2] as object, { type: 'string' })),
      changed(({ fields }) => Object.assign(fields[2] as object, { type: 'int' })),
    ];
    for (const schema of breaking) {
      await expect(registry.register(subject, schema)).rejects.toMatchObject({
        code: 'schema-incompatible',
        fate: 'fatal',
      });
    }
    expect((await codecOf(prefix)).idOf('consensus.quotes')).toBe(codec.idOf('consensus.quotes'));
  });

  it.each([...readHistory()])(
    'accept the current one after every released version: %s',
    async (topic, versions) => {
      const subject = `${uniquePrefix()}${topic}-value`;
      for (const version of versions) await registry.register(subject, JSON.stringify(version));
      const current = SCHEMAS[topic as keyof typeof SCHEMAS];
      const id = await registry.register(subject, current);
      const newest = Math.max(...(await registry.versions(subject)));
      expect(await registry.version(subject, newest)).toEqual({ id, schema: current, schemaType: 'AVRO' });
    },
  );
});

describe('a service of this version', () => {
  it('learns a newer version’s schema by its id and reads what it knows of it', async () => {
    const prefix = uniquePrefix();
    const codec = await codecOf(prefix);
    const newer = changed(({ fields }) => {
      fields.unshift({ name: 'venueCount', type: ['null', 'long'], default: null });
      fields.splice(
        fields.findIndex(({ name }) => name === 'crossed'),
        1,
      );
    });
    const id = await registry.register(subjectOf(prefix, 'consensus.quotes'), newer);
    const quote: ConsensusQuote = { ...someQuote, crossed: false };
    const ours = codec.encode('consensus.quotes', quote);
    // The newer record is ours with a long 7 in front and without the byte of `crossed`, found by writing it both ways.
    const withCrossed = codec.encode('consensus.quotes', { ...quote, crossed: true });
    const at = ours.findIndex((byte, index) => byte !== withCrossed[index]);
    const header = Buffer.alloc(5);
    header.writeUInt32BE(id, 1);
    const value = Buffer.concat([header, Buffer.of(2, 14), ours.subarray(5, at), ours.subarray(at + 1)]);

    expect(codec.needs(value)).toBe(id);
    expect(codec.decode('consensus.quotes', value)).toMatchObject({ code: 'unknown-schema' });
    await codec.prepare([{ topic: 'consensus.quotes', value }]);
    expect(codec.needs(value)).toBeUndefined();
    expect(codec.decode('consensus.quotes', value)).toEqual({ ok: true, value: quote, schemaId: id });
  });

  it('learns that an id is unknown to the registry', async () => {
    const codec = await codecOf(uniquePrefix());
    const value = Buffer.from([0, 0x7f, 0xff, 0xff, 0xff, 1]);
    await codec.learn([codec.needs(value) as number]);
    expect(codec.needs(value)).toBeUndefined();
    expect(codec.decode('consensus.quotes', value)).toMatchObject({
      code: 'unknown-schema',
      schemaId: 0x7fff_ffff,
    });
  });

  it('learns from one answer that thousands of ids are unknown, and an id that garbage claimed when it is given', async () => {
    const prefix = uniquePrefix();
    const questions: string[] = [];
    class Counted extends HttpRegistry {
      override versions(subject: string, signal?: AbortSignal): Promise<readonly number[]> {
        questions.push(subject);
        return super.versions(subject, signal);
      }
    }
    const counted = new Counted({ url: inject('registryUrl'), clock });
    const codec = await createCodec({ registry: counted, clock, prefix });
    const claiming = (id: number): { topic: string; value: Buffer } => {
      const value = Buffer.alloc(6);
      value.writeInt32BE(id, 1);
      return { topic: 'raw.trades', value };
    };
    const newer = SCHEMAS['raw.trades'].replace('"doc"', `"note":"${prefix}","doc"`);
    const before = await registry.register(
      `${prefix}other`,
      `{"type":"fixed","name":"F","size":${process.pid}}`,
    );
    const garbage = Array.from({ length: 3_000 }, (_, index) => claiming(before + 1 + index));
    await codec.prepare(garbage);
    expect(questions).toEqual([subjectOf(prefix, 'raw.trades')]);
    const codes = garbage.map(({ topic, value }) => codec.decode(topic as 'raw.trades', value));
    expect(codes.every((result) => !result.ok && result.code === 'unknown-schema')).toBe(true);

    const id = await registry.register(subjectOf(prefix, 'raw.trades'), newer);
    expect(id).toBeGreaterThan(before);
    expect(id).toBeLessThanOrEqual(before + 3_000);
    await codec.prepare([claiming(id)]);
    expect(codec.decode('raw.trades', claiming(id).value)).toMatchObject({ code: 'undecodable' });
  });
});
