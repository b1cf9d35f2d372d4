import { connect, createServer, type AddressInfo, type Server } from 'node:net';
import { once } from 'node:events';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { TcpProxy } from './tcp-proxy.ts';

let server: Server;
let received: string[];
let proxy: TcpProxy;

beforeEach(async () => {
  received = [];
  server = createServer((socket) => {
    socket.on('error', () => undefined);
    socket.on('data', (data) => {
      received.push(data.toString());
      socket.write(`echo ${data.toString()}`);
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  proxy = await TcpProxy.listen('127.0.0.1', (server.address() as AddressInfo).port);
});

afterEach(async () => {
  await proxy[Symbol.asyncDispose]();
  server.close();
});

async function ask(): Promise<{ socket: ReturnType<typeof connect>; answer: string }> {
  const socket = connect(proxy.port, '127.0.0.1');
  socket.on('error', () => undefined);
  socket.write('one');
  const [answer] = (await once(socket, 'data')) as [Buffer];
  return { socket, answer: answer.toString() };
}

test('what goes in comes out at the other end, both ways', async () => {
  const { socket, answer } = await ask();
  expect(answer).toBe('echo one');
  socket.destroy();
});

test('a cut ends what is connected, and new connections are served', async () => {
  const { socket } = await ask();
  const closed = once(socket, 'close');
  proxy.cut();
  await closed;
  expect(proxy.cuts).toBe(1);
  const again = await ask();
  expect(again.answer).toBe('echo one');
  again.socket.destroy();
});

test('a deafened connection delivers the request and swallows the answer', async () => {
  const { socket } = await ask();
  proxy.deafen();
  const answers: string[] = [];
  socket.on('data', (data) => answers.push(data.toString()));
  const closed = once(socket, 'close');
  socket.write('two');
  await closed;
  expect(received).toEqual(['one', 'two']);
  expect(answers).toEqual([]);
});

test('a refusing proxy closes new connections', async () => {
  proxy.refuse(true);
  const socket = connect(proxy.port, '127.0.0.1');
  socket.on('error', () => undefined);
  await once(socket, 'close');
  expect(received).toEqual([]);
});
