import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { RegistryError } from './errors.ts';
import type { Pacing } from './pacing.ts';
import { HttpRegistry } from './registry.ts';

interface Seen {
  readonly request: string;
  readonly body: string;
  readonly authorization: string | undefined;
}

type Reply = [status: number, body: unknown] | 'silence';

/** A clock whose timers run when the test says so. */
class StoppedClock implements Pacing {
  readonly timers = new Set<() => void>();

  setTimer(run: () => void): { cancel(): void } {
    this.timers.add(run);
    return { cancel: () => this.timers.delete(run) };
  }

  sleep(): Promise<void> {
    return Promise.resolve();
  }

  random(): number {
    return 0;
  }
}

const closing: (() => void)[] = [];
afterEach(() => {
  for (const close of closing.splice(0)) close();
});

async function serve(
  replies: Record<string, Reply>,
  onRequest?: () => void,
): Promise<{ port: number; seen: Seen[] }> {
  const seen: Seen[] = [];
  const server = createServer((request, response) => {
    void textOf(request).then((body) => {
      const name = `${request.method} ${request.url}`;
      seen.push({ request: name, body, authorization: request.headers.authorization });
      onRequest?.();
      const reply = replies[name] ?? [404, '<html>not here</html>'];
      if (reply === 'silence') return;
      response.writeHead(reply[0]).end(typeof reply[1] === 'string' ? reply[1] : JSON.stringify(reply[1]));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  closing.push(() => {
    server.closeAllConnections();
    server.close();
  });
  return { port: (server.address() as AddressInfo).port, seen };
}

async function textOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString();
}

const clock = new StoppedClock();
const at = (port: number): HttpRegistry => new HttpRegistry({ url: `http://127.0.0.1:${port}/api/`, clock });
const failure = (promise: Promise<unknown>): Promise<unknown> =>
  promise.then(
    () => 'no failure',
    (error: unknown) => error,
  );

describe('a schema registry', () => {
  it('is told to keep a subject FULL_TRANSITIVE before a schema is registered', async () => {
    const { port, seen } = await serve({
      'POST /api/subjects/p.a-value': [404, { error_code: 40401, message: 'none' }],
      'GET /api/config/p.a-value': [404, { error_code: 40401, message: 'none' }],
      'PUT /api/config/p.a-value': [200, { compatibility: 'FULL_TRANSITIVE' }],
      'POST /api/subjects/p.a-value/versions': [200, { id: 12 }],
    });
    expect(await at(port).register('p.a-value', '"int"')).toBe(12);
    expect(seen.map(({ request }) => request.split(' ')[0])).toEqual(['POST', 'GET', 'PUT', 'POST']);
    expect(seen[2]?.body).toBe('{"compatibility":"FULL_TRANSITIVE"}');
    expect(seen[3]?.body).toBe('{"schema":"\\"int\\""}');
  });

  it('that keeps it so already is not told again, since that may not be allowed', async () => {
    const { port, seen } = await serve({
      'POST /api/subjects/a': [404, { error_code: 40403 }],
      'GET /api/config/a': [200, { compatibilityLevel: 'FULL_TRANSITIVE' }],
      'POST /api/subjects/a/versions': [200, { id: 0 }],
    });
    expect(await at(port).register('a', '"int"')).toBe(0);
    expect(seen).toHaveLength(3);
  });

  it('that has the schema already is told nothing, so that no right to write is needed', async () => {
    const { port, seen } = await serve({ 'POST /api/subjects/a': [200, { id: 5, version: 2 }] });
    expect(await at(port).register('a', '"int"')).toBe(5);
    expect(seen).toHaveLength(1);
  });

  it('that does not speak the API at its address is a refusal', async () => {
    const { port } = await serve({});
    expect(await failure(at(port).register('a', '"int"'))).toMatchObject({
      code: 'registry-refused',
      status: 404,
    });
  });

  it('that another service just told counts as told', async () => {
    let asked = 0;
    const held = { compatibilityLevel: 'FULL_TRANSITIVE' };
    const replies: Record<string, Reply> = {
      'POST /api/subjects/a': [404, { error_code: 40401 }],
      'GET /api/config/a': [404, { error_code: 40401 }],
      'PUT /api/config/a': [409, { message: 'exists' }],
      'POST /api/subjects/a/versions': [200, { id: 3 }],
    };
    const { port } = await serve(replies, () => {
      if (++asked === 3) replies['GET /api/config/a'] = [200, held];
    });
    expect(await at(port).register('a', '"int"')).toBe(3);
  });

  it('that will not keep it is a refusal', async () => {
    const { port } = await serve({
      'POST /api/subjects/a': [404, { error_code: 40401 }],
      'PUT /api/config/a': [409, { message: 'exists' }],
    });
    expect(await failure(at(port).register('a', '"int"'))).toMatchObject({
      code: 'registry-refused',
      message: expect.stringContaining('set FULL_TRANSITIVE for a: 409 exists'),
    });
  });

  it('gets user and password, which no message shows', async () => {
    const { port, seen } = await serve({
      'GET /api/subjects/a/versions?deleted=true': [401, { message: 'who are you?' }],
    });
    const registry = new HttpRegistry({ url: `http://ann:s%3Acret@127.0.0.1:${port}/api`, clock });
    const error = await failure(registry.versions('a'));
    expect(seen[0]?.authorization).toBe(`Basic ${Buffer.from('ann:s:cret').toString('base64')}`);
    expect(error).toMatchObject({ code: 'registry-refused', fate: 'fatal', status: 401 });
    expect(String(error)).toContain('refused to list the versions of a: 401 who are you?');
    expect(String(error) + registry.url).not.toMatch(/ann|cret/);
  });

  it('that finds a schema incompatible stops the start with its reason', async () => {
    const { port } = await serve({
      'POST /api/subjects/a': [404, { error_code: 40403 }],
      'GET /api/config/a': [200, { compatibilityLevel: 'FULL_TRANSITIVE' }],
      'POST /api/subjects/a/versions': [409, { message: 'field x' }],
    });
    expect(await failure(at(port).register('a', '"int"'))).toMatchObject({
      code: 'schema-incompatible',
      fate: 'fatal',
      message: expect.stringContaining('field x'),
    });
  });

  it('gives the versions of a subject with their ids, those deleted softly as well', async () => {
    const avro = { id: 7, subject: 'p/a', version: 1, schema: '"int"' };
    const { port } = await serve({
      'GET /api/subjects/p%2Fa/versions?deleted=true': [200, [1, 3]],
      'GET /api/subjects/p%2Fa/versions/1?deleted=true': [200, avro],
      'GET /api/subjects/p%2Fa/versions/2?deleted=true': [404, { error_code: 40402 }],
      'GET /api/subjects/p%2Fa/versions/3?deleted=true': [200, { ...avro, id: 9, schemaType: 'JSON' }],
      'GET /api/subjects/b/versions?deleted=true': [200, { versions: [1] }],
    });
    const registry = at(port);
    expect(await registry.versions('p/a')).toEqual([1, 3]);
    expect(await registry.version('p/a', 1)).toEqual({ id: 7, schema: '"int"', schemaType: 'AVRO' });
    expect(await registry.version('p/a', 2)).toBeUndefined();
    expect(await registry.version('p/a', 3)).toEqual({ id: 9, schema: '"int"', schemaType: 'JSON' });
    expect(await failure(registry.version('p/a', 4))).toMatchObject({ code: 'registry-refused' });
    expect(await failure(registry.versions('b'))).toMatchObject({ code: 'registry-refused' });
  });

  it('without a subject has no version of it, but another server at its address is a refusal', async () => {
    const { port } = await serve({
      'GET /api/subjects/a/versions?deleted=true': [404, { error_code: 40401 }],
    });
    expect(await at(port).versions('a')).toEqual([]);
    expect(await failure(at(port).versions('b'))).toMatchObject({ code: 'registry-refused', status: 404 });
  });

  it.each([500, 503, 429, 408])('that answers %i is asked again later', async (status) => {
    const { port } = await serve({ 'GET /api/subjects/a/versions?deleted=true': [status, ''] });
    expect(await failure(at(port).versions('a'))).toMatchObject({
      code: 'registry-unreachable',
      fate: 'retry',
      status,
    });
  });

  it('that nobody runs is asked again later', async () => {
    const { port } = await serve({});
    for (const close of closing.splice(0)) close();
    const error = await failure(at(port).versions('a'));
    expect(error).toBeInstanceOf(RegistryError);
    expect(error).toMatchObject({ code: 'registry-unreachable', message: expect.stringContaining('ECONN') });
  });

  it('that stays silent is given up after the time-out, or when the caller stops', async () => {
    const onRequest = (): void => {
      for (const run of clock.timers) run();
    };
    const { port } = await serve({ 'GET /api/subjects/a/versions?deleted=true': 'silence' }, onRequest);
    expect(await failure(at(port).versions('a'))).toMatchObject({ code: 'registry-unreachable' });
    expect(clock.timers.size).toBe(0);
    const stop = new AbortController();
    const silent = await serve({ 'GET /api/subjects/a/versions?deleted=true': 'silence' }, () =>
      stop.abort(new Error('stopped')),
    );
    expect(await failure(at(silent.port).versions('a', stop.signal))).toMatchObject({ message: 'stopped' });
  });
});
