import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { SystemClock } from '@concord/runtime';
import { afterEach, describe, expect, it } from 'vitest';
import { RestClient } from './rest.ts';

const clock = new SystemClock({ speed: 50 });
const cleanUps: (() => void)[] = [];
afterEach(() => {
  for (const cleanUp of cleanUps.splice(0)) cleanUp();
});

async function client(
  answer: (request: IncomingMessage, response: ServerResponse, count: number) => void,
): Promise<{ rest: RestClient; requests: string[] }> {
  const requests: string[] = [];
  const server = createServer((request, response) => {
    requests.push(request.url ?? '');
    answer(request, response, requests.length);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  cleanUps.push(() => server.close());
  const { port } = server.address() as AddressInfo;
  return { rest: new RestClient({ baseUrl: `http://127.0.0.1:${port}`, clock, gapMs: 0 }), requests };
}

describe('RestClient', () => {
  it('gives the body of the answer to a query', async () => {
    const { rest, requests } = await client((_request, response) => response.end('[1]'));
    expect(await rest.get('/a', { pair: 'BTC/USD', limit: 5 })).toBe('[1]');
    expect(requests).toEqual(['/a?pair=BTC%2FUSD&limit=5']);
  });

  it('tries again when the venue is busy, after the time it asks for', async () => {
    const startedAt = clock.nowMs();
    const { rest, requests } = await client((_request, response, count) => {
      if (count === 3) return response.end('ok');
      response.writeHead(429, { 'retry-after': '2' }).end();
    });
    expect(await rest.get('/', {})).toBe('ok');
    expect(requests).toHaveLength(3);
    expect(clock.nowMs() - startedAt).toBeGreaterThanOrEqual(4_000);
  });

  it('gives up after five tries with the last status', async () => {
    const { rest, requests } = await client((_request, response) => response.writeHead(503).end('down'));
    await expect(rest.get('/', {})).rejects.toMatchObject({
      code: 'history-refused',
      status: 503,
      fate: 'retry',
    });
    expect(requests).toHaveLength(5);
  });

  it('does not repeat a request that the venue calls wrong, nor wait for one that asks for an hour', async () => {
    const wrong = await client((_request, response) => response.writeHead(400).end('bad symbol'));
    await expect(wrong.rest.get('/', {})).rejects.toThrow(/bad symbol/);
    expect(wrong.requests).toHaveLength(1);
    const banned = await client((_request, response) =>
      response.writeHead(418, { 'retry-after': '3600' }).end(),
    );
    await expect(banned.rest.get('/', {})).rejects.toMatchObject({ status: 418, retryAfterMs: 3_600_000 });
    expect(banned.requests).toHaveLength(1);
  });

  it('tries again when the connection breaks', async () => {
    const { rest, requests } = await client((request, response, count) => {
      if (count < 3) return request.socket.destroy();
      response.end('ok');
    });
    expect(await rest.get('/', {})).toBe('ok');
    expect(requests.length).toBeGreaterThanOrEqual(3);
  });

  it('stops at once when its signal aborts', async () => {
    const stop = new AbortController();
    const { rest } = await client(() => stop.abort(new Error('enough')));
    await expect(rest.get('/', {}, stop.signal)).rejects.toThrow('enough');
  });
});
