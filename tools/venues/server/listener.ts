import { once } from 'node:events';
import { createServer, STATUS_CODES, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import type { Clock, Timer } from '@concord/runtime';
import { WebSocketServer, type WebSocket } from 'ws';
import type { ConnectionLimits } from './connection-limits.ts';
import type { FaultPlan } from '../faults.ts';
import { Connection, type ConnectionCounts } from './connection.ts';
import type { RestAnswer, RestRequest, VenueFeed } from './feed.ts';

export interface ListenerOptions {
  readonly feed: VenueFeed;
  readonly faults: FaultPlan;
  /** An answer in place of the feed's. */
  readonly intercept: (request: RestRequest) => RestAnswer | undefined;
  readonly limits: ConnectionLimits;
  readonly clock: Clock;
}

const LOOPBACK = '127.0.0.1';
const MAX_INBOUND_BYTES = 1024 * 1024;
/** Over a thousand streams may stand in a URL. */
const MAX_HEADER_BYTES = 64 * 1024;
const SWEEP_MS = 250;
const RETRY_MS = 50;

/** One venue's address: WebSocket and REST on one loopback port of the system's choice. */
export class Listener implements AsyncDisposable {
  readonly connections = new Set<Connection>();
  readonly counts: ConnectionCounts = { framesSent: 0, bytesSent: 0, slowReaders: 0 };
  connectionsTotal = 0;
  requests = 0;
  readonly #options: ListenerOptions;
  readonly #http = createServer({ maxHeaderSize: MAX_HEADER_BYTES }, (request, response) =>
    this.#answer(request, response),
  );
  readonly #ws = new WebSocketServer({
    noServer: true,
    perMessageDeflate: false,
    maxPayload: MAX_INBOUND_BYTES,
  });

  readonly #stopped = new AbortController();
  #port = 0;
  #sweeping: Timer | undefined;
  #restarting: Promise<void> | undefined;

  constructor(options: ListenerOptions) {
    this.#options = options;
    this.#http.on('upgrade', (request, socket, head) => this.#upgrade(request, socket, head));
  }

  /** `host:port` once listening. */
  async listen(): Promise<string> {
    await this.#listen();
    const { clock, limits, faults } = this.#options;
    this.#sweeping = clock.setRepeating(() => limits.sweep(faults), SWEEP_MS);
    return `${LOOPBACK}:${this.#port}`;
  }

  async #listen(): Promise<void> {
    this.#http.listen(this.#port, LOOPBACK);
    await once(this.#http, 'listening');
    this.#port = (this.#http.address() as AddressInfo).port;
  }

  /** Drops every connection and is not there for so long; then it is, at the same address. Does nothing while it is away. */
  restart(downMs: number): void {
    this.#restarting ??= this.#awayFor(downMs).finally(() => (this.#restarting = undefined));
  }

  async #awayFor(downMs: number): Promise<void> {
    const { clock } = this.#options;
    const { signal } = this.#stopped;
    await this.#close();
    await clock.sleep(downMs, signal);
    // Somebody's outgoing connection may have been given the port meanwhile.
    while (
      !signal.aborted &&
      !(await this.#listen().then(
        () => true,
        () => false,
      ))
    )
      await clock.sleep(RETRY_MS, signal);
  }

  #upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    // Without a listener a reset during the handshake would end the process.
    socket.on('error', () => socket.destroy());
    const status = this.#options.limits.refusal() ?? this.#options.faults.refuseUpgrade();
    if (status === undefined) {
      this.#ws.handleUpgrade(request, socket, head, (ws) =>
        this.#opened(ws, requestUrl(request), socket as Socket),
      );
      return;
    }
    const line = `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ''}`;
    socket.end(`${line}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`);
  }

  #opened(ws: WebSocket, url: URL, socket: Socket): void {
    const { feed, faults, limits } = this.#options;
    const connection = new Connection(++this.connectionsTotal, url, ws, socket, this.counts, faults.filter);
    this.connections.add(connection);
    limits.opened(connection);
    ws.on('error', () => connection.destroy());
    ws.on('close', () => {
      this.connections.delete(connection);
      limits.closed(connection);
      feed.close(connection);
    });
    ws.on('message', (data, isBinary) => {
      // With the default `binaryType` a message is one Buffer.
      if (limits.heard(connection, false) && !isBinary)
        feed.receive(connection, (data as Buffer).toString('utf8'));
    });
    ws.on('ping', () => limits.heard(connection, true));
    ws.on('pong', (payload) => {
      if (limits.heard(connection, true)) limits.answered(connection, payload.toString('utf8'));
    });
    feed.open(connection);
  }

  #answer(request: IncomingMessage, response: ServerResponse): void {
    this.requests++;
    request.resume();
    const url = requestUrl(request);
    const asked: RestRequest = {
      method: request.method ?? 'GET',
      path: url.pathname,
      query: url.searchParams,
    };
    const { faults, intercept, feed } = this.#options;
    const { status, body, headers } = faults.refuseRest() ?? intercept(asked) ?? feed.rest(asked);
    const text = typeof body === 'string' ? body : JSON.stringify(body);
    response.writeHead(status, { 'content-type': 'application/json', ...headers });
    response.end(text);
  }

  async #close(): Promise<void> {
    for (const connection of this.connections) connection.close(1001, 'going away');
    const closed = new Promise<void>((resolve) => this.#http.close(() => resolve()));
    this.#http.closeAllConnections();
    for (const connection of this.connections) connection.destroy();
    await closed;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stopped.abort();
    this.#sweeping?.cancel();
    await this.#restarting;
    await this.#close();
  }
}

function requestUrl(request: IncomingMessage): URL {
  return new URL(request.url ?? '/', `http://${LOOPBACK}`);
}
