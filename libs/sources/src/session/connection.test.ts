import { createServer, type Server } from 'node:http';
import { createServer as createTcpServer, type AddressInfo, type Socket as TcpSocket } from 'node:net';
import { SystemClock } from '@concord/runtime';
import { afterEach, describe, expect, it } from 'vitest';
import { WebSocketServer, type WebSocket } from 'ws';
import { MESSAGE_BYTES_MAX, retryAfterMs, webSockets, type Socket } from './connection.ts';
import type { ConnectionFailed } from '../errors.ts';

const clock = new SystemClock();
const cleanUps: (() => void)[] = [];
afterEach(() => {
  for (const cleanUp of cleanUps.splice(0)) cleanUp();
});

async function listen(server: Server | ReturnType<typeof createTcpServer>): Promise<number> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  cleanUps.push(() => server.close());
  return (server.address() as AddressInfo).port;
}

/** A WebSocket server and the promise of its next connection. */
async function venue(): Promise<{ url: string; connected: Promise<WebSocket> }> {
  const http = createServer();
  const server = new WebSocketServer({ server: http });
  const connected = new Promise<WebSocket>((resolve) => server.once('connection', resolve));
  const port = await listen(http);
  cleanUps.push(() => server.clients.forEach((client) => client.terminate()));
  return { url: `ws://127.0.0.1:${port}`, connected };
}

class Heard {
  readonly frames: string[] = [];
  readonly bytes: Buffer[] = [];
  readonly ended: Promise<ConnectionFailed>;
  readonly opened: Promise<void>;
  readonly socket: Socket;
  signs = 0;
  endings = 0;
  #onFrame: (() => void) | undefined;

  constructor(url: string) {
    const opened = Promise.withResolvers<void>();
    const ended = Promise.withResolvers<ConnectionFailed>();
    this.opened = opened.promise;
    this.ended = ended.promise;
    this.socket = webSockets(clock)(url, {
      opened: () => opened.resolve(),
      frame: (data) => {
        this.bytes.push(data);
        this.frames.push(data.toString('utf8'));
        this.#onFrame?.();
      },
      heard: () => {
        this.signs++;
        this.#onFrame?.();
      },
      ended: (failure) => {
        this.endings++;
        ended.resolve(failure);
      },
    });
    cleanUps.push(() => this.socket.terminate());
  }

  async until(holds: () => boolean): Promise<void> {
    while (!holds()) {
      await new Promise<void>((resolve) => {
        this.#onFrame = resolve;
      });
    }
  }
}

