import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { ManualClock } from '@concord/testkit';
import { expect, it } from 'vitest';
import { RestHost } from './rest-host.ts';

it('gives an answer up that drips and has no end after a minute', async () => {
  const server = createServer((_, response) => {
    response.writeHead(200, { 'content-type': 'application/json' });
    response.write(' ');
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const clock = new ManualClock();
  const host = new RestHost({ url, venue: { urls: [url], limits: [] }, clock });
  const asked = host.get({ path: '/', query: {} }, 'repair', undefined).catch((error: unknown) => error);
  await once(server, 'request');
  await clock.pass(60_000);
  expect(await asked).toMatchObject({ code: 'history-unreachable' });
  server.closeAllConnections();
  server.close();
});
