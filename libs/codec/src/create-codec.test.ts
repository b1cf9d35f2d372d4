import { mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { AVRO_TOPICS } from './codec.ts';
import { createCodec, type CodecOptions } from './create-codec.ts';
import { RegistryError } from './errors.ts';
import type { Pacing } from './pacing.ts';
import type { RegisteredSchema, SchemaRegistry } from './registry.ts';
import { SCHEMAS } from './schemas.generated.ts';

class FakeRegistry implements SchemaRegistry {
  readonly url = 'http://registry';
  readonly schemas: string[] = [];
  readonly subjects = new Set<string>();
  /** Calls that fail from now on. */
  failing = 0;
  calls = 0;

  register(subject: string, schema: string): Promise<number> {
    this.subjects.add(subject);
    return this.#answer(() => {
      if (!this.schemas.includes(schema)) this.schemas.push(schema);
      return this.schemas.indexOf(schema) + 1;
    });
  }

  fetch(id: number): Promise<RegisteredSchema | undefined> {
    return this.#answer(() => {
      const schema = this.schemas[id - 1];
      return schema === undefined ? undefined : { schema, schemaType: 'AVRO' };
    });
  }

  async #answer<T>(make: () => T): Promise<T> {
    this.calls++;
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

const foreign = (id: number): Buffer => Buffer.from([0, 0, 0, 0, id, 0]);

describe('a codec', () => {
  it('registers every topic under its prefixed name', async () => {
    const { registry, clock } = setUp();
    const codec = await createCodec({ registry, clock, prefix: 'test.' });
    expect([...registry.subjects]).toEqual(AVRO_TOPICS.map((topic) => `test.${topic}-value`));
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
    registry.schemas.push('"foreign"');
    await first.learn([registry.schemas.length]);
    registry.failing = Infinity;
    const second = await createCodec(options);
    expect(second.idOf('raw.trades')).toBe(first.idOf('raw.trades'));
    await second.learn([registry.schemas.length]);
    expect(second.needs(foreign(registry.schemas.length))).toBeUndefined();
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
    registry.schemas.push('"foreign"');
    await first.learn([AVRO_TOPICS.length + 1]);
    registry.schemas.length = 0;
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
    registry.schemas.push(SCHEMAS['raw.trades'].replace('"doc"', '"Doc"'));
    registry.failing = 3;
    const id = registry.schemas.length;
    expect(codec.needs(foreign(id))).toBe(id);
    await codec.learn([id, 200]);
    expect(clock.sleeps).toEqual([100, 100, 200]);
    expect(codec.needs(foreign(id))).toBeUndefined();
    expect(codec.decode('raw.trades', foreign(200))).toMatchObject({ code: 'unknown-schema' });
  });

  it('stops when its signal aborts, and what is known still decodes meanwhile', async () => {
    const { registry, clock, options } = setUp();
    const codec = await createCodec(options);
    registry.failing = Infinity;
    const stop = new AbortController();
    clock.onSleep = () => stop.abort(new Error('stopped'));
    await expect(codec.learn([99], stop.signal)).rejects.toThrowError('stopped');
    expect(codec.needs(foreign(99))).toBe(99);
    expect(codec.needs(foreign(1))).toBeUndefined();
  });
});
