import { createServer, type Server, type Socket } from 'node:net';
import { SystemClock } from '@concord/runtime';
import type { ConnectionFailed } from '@concord/sources';
import { until } from '@concord/testkit';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { gateways, type Gateway } from './gateway.ts';

function framed(text: string): Buffer {
  const body = Buffer.from(text.replaceAll('|', '\0'));
  const length = Buffer.alloc(4);
  length.writeUInt32BE(body.length);
  return Buffer.concat([length, body]);
}

describe('a connection to TWS', () => {
  let server: Server;
  let greeting = '176|20260105 15:00:00 UTC|';
  const sockets: Socket[] = [];
  const received: Buffer[] = [];
  const messages: { readonly fields: readonly string[]; readonly receiveTime: number }[] = [];
  const failures: ConnectionFailed[] = [];
  let gateway: Gateway;

  const open = (port: number, clientId = 7): void => {
    gateway = gateways(new SystemClock())({ host: '127.0.0.1', port }, clientId, {
      message: (fields, receiveTime) => messages.push({ fields, receiveTime }),
      ended: (failure) => failures.push(failure),
    });
  };
  const port = (): number => {
    const address = server.address();
    return address === null || typeof address === 'string' ? 0 : address.port;
  };
  beforeEach(async () => {
    for (const list of [sockets, received, messages, failures]) list.length = 0;
    greeting = '176|20260105 15:00:00 UTC|';
    server = createServer((socket) => {
      sockets.push(socket);
      socket.on('error', () => undefined);
      socket.on('data', (data) => {
        if (received.length === 0) socket.write(framed(greeting));
        received.push(data);
      });
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  });
  afterEach(async () => {
    gateway.close();
    for (const socket of sockets) socket.destroy();
    await new Promise((resolve) => server.close(resolve));
  });

  it('starts with its client id, and sends requests once TWS is ready', async () => {
    open(port());
    gateway.send({ type: 'current-time' });
    await until('what the client sends', () => received.length >= 2);
    expect(Buffer.concat(received).toString('latin1')).toMatch(/^API\0.{4}v100\.\.\d+.{4}71\x002\x007\0\0$/s);
    sockets[0]?.write(framed('9|1|1|'));
    await until('the client version', () => Buffer.concat(received).includes('49\0'));
  });

  it('hands out fields, those that came at once with one receive time', async () => {
    open(port());
    await until('what the client sends', () => received.length >= 2);
    sockets[0]?.write(Buffer.concat([framed('9|1|1|'), framed('1|6|3|1|271.10|300|1|')]));
    await until('two messages', () => messages.length === 2);
    expect(messages.map(({ fields }) => fields)).toEqual([
      ['9', '1', '1'],
      ['1', '6', '3', '1', '271.10', '300', '1'],
    ]);
    expect(messages[0]?.receiveTime).toBe(messages[1]?.receiveTime);
  });

  it('does not read on while it is paused', async () => {
    open(port());
    await until('what the client sends', () => received.length >= 2);
    gateway.pause();
    sockets[0]?.write(framed('49|1|1767625200|'));
    await new Promise((resolve) => sockets[0]?.write(framed('49|1|1767625201|'), () => resolve(undefined)));
    await new Promise((resolve) => setImmediate(resolve));
    expect(messages).toEqual([]);
    gateway.resume();
    await until('two messages', () => messages.length === 2);
  });

  it('ends once, and says why', async () => {
    open(port());
    await until('what the client sends', () => received.length >= 2);
    sockets[0]?.write(Buffer.from([0xff, 0xff, 0xff, 0xfc, 0, 0, 0, 0]));
    await until('a failure', () => failures.length > 0);
    sockets[0]?.destroy();
    await new Promise((resolve) => setImmediate(resolve));
    expect(failures).toMatchObject([{ end: 'frame-too-large' }]);
  });

  it('ends when the other side closes', async () => {
    open(port());
    await until('what the client sends', () => received.length >= 2);
    sockets[0]?.end();
    await until('a failure', () => failures.length > 0);
    expect(failures).toMatchObject([{ end: 'closed' }]);
  });

  it('ends when nobody listens', async () => {
    const free = port();
    await new Promise((resolve) => server.close(resolve));
    open(free);
    await until('a failure', () => failures.length > 0);
    expect(failures).toMatchObject([{ end: 'unreachable' }]);
    server.listen(0, '127.0.0.1');
  });

  it('ends when TWS is so old that its sizes are in lots', async () => {
    greeting = '150|20260105 15:00:00 UTC|';
    open(port());
    await until('a failure', () => failures.length > 0);
    expect(failures).toMatchObject([{ end: 'handshake-refused' }]);
    expect(failures[0]?.message).toMatch(/version 150/);
  });
});
