import { mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { AVRO_TOPICS } from './codec.ts';
import { createCodec, type CodecOptions } from './create-codec.ts';
import { RegistryError } from './errors.ts';
import type { Pacing } from './pacing.ts';
import type { RegisteredVersion, SchemaRegistry } from './registry.ts';
import { SCHEMAS } from './schemas.generated.ts';

class FakeRegistry implements SchemaRegistry {
  readonly url = 'http://registry';
  /** By id, which counts from 1. */
  readonly schemas: string[] = [];
  /** Ids by version, which counts from 1. */
  readonly subjects = new Map<string, number[]>();
  readonly questions: string[] = [];
  /** Calls that fail from now on. */
  failing = 0;

  register(subject: string, schema: string): Promise<number> {
    return this.#answer(() => this.add(subject, schema));
  }

  /** As another program registers it. */
  add(subject: string, schema: string): number {
    if (!this.schemas.includes(schema)) this.schemas.push(schema);
    const id = this.schemas.indexOf(schema) + 1;
    const ids = this.subjects.get(subject) ?? [];
    this.subjects.set(subject, ids.includes(id) ? ids : [...ids, id]);
    return id;
  }

  versions(subject: string): Promise<readonly number[]> {
    this.questions.push(subject);
    return this.#answer(() => (this.subjects.get(subject) ?? []).map((_, index) => index + 1));
  }

  version(subject: string, version: number): Promise<RegisteredVersion | undefined> {
    this.questions.push(`${subject} ${version}`);
    return this.#answer(() => {
      const id = this.subjects.get(subject)?.[version - 1] ?? 0;
      const schema = this.schemas[id - 1];
      return schema === undefined ? undefined : { id, schema, schemaType: 'AVRO' };
    });
  }

  async #answer<T>(make: () => T): Promise<T> {
    if (this.failing > 0) {
      this.failing--;
      throw new RegistryError('registry-unreachable', 'away');
    }
    return Promise.resolve(make());
  }
}

class RecordingClock implements Pacing {
  readonly sleeps: number[] = [];
  onSleep: () => void = () => undefined;

  setTimer(): { cancel(): void } {
    return { cancel: () => undefined };
  }

  sleep(delayMs: number): Promise<void> {
    this.sleeps.push(delayMs);
    this.onSleep();
    return Promise.resolve();
  }

  random(): number {
    return 1;
  }
}

let folder = '';
let files = 0;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'concord-codec-'));
});
afterAll(() => rm(folder, { recursive: true }));

function setUp(): {
  registry: FakeRegistry;
  clock: RecordingClock;
  options: CodecOptions & { cachePath: string };
} {
  const registry = new FakeRegistry();
  const clock = new RecordingClock();
  return { registry, clock, options: { registry, clock, cachePath: join(folder, `sub/${files++}.json`) } };
}

const foreign = (id: number): Buffer => Buffer.from([0, 0, 0, id >> 8, id & 0xff, 0]);
const inTrades = (id: number): { topic: string; value: Buffer } => ({
  topic: 'raw.trades',
  value: foreign(id),
});
const newer = SCHEMAS['raw.trades'].replace('"doc"', '"Doc"');

describe('a codec', () => {
  it('registers every topic under its prefixed name', async () => {
    const { registry, clock } = setUp();
    const codec = await createCodec({ registry, clock, prefix: 'test.' });
    expect([...registry.subjects.keys()]).toEqual(AVRO_TOPICS.map((topic) => `test.${topic}-value`));
    expect(AVRO_TOPICS.map((topic) => codec.idOf(topic))).toEqual(AVRO_TOPICS.map((_, index) => index + 1));
  });

  it('waits for the registry, longer each time up to ten seconds', async () => {
    const { registry, clock, options } = setUp();
    registry.failing = 9 * AVRO_TOPICS.length;
    const retries: string[] = [];
    await createCodec({
      ...options,
      onRetry: (error, delayMs) => retries.push(`${error.message} ${delayMs}`),
    });
    expect(clock.sleeps).toEqual([100, 200, 400, 800, 1_600, 3_200, 6_400, 10_000, 10_000]);
    expect(retries[0]).toBe('away 100');
  });

  it('stops waiting when its signal aborts', async () => {
    const { registry, clock, options } = setUp();
    registry.failing = Infinity;
    const stop = new AbortController();
    clock.onSleep = () => stop.abort(new Error('stopped'));
    await expect(createCodec({ ...options, signal: stop.signal })).rejects.toThrowError('stopped');
  });

  it('fails at once when the registry refuses', async () => {
    const { registry, clock, options } = setUp();
    registry.register = () => Promise.reject(new RegistryError('schema-incompatible', 'no'));
    await expect(createCodec(options)).rejects.toMatchObject({ code: 'schema-incompatible' });
    expect(clock.sleeps).toEqual([]);
  });

  it('that cannot keep its ids says so at the start', async () => {
    const { options } = setUp();
    const file = join(folder, 'file');
    await writeFile(file, '');
    await expect(createCodec({ ...options, cachePath: join(file, 'ids.json') })).rejects.toMatchObject({
      code: 'schema-cache-unwritable',
      fate: 'fatal',
    });
  });
});

