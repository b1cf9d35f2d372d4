import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { ManualClock, passUntil } from '@concord/testkit';
import { afterEach, describe, expect, it } from 'vitest';
import { RestClient } from './rest.ts';
import type { RestReading, RestVenue } from './rest-host.ts';

const cleanUps: (() => void)[] = [];
afterEach(() => {
  for (const cleanUp of cleanUps.splice(0)) cleanUp();
});

/** Answers a request; `count` is how many this host has had. */
type Answer = (request: IncomingMessage, response: ServerResponse, count: number) => void;

/** Hosts on loopback in the order of preference, and a client of them. */
class Hosts {
  readonly clock = new ManualClock();
  /** What was asked for, host by host, and when. */
  readonly requests: { url: string; atMs: number }[][] = [];
  readonly readings = new Map<string, () => RestReading>();
  readonly names: string[] = [];
  #client: RestClient | undefined;

  static async start(answers: readonly Answer[], venue: Partial<RestVenue> = {}): Promise<Hosts> {
    const hosts = new Hosts();
    for (const answer of answers) hosts.names.push(await hosts.#listen(answer));
    hosts.#client = new RestClient({
      clock: hosts.clock,
      counters: { restHost: (host, read) => hosts.readings.set(host, read) },
      venue: {
        urls: hosts.names.map((name) => `http://${name}`),
        limits: [{ windowMs: 1_000, weight: 1_000, reserveShare: 0 }],
        ...venue,
      },
    });
    return hosts;
  }

  async #listen(answer: Answer): Promise<string> {
    const requests: { url: string; atMs: number }[] = [];
    this.requests.push(requests);
    const server = createServer((request, response) => {
      requests.push({ url: request.url ?? '', atMs: this.clock.monotonicMs() });
      answer(request, response, requests.length);
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    cleanUps.push(() => (server.close(), server.closeAllConnections()));
    return `127.0.0.1:${(server.address() as AddressInfo).port}`;
  }

  get(path = '/', query: Record<string, string | number> = {}, signal?: AbortSignal): Promise<string> {
    return passUntil(this.clock, this.client.get({ path, query }, 'history', signal));
  }

  /** Asks for all paths at once, every second one as a repair. */
  getAll(paths: readonly string[]): Promise<string[]> {
    const works = paths.map((path, i) =>
      this.client.get({ path, query: {} }, i % 2 === 0 ? 'history' : 'repair'),
    );
    return passUntil(this.clock, Promise.all(works));
  }

  get client(): RestClient {
    if (this.#client === undefined) throw new Error('not started');
    return this.#client;
  }

  counts(): number[] {
    return this.requests.map(({ length }) => length);
  }

  breakers(): (string | undefined)[] {
    return this.names.map((name) => this.readings.get(name)?.().breaker);
  }
}

function status(code: number, headers: Record<string, string> = {}): Answer {
  return (_request, response) => response.writeHead(code, headers).end(`status ${code}`);
}

const fine: Answer = (_request, response) => response.end('fine');

describe('RestClient', () => {
  it('gives the body of the answer to a query', async () => {
    const hosts = await Hosts.start([fine]);
    expect(await hosts.get('/a', { pair: 'BTC/USD', limit: 5 })).toBe('fine');
    expect(hosts.requests[0]?.map(({ url }) => url)).toEqual(['/a?pair=BTC%2FUSD&limit=5']);
  });

  it('waits as long as a busy venue asks for, everybody with it, and goes on', async () => {
    const hosts = await Hosts.start([
      (request, response, count) =>
        count === 1 ? status(429, { 'retry-after': '20' })(request, response, count) : response.end('ok'),
    ]);
    expect(await hosts.getAll(['/1', '/2', '/3'])).toEqual(['ok', 'ok', 'ok']);
    const [first = 0, ...later] = hosts.requests[0]?.map(({ atMs }) => atMs) ?? [];
    const afterRest = later.filter((atMs) => atMs - first >= 20_000);
    // Those that were under way with the first may have been answered.
    expect(afterRest.length).toBeGreaterThanOrEqual(1);
    expect(later.filter((atMs) => atMs - first < 20_000).length).toBeLessThanOrEqual(2);
    expect(hosts.breakers()).toEqual(['CLOSED']);
  });

  it("takes a venue's own way of saying that it is busy for what it is", async () => {
    const hosts = await Hosts.start(
      [(_request, response, count) => response.end(count === 1 ? 'too many' : 'ok')],
      { busyMs: ({ text }) => (text === 'too many' ? 7_000 : undefined) },
    );
    expect(await hosts.get()).toBe('ok');
    const [first, second] = hosts.requests[0] ?? [];
    expect((second?.atMs ?? 0) - (first?.atMs ?? 0)).toBeGreaterThanOrEqual(7_000);
  });

  it('gives up after five tries while the venue stays busy', async () => {
    const hosts = await Hosts.start([status(429)]);
    await expect(hosts.get()).rejects.toMatchObject({ code: 'history-refused', status: 429 });
    expect(hosts.counts()).toEqual([5]);
  });

  it('does not repeat a request that the venue calls wrong', async () => {
    const hosts = await Hosts.start([status(400)]);
    await expect(hosts.get()).rejects.toMatchObject({
      code: 'history-refused',
      status: 400,
      retryAfterMs: null,
    });
    expect(hosts.counts()).toEqual([1]);
  });

  it('tells of a ban at once, does not go round it by another host, and asks no more until it is nearly over', async () => {
    const hosts = await Hosts.start([status(418, { 'retry-after': '3600' }), fine]);
    await expect(hosts.get()).rejects.toMatchObject({ status: 418, retryAfterMs: 3_600_000, fate: 'retry' });
    await expect(hosts.get()).rejects.toMatchObject({ code: 'history-refused' });
    expect(hosts.counts()).toEqual([1, 0]);
  });

  it('tries again when the connection breaks', async () => {
    const hosts = await Hosts.start([
      (request, response, count) => (count < 3 ? request.socket.destroy() : response.end('ok')),
    ]);
    expect(await hosts.get()).toBe('ok');
    expect(hosts.counts()[0]).toBeGreaterThanOrEqual(3);
  });

  it('leaves a host alone that failed three times in a row, says for how long, and comes back with one probe', async () => {
    let isDown = true;
    const hosts = await Hosts.start([
      (request, response, count) => (isDown ? status(503) : fine)(request, response, count),
    ]);
    await expect(hosts.get()).rejects.toMatchObject({
      code: 'history-unreachable',
      status: 503,
      fate: 'retry',
    });
    expect(hosts.counts()).toEqual([3]);
    expect(hosts.breakers()).toEqual(['OPEN']);
    const refused = await hosts.get().catch((error: unknown) => error as { retryAfterMs: number });
    const { retryAfterMs } = refused as { retryAfterMs: number };
    expect(retryAfterMs).toBeGreaterThan(0);
    expect(hosts.counts()).toEqual([3]);
    isDown = false;
    await hosts.clock.pass(retryAfterMs);
    expect(await hosts.get()).toBe('fine');
    expect(hosts.breakers()).toEqual(['CLOSED']);
  });

  it('goes to the next host while the first is left alone, and back when that answers again', async () => {
    let isDown = true;
    const hosts = await Hosts.start([
      (request, response, count) => (isDown ? status(502) : fine)(request, response, count),
      (_request, response) => response.end('second'),
    ]);
    expect(await hosts.get()).toBe('second');
    expect(hosts.counts()).toEqual([3, 1]);
    expect(hosts.breakers()).toEqual(['OPEN', 'CLOSED']);
    // A probe that fails costs the request nothing but a moment.
    await hosts.clock.pass(60_000);
    expect(await hosts.get()).toBe('second');
    expect(hosts.counts()).toEqual([4, 2]);
    isDown = false;
    await hosts.clock.pass(60_000);
    expect(await hosts.get()).toBe('fine');
    expect(await hosts.get()).toBe('fine');
    expect(hosts.counts()).toEqual([6, 2]);
  });

  it('stops at once when its signal aborts, which says nothing of the host', async () => {
    let stop = new AbortController();
    const hosts = await Hosts.start([() => stop.abort(new Error('enough'))]);
    for (let i = 0; i < 4; i++) {
      stop = new AbortController();
      await expect(hosts.get('/', {}, stop.signal)).rejects.toThrow('enough');
    }
    expect(hosts.counts()).toEqual([4]);
    expect(hosts.breakers()).toEqual(['CLOSED']);
  });

  it('never sends more than the limit, as the host itself counts it, for two hundred requests at once', async () => {
    const limit = { windowMs: 10_000, weight: 50, reserveShare: 0.2 };
    const used: number[] = [];
    const hosts: Hosts = await Hosts.start(
      [
        (_request, response) => {
          const since = hosts.clock.monotonicMs() - limit.windowMs;
          const inWindow = hosts.requests[0]?.filter(({ atMs }) => atMs > since).length ?? 0;
          used.push(inWindow);
          response.setHeader('x-used', inWindow).end('ok');
        },
      ],
      {
        limits: [limit],
        readUsage: (headers) => ({ used: Number(headers['x-used']), windowMs: limit.windowMs }),
      },
    );
    expect(await hosts.getAll(Array.from({ length: 200 }, (_, i) => `/${i}`))).toHaveLength(200);
    expect(Math.max(...used)).toBeLessThanOrEqual(50);
    expect(Math.max(...used)).toBeGreaterThan(40);
  });
});
