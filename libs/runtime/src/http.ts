import { createServer, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Registry } from 'prom-client';
import type { Health } from './health.ts';

export interface ObservationOptions {
  host: string;
  /** 0 takes a free port. */
  port: number;
  health: Health;
  metrics: Registry;
  /** Extra read-only views, e.g. `/status`, answered as JSON. */
  views?: Record<string, () => unknown>;
}

/** A running `/healthz`, `/readyz`, `/metrics` endpoint. */
export interface Observation extends AsyncDisposable {
  readonly port: number;
}

export async function serveObservation(options: ObservationOptions): Promise<Observation> {
  const server = createServer((request, response) => {
    const path = (request.url ?? '/').split('?', 1)[0] as string;
    answer(path, response, options).catch(() => response.destroy());
  });
  server.requestTimeout = 10_000;
  await listen(server, options.port, options.host);
  return {
    port: (server.address() as AddressInfo).port,
    [Symbol.asyncDispose]: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

function listen(server: Server, port: number, host: string): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, () => {
      server.off('error', reject);
      resolve();
    });
  });
}

async function answer(
  path: string,
  response: ServerResponse,
  { health, metrics, views = {} }: ObservationOptions,
): Promise<void> {
  if (path === '/healthz') return json(response, health.alive ? 200 : 503, health);
  if (path === '/readyz') return json(response, health.ready ? 200 : 503, health);
  if (path === '/metrics') {
    response.writeHead(200, { 'content-type': metrics.contentType }).end(await metrics.metrics());
    return;
  }
  const view = views[path];
  if (view !== undefined) return json(response, 200, view());
  const known = ['/healthz', '/readyz', '/metrics', ...Object.keys(views)];
  json(response, 404, { error: `no such path ${path}; there is ${known.join(', ')}` });
}

function json(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(`${JSON.stringify(body)}\n`);
}