describe('a codec that starts while the registry is away', () => {
  it('takes the ids and the foreign schemas it kept, and leaves no other file', async () => {
    const { registry, clock, options } = setUp();
    const first = await createCodec(options);
    const id = registry.add('raw.trades-value', '"foreign"');
    await first.prepare([inTrades(id)]);
    registry.failing = Infinity;
    const second = await createCodec(options);
    expect(second.idOf('raw.trades')).toBe(first.idOf('raw.trades'));
    await second.prepare([inTrades(id)]);
    expect(second.decode('raw.trades', foreign(id))).toMatchObject({ code: 'undecodable' });
    expect(clock.sleeps).toEqual([]);
    expect((await readdir(join(folder, 'sub'))).every((name) => /^\d+\.json$/.test(name))).toBe(true);
  });

  it.each<[what: string, change: (text: string) => string]>([
    ['are of other schemas', (text) => text.replace('RawTrade', 'Rawtrade')],
    ['are of another registry', (text) => text.replace('http://registry', 'http://other')],
    ['cannot be read', () => '{"registry":'],
    ['have another form', () => '{"registry":"http://registry","subjects":[]}'],
  ])('waits when the ids it kept %s', async (_, change) => {
    const { registry, clock, options } = setUp();
    await createCodec(options);
    await writeFile(options.cachePath, change(await readFile(options.cachePath, 'utf8')));
    registry.failing = 1;
    await createCodec(options);
    expect(clock.sleeps).toEqual([100]);
  });

  it('forgets what it kept of a registry that was set up anew', async () => {
    const { registry, options } = setUp();
    const first = await createCodec(options);
    await first.prepare([inTrades(registry.add('raw.trades-value', '"foreign"'))]);
    expect(await readFile(options.cachePath, 'utf8')).toContain('foreign');
    registry.schemas.length = 0;
    registry.subjects.clear();
    registry.schemas.push('"something else"');
    const second = await createCodec(options);
    expect(second.idOf('clean.bars')).toBe(2);
    expect(await readFile(options.cachePath, 'utf8')).not.toContain('foreign');
  });
});

describe('learning schema ids', () => {
  it('waits for the registry and goes on when it is back', async () => {
    const { registry, clock, options } = setUp();
    const codec = await createCodec(options);
    const id = registry.add('raw.trades-value', newer);
    registry.failing = 3;
    expect(codec.needs(foreign(id))).toBe(id);
    await codec.prepare([inTrades(id), inTrades(200)]);
    expect(clock.sleeps).toEqual([100, 200, 400]);
    expect(codec.needs(foreign(id))).toBeUndefined();
    expect(codec.decode('raw.trades', foreign(200))).toMatchObject({ code: 'unknown-schema' });
  });

  it('stops when its signal aborts, and what is known still decodes meanwhile', async () => {
    const { registry, clock, options } = setUp();
    const codec = await createCodec(options);
    registry.failing = Infinity;
    const stop = new AbortController();
    clock.onSleep = () => stop.abort(new Error('stopped'));
    await expect(codec.prepare([inTrades(99)], stop.signal)).rejects.toThrowError('stopped');
    expect(codec.needs(foreign(99))).toBe(99);
    expect(codec.needs(foreign(1))).toBeUndefined();
  });

  it('asks once for a batch, however many ids the garbage in it claims, and each schema is fetched once', async () => {
    const { registry, options } = setUp();
    const codec = await createCodec(options);
    const id = registry.add('raw.trades-value', newer);
    const garbage = Array.from({ length: 3_000 }, (_, index) => inTrades(1_000 + index));
    await codec.prepare([...garbage, inTrades(id), { topic: 'raw.bars', value: null }]);
    expect(registry.questions).toEqual(['raw.trades-value', 'raw.trades-value 1', 'raw.trades-value 2']);
    expect(codec.decode('raw.trades', foreign(id))).toMatchObject({ code: 'undecodable' });
    for (const { value } of garbage.slice(0, 3))
      expect(codec.decode('raw.trades', value)).toMatchObject({ code: 'unknown-schema' });
    await codec.prepare(garbage);
    expect(registry.questions.slice(3)).toEqual(['raw.trades-value']);
    await codec.prepare([inTrades(id)]);
    expect(registry.questions).toHaveLength(4);
  });

  it('garbage that claims the next id does not make the schema unknown that gets it', async () => {
    const { registry, options } = setUp();
    const codec = await createCodec(options);
    const id = registry.schemas.length + 1;
    await codec.prepare([inTrades(id)]);
    expect(codec.decode('raw.trades', foreign(id))).toMatchObject({ code: 'unknown-schema' });
    expect(registry.add('raw.trades-value', newer)).toBe(id);
    await codec.prepare([inTrades(id)]);
    expect(codec.decode('raw.trades', foreign(id))).toMatchObject({ code: 'undecodable' });
  });

  it('what another topic’s schemas are does not depend on whether they were learnt', async () => {
    const { registry, options } = setUp();
    const codec = await createCodec(options);
    const ofBars = registry.add('raw.bars-value', newer);
    await codec.prepare([{ topic: 'raw.bars', value: foreign(ofBars) }]);
    await codec.prepare([inTrades(ofBars), inTrades(codec.idOf('raw.bars'))]);
    for (const id of [ofBars, codec.idOf('raw.bars')])
      expect(codec.decode('raw.trades', foreign(id))).toMatchObject({ code: 'unknown-schema' });
  });
});
