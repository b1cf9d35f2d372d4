import { connect, createServer, type Server, type Socket } from 'node:net';

interface Pair {
  readonly near: Socket;
  readonly far: Socket;
  /** Drop the answer to the next request, and then the connection. */
  deafened: boolean;
}

/**
 * A proxy on a free loopback port in front of one address, which spoils connections in the ways a network does. Every way acts on
 * what is connected at the moment; new connections are served unless `refuse` is on.
 */
export class TcpProxy implements AsyncDisposable {
  readonly port: number;
  readonly #server: Server;
  readonly #pairs: Set<Pair>;
  readonly #state: { refusing: boolean };
  #cuts = 0;

  private constructor(server: Server, port: number, pairs: Set<Pair>, state: { refusing: boolean }) {
    this.#server = server;
    this.port = port;
    this.#pairs = pairs;
    this.#state = state;
  }

  static async listen(targetHost: string, targetPort: number): Promise<TcpProxy> {
    const pairs = new Set<Pair>();
    const state = { refusing: false };
    const server = createServer((near) => {
      if (state.refusing) near.destroy();
      else join(near, connect({ host: targetHost, port: targetPort }), pairs);
    });
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen(0, '127.0.0.1', resolve);
    });
    const address = server.address();
    if (address === null || typeof address === 'string') throw new TypeError('the proxy has no port');
    return new TcpProxy(server, address.port, pairs, state);
  }

  /** Connections spoilt so far. */
  get cuts(): number {
    return this.#cuts;
  }

  /** Resets connections, each with the given chance drawn from `random`. */
  cut(chance = 1, random: () => number = () => 0): void {
    for (const pair of this.#pairs) {
      if (random() >= chance) continue;
      this.#cuts++;
      end(pair, this.#pairs);
    }
  }

  /** Lets the next request of each chosen connection through and swallows its answer: done, but never acknowledged. */
  deafen(chance = 1, random: () => number = () => 0): void {
    for (const pair of this.#pairs) {
      if (pair.deafened || random() >= chance) continue;
      this.#cuts++;
      pair.deafened = true;
    }
  }

  /** Refuses new connections while on. */
  refuse(refusing: boolean): void {
    this.#state.refusing = refusing;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#state.refusing = true;
    for (const pair of this.#pairs) end(pair, this.#pairs);
    await new Promise<void>((resolve) => this.#server.close(() => resolve()));
  }
}

function join(near: Socket, far: Socket, pairs: Set<Pair>): void {
  const pair: Pair = { near, far, deafened: false };
  pairs.add(pair);
  near.setNoDelay(true);
  far.setNoDelay(true);
  const stop = (): void => end(pair, pairs);
  for (const socket of [near, far]) {
    socket.on('error', stop);
    socket.on('close', stop);
  }
  near.on('data', (data) => {
    if (!far.write(data)) near.pause();
  });
  far.on('drain', () => near.resume());
  far.on('data', (data) => {
    if (pair.deafened) return stop();
    if (!near.write(data)) far.pause();
  });
  near.on('drain', () => far.resume());
}

function end(pair: Pair, pairs: Set<Pair>): void {
  pairs.delete(pair);
  pair.near.destroy();
  pair.far.destroy();
}
