import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';

const LENGTH_BYTES = 4;
/** So much of a message holds the fields that tell what it is. */
const FIELDS_BYTES = 64;

/** What goes over the wire in the place of a message. */
export interface Harmed {
  readonly bytes: Buffer;
  /** The connection ends there. */
  readonly isCut: boolean;
}

interface Harm {
  readonly isTarget: (fields: readonly string[]) => boolean;
  readonly harm: (message: Buffer) => Harmed;
}

/** Stands between a client of TWS and its gateway, and alters one message of the gateway when it is told to: its length and its bytes. */
export class MessageProxy implements AsyncDisposable {
  readonly host = '127.0.0.1';
  readonly port: number;
  readonly #server: Server;
  readonly #sockets: Set<Socket>;
  readonly #state: { next: Harm | undefined };

  private constructor(server: Server, sockets: Set<Socket>, state: { next: Harm | undefined }) {
    this.port = (server.address() as AddressInfo).port;
    this.#server = server;
    this.#sockets = sockets;
    this.#state = state;
  }

  static async listen(host: string, port: number): Promise<MessageProxy> {
    const sockets = new Set<Socket>();
    const state: { next: Harm | undefined } = { next: undefined };
    const server = createServer((near) => {
      const far = connect({ host, port });
      for (const socket of [near, far]) {
        sockets.add(socket);
        socket.setNoDelay(true);
        const end = (): void => {
          near.destroy();
          far.destroy();
          sockets.delete(socket);
        };
        socket.on('error', end);
        socket.on('close', end);
      }
      near.on('data', (data) => far.write(data));
      let rest: Buffer = Buffer.alloc(0);
      far.on('data', (data) => {
        rest = Buffer.concat([rest, data]);
        rest = pass(rest, near, state);
      });
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return new MessageProxy(server, sockets, state);
  }

  /** The next message whose first fields `isTarget` takes is replaced by what `harm` makes of it, length and all. */
  harmNext(isTarget: Harm['isTarget'], harm: Harm['harm']): void {
    this.#state.next = { isTarget, harm };
  }

  /** Whether the harm is done. */
  get isDone(): boolean {
    return this.#state.next === undefined;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    await new Promise<void>((resolve) => this.#server.close(() => resolve()));
  }
}

/** Whole messages go on; gives the bytes that are none yet. */
function pass(bytes: Buffer, to: Socket, state: { next: Harm | undefined }): Buffer {
  for (;;) {
    if (bytes.length < LENGTH_BYTES) return bytes;
    const end = LENGTH_BYTES + bytes.readUInt32BE();
    if (bytes.length < end) return bytes;
    const message = bytes.subarray(0, end);
    bytes = bytes.subarray(end);
    const { next } = state;
    if (next?.isTarget(message.toString('utf8', LENGTH_BYTES, FIELDS_BYTES).split('\0')) !== true) {
      to.write(message);
      continue;
    }
    state.next = undefined;
    const harmed = next.harm(message);
    if (!harmed.isCut) {
      to.write(harmed.bytes);
      continue;
    }
    to.end(harmed.bytes, () => to.destroy());
    return Buffer.alloc(0);
  }
}