describe('webSockets', () => {
  it('gives text and binary messages alike, in order', async () => {
    const { url, connected } = await venue();
    const heard = new Heard(url);
    const client = await connected;
    client.send('text');
    client.send(Buffer.from('binary'));
    await heard.until(() => heard.frames.length === 2);
    expect(heard.frames).toEqual(['text', 'binary']);
  });

  it('tells a ping as a sign of life and answers it', async () => {
    const { url, connected } = await venue();
    const heard = new Heard(url);
    const client = await connected;
    const answered = new Promise((resolve) => client.once('pong', (data) => resolve(data.toString())));
    client.ping('abc');
    expect(await answered).toBe('abc');
    expect(heard.signs).toBe(1);
  });

  it('tells a close with its code and reason, once', async () => {
    const { url, connected } = await venue();
    const heard = new Heard(url);
    (await connected).close(1008, 'too many streams');
    expect(await heard.ended).toMatchObject({
      end: 'closed',
      message: 'closed by the venue with code 1008: too many streams',
    });
    expect(heard.endings).toBe(1);
  });

  it('tells a connection cut in the middle of a frame', async () => {
    const { url, connected } = await venue();
    const heard = new Heard(url);
    const client = await connected;
    const raw = (client as unknown as { _socket: TcpSocket })._socket;
    raw.write(Buffer.from([0x81, 0x7e, 0x01, 0x00, 0x7b]), () => raw.destroy());
    expect(await heard.ended).toMatchObject({ end: 'closed' });
    expect(heard.frames).toEqual([]);
  });

  it('tells a port where nobody listens', async () => {
    const server = createTcpServer();
    const port = await listen(server);
    await new Promise((resolve) => server.close(resolve));
    const heard = new Heard(`ws://127.0.0.1:${port}`);
    expect(await heard.ended).toMatchObject({ end: 'unreachable', fate: 'retry' });
  });

  it('tells the status of a refused upgrade and how long to wait', async () => {
    const http = createServer();
    http.on('upgrade', (_request, socket) => {
      socket.end('HTTP/1.1 503 Service Unavailable\r\nRetry-After: 7\r\nContent-Length: 0\r\n\r\n');
    });
    const heard = new Heard(`ws://127.0.0.1:${await listen(http)}`);
    expect(await heard.ended).toMatchObject({ end: 'handshake-refused', status: 503, retryAfterMs: 7_000 });
    expect(heard.endings).toBe(1);
  });

  it('tells a connection reset in the middle of the handshake', async () => {
    const server = createTcpServer((socket) => socket.resetAndDestroy());
    const heard = new Heard(`ws://127.0.0.1:${await listen(server)}`);
    expect(await heard.ended).toMatchObject({ end: 'unreachable' });
  });

  it('takes a message of 5 MB and refuses one beyond its bound', async () => {
    const { url, connected } = await venue();
    const heard = new Heard(url);
    const client = await connected;
    client.on('error', () => undefined);
    client.send('x'.repeat(5_000_000));
    await heard.until(() => heard.frames.length === 1);
    expect(heard.frames[0]?.length).toBe(5_000_000);
    client.send('x'.repeat(MESSAGE_BYTES_MAX + 1));
    expect(await heard.ended).toMatchObject({ end: 'frame-too-large' });
  });

  it('hands on a text that is not UTF-8 as it came, and goes on', async () => {
    const { url, connected } = await venue();
    const heard = new Heard(url);
    const client = await connected;
    client.send(Buffer.from([0x7b, 0xff, 0xfe, 0x7d]), { binary: false });
    client.send('{}');
    await heard.until(() => heard.frames.length === 2);
    expect(heard.bytes.map((data) => data.toString('hex'))).toEqual(['7bfffe7d', '7b7d']);
    expect(heard.endings).toBe(0);
  });

  it('tells what is no WebSocket frame as such, and not as a host that is not there', async () => {
    const { url, connected } = await venue();
    const heard = new Heard(url);
    const client = await connected;
    client.on('error', () => undefined);
    await heard.opened;
    const raw = (client as unknown as { _socket: TcpSocket })._socket;
    raw.write(Buffer.from('HTTP/1.1 500 oops\r\n\r\n'));
    expect(await heard.ended).toMatchObject({
      end: 'malformed',
      message: expect.stringMatching(/WS_ERR/) as string,
    });
  });

  it('does not read while it is paused', async () => {
    const { url, connected } = await venue();
    const heard = new Heard(url);
    const client = await connected;
    await heard.opened;
    heard.socket.pause();
    const message = 'x'.repeat(100_000);
    // Far more than the kernel's buffers hold: the sender must be stuck with the rest.
    for (let i = 0; i < 200; i++) client.send(message);
    // Another connection's whole handshake goes through this process meanwhile.
    await new Heard(url).opened;
    expect(client.bufferedAmount).toBeGreaterThan(1_000_000);
    expect(heard.frames.length).toBeLessThan(5);
    heard.socket.resume();
    await heard.until(() => heard.frames.length === 200);
  });

  it('says goodbye when it closes, and tells nothing of it', async () => {
    const { url, connected } = await venue();
    const heard = new Heard(url);
    const client = await connected;
    const closed = new Promise((resolve) => client.once('close', resolve));
    await heard.opened;
    await heard.socket.close();
    expect(await closed).toBe(1_000);
    expect(heard.endings).toBe(0);
  });
});

describe('retryAfterMs', () => {
  it('reads seconds and HTTP dates, and nothing else', () => {
    const now = Date.UTC(2026, 0, 1, 12, 0, 0);
    expect(retryAfterMs('30', now)).toBe(30_000);
    expect(retryAfterMs('Thu, 01 Jan 2026 12:00:10 GMT', now)).toBe(10_000);
    expect(retryAfterMs('Thu, 01 Jan 2026 11:00:00 GMT', now)).toBe(0);
    expect(retryAfterMs('soon', now)).toBeNull();
    expect(retryAfterMs(undefined, now)).toBeNull();
  });
});
