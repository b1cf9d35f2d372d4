import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { WebSocketServer } from 'ws';
import { Connection, type ConnectionCounts, type FrameFilter } from './connection.ts';
import type { RestAnswer, RestRequest, VenueFeed } from './feed.ts';

export interface ListenerOptions {
  readonly feed: VenueFeed;
  readonly filter: FrameFilter;
  /** An answer in place of the feed's, for faults and recordings. */
  readonly intercept: (request: RestRequest) => RestAnswer | undefined;
  /** Status with which WebSocket upgrades are refused now, if any. */
  readonly refuseUpgrade: () => number | undefined;
}

const LOOPBACK = '127.0.0.1';
const MAX_INBOUND_BYTES = 1024 * 1024;

/** One venue's address: WebSocket and REST on one loopback port of the system's choice. */
export class Listener implements AsyncDisposable {
  readonly connections = new Set<Connection>();
  readonly counts: ConnectionCounts = { framesSent: 0, bytesSent: 0, slowReaders: 0 };
  connectionsTotal = 0;
  requests = 0;
  readonly #options: ListenerOptions;
  readonly #http = createServer((request, response) => this.#answer(request, response));
  readonly #ws = new WebSocketServer({
    noServer: true,
    perMessageDeflate: false,
    maxPayload: MAX_INBOUND_BYTES,
  });

  constructor(options: ListenerOptions) {
    this.#options = options;
    this.#http.on('upgrade', (request, socket, head) => this.#upgrade(request, socket, head));
  }

  /** `host:port` once listening. */
  async listen(): Promise<string> {
    await new Promise<void>((resolve, reject) => {
      this.#http.once('error', reject);
      this.#http.listen(0, LOOPBACK, resolve);
    });
    const { port } = this.#http.address() as AddressInfo;
    return `${LOOPBACK}:${port}`;
  }

  #upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    const status = this.#options.refuseUpgrade();
    if (status !== undefined) {
      socket.end(`HTTP/1.1 ${status} Service Unavailable\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`);
      return;
    }
    // Without a listener a reset during the handshake would end the process.
    socket.on('error', () => socket.destroy());
    this.#ws.handleUpgrade(request, socket, head, (ws) => {
      const { feed, filter } = this.#options;
      const url = requestUrl(request);
      const connection = new Connection(
        ++this.connectionsTotal,
        url,
        ws,
        socket as Socket,
        this.counts,
        filter,
      );
      this.connections.add(connection);
      ws.on('error', () => connection.destroy());
      ws.on('close', () => {
        this.connections.delete(connection);
        feed.close(connection);
      });
      ws.on('message', (data, isBinary) => {
        // With the default `binaryType` a message is one Buffer.
        if (!isBinary) feed.receive(connection, (data as Buffer).toString('utf8'));
      });
      feed.open(connection);
    });
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
    const { status, body, headers } = this.#options.intercept(asked) ?? this.#options.feed.rest(asked);
    const text = typeof body === 'string' ? body : JSON.stringify(body);
    response.writeHead(status, { 'content-type': 'application/json', ...headers });
    response.end(text);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const connection of this.connections) connection.close(1001, 'going away');
    const closed = new Promise<void>((resolve) => this.#http.close(() => resolve()));
    this.#http.closeAllConnections();
    for (const connection of this.connections) connection.destroy();
    await closed;
  }
}

function requestUrl(request: IncomingMessage): URL {
  return new URL(request.url ?? '/', `http://${LOOPBACK}`);
}
