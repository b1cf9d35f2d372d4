import {
  ConnectionFailed,
  type ConnectionEnd,
  type OpenSocket,
  type Socket,
  type SocketHandlers,
} from '@concord/sources';

/** One connection of `FakeSockets`, from the venue's side. */
export class FakeConnection implements Socket {
  readonly url: string;
  readonly sent: string[] = [];
  readonly #handlers: SocketHandlers;
  pings = 0;
  paused = false;
  closed = false;

  constructor(url: string, handlers: SocketHandlers) {
    this.url = url;
    this.#handlers = handlers;
  }

  /** The venue accepts the connection. */
  accept(): this {
    this.#handlers.opened();
    return this;
  }

  /** The venue sends a message, as bytes or text; other objects become JSON. */
  deliver(message: string | object): void {
    this.#handlers.frame(bytesOf(message));
  }

  beat(): void {
    this.#handlers.heard();
  }

  fail(end: ConnectionEnd, detail: { status?: number; retryAfterMs?: number } = {}): void {
    this.closed = true;
    this.#handlers.ended(new ConnectionFailed(end, `the test ended it: ${end}`, detail));
  }

  send(text: string): void {
    this.sent.push(text);
  }

  ping(): void {
    this.pings++;
  }

  pause(): void {
    this.paused = true;
  }

  resume(): void {
    this.paused = false;
  }

  async close(): Promise<void> {
    this.closed = true;
  }

  terminate(): void {
    this.closed = true;
  }
}

/** Sockets without a network: a test plays the venue. */
export class FakeSockets {
  readonly connections: FakeConnection[] = [];

  readonly open: OpenSocket = (url, handlers) => {
    const connection = new FakeConnection(url, handlers);
    this.connections.push(connection);
    return connection;
  };

  /** The newest connection. */
  get last(): FakeConnection {
    const last = this.connections.at(-1);
    if (last === undefined) throw new Error('no connection was opened');
    return last;
  }
}

function bytesOf(message: string | object): Buffer {
  if (Buffer.isBuffer(message)) return message;
  return Buffer.from(typeof message === 'string' ? message : JSON.stringify(message));
}
