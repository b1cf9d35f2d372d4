import { once } from 'node:events';
import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import type { Clock } from '@concord/runtime';

export const LOOPBACK = '127.0.0.1';
const RETRY_MS = 50;

/** A loopback port of the system's choice that can go away for a while and come back. */
export class TcpListener implements AsyncDisposable {
  readonly #clock: Clock;
  readonly #sockets = new Set<Socket>();
  readonly #stopped = new AbortController();
  readonly #onSocket: (socket: Socket) => void;
  #server: Server;
  #away: Promise<void> | undefined;
  port = 0;

  constructor(clock: Clock, onSocket: (socket: Socket) => void) {
    this.#clock = clock;
    this.#onSocket = onSocket;
    this.#server = this.#create();
  }

  #create(): Server {
    return createServer((socket) => {
      this.#sockets.add(socket);
      // Without a listener a reset would end the process.
      socket.on('error', () => socket.destroy());
      socket.on('close', () => this.#sockets.delete(socket));
      this.#onSocket(socket);
    });
  }

  async listen(): Promise<void> {
    this.#server.listen(this.port, LOOPBACK);
    await once(this.#server, 'listening');
    this.port = (this.#server.address() as AddressInfo).port;
  }

  /** Drops every connection and is not there for so long; then it is, at the same port. Does nothing while it is away. */
  restart(downMs: number): void {
    this.#away ??= this.#awayFor(downMs).finally(() => (this.#away = undefined));
  }

  async #awayFor(downMs: number): Promise<void> {
    const { signal } = this.#stopped;
    await this.#close();
    await this.#clock.sleep(downMs, signal);
    // Somebody's outgoing connection may have been given the port meanwhile.
    while (!signal.aborted && !(await this.#listensAgain())) await this.#clock.sleep(RETRY_MS, signal);
  }

  #listensAgain(): Promise<boolean> {
    return this.listen().then(
      () => true,
      () => false,
    );
  }

  /** Listens at another port and no longer at the one before; connections stay. */
  async move(): Promise<void> {
    const before = this.#server;
    this.#server = this.#create();
    this.port = 0;
    await this.listen();
    before.close();
  }

  async #close(): Promise<void> {
    const closed = new Promise<void>((resolve) => this.#server.close(() => resolve()));
    for (const socket of this.#sockets) socket.destroy();
    await closed;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stopped.abort();
    await this.#away;
    await this.#close();
  }
}
