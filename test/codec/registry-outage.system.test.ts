import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { createCodec, HttpRegistry, subjectOf, SCHEMAS, type CodecOptions } from '@concord/codec';
import { startParts, storeRoot, type Part, type Parts } from '@concord/local';
import { SystemClock } from '@concord/runtime';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { someQuote } from './some-quote.ts';

const clock = new SystemClock();
let dir = '';
let parts: Parts;
let registry: Part;
let options: CodecOptions;

beforeAll(async () => {
  mkdirSync(join(storeRoot, 'test'), { recursive: true });
  dir = mkdtempSync(join(storeRoot, 'test', 'registry-outage-'));
  parts = await startParts({ dir, brokers: 0, redis: false });
  if (parts.registry === undefined)
    throw new Error('SCHEMA_REGISTRY_URL is set: this test stops its own registry');
  registry = parts.registry;
  options = {
    registry: parts.registryUrl,
    clock,
    prefix: 'outage.',
    cachePath: join(dir, 'schema-ids.json'),
  };
});

afterAll(async () => {
  await parts?.[Symbol.asyncDispose]();
  rmSync(dir, { recursive: true, force: true });
});

describe('while the registry is away', () => {
  it('services go on, start from their kept ids, and learn a new schema as soon as it is back', async () => {
    const running = await createCodec(options);
    const newer = SCHEMAS['consensus.quotes'].replace(
      '"fields":[',
      '"fields":[{"name":"added","type":["null","string"],"doc":"x","default":null},',
    );
    const client = new HttpRegistry({ url: parts.registryUrl, clock });
    const newId = await client.register(subjectOf('outage.', 'consensus.quotes'), newer);
    const ours = running.encode('consensus.quotes', someQuote);
    const theirs = Buffer.concat([Buffer.from([0, 0, 0, newId >> 8, newId, 0]), ours.subarray(5)]);
    await registry.stop();

    expect(running.decode('consensus.quotes', running.encode('consensus.quotes', someQuote)).ok).toBe(true);
    const started = await createCodec(options);
    expect(started.encode('consensus.quotes', someQuote)).toEqual(ours);

    const retries: string[] = [];
    const waiting = await createCodec({ ...options, onRetry: (error) => retries.push(error.code) });
    const learnt = waiting.prepare([{ topic: 'consensus.quotes', value: theirs }]);
    await expect.poll(() => retries.length).toBeGreaterThan(2);
    expect(new Set(retries)).toEqual(new Set(['registry-unreachable']));
    expect(waiting.decode('consensus.quotes', ours).ok).toBe(true);

    await registry.restart();
    await learnt;
    expect(waiting.decode('consensus.quotes', theirs)).toEqual({
      ok: true,
      value: someQuote,
      schemaId: newId,
    });
    const again = await createCodec({ registry: parts.registryUrl, clock, prefix: 'outage.' });
    expect(again.encode('consensus.quotes', someQuote)).toEqual(ours);
  });

  it('a service without kept ids waits and starts when the registry is back, or stops when it is told to', async () => {
    const first = await createCodec({ ...options, prefix: 'waiting.' });
    await registry.stop();
    const stop = new AbortController();
    const bare: CodecOptions = { registry: parts.registryUrl, clock, prefix: 'waiting.' };
    const stopped = createCodec({
      ...bare,
      signal: stop.signal,
      onRetry: () => stop.abort(new Error('stopped')),
    });
    await expect(stopped).rejects.toThrowError('stopped');
    let retries = 0;
    const waiting = createCodec({ ...bare, onRetry: () => retries++ });
    await expect.poll(() => retries).toBeGreaterThan(1);
    await registry.restart();
    expect((await waiting).idOf('raw.trades')).toBe(first.idOf('raw.trades'));
  });
});
