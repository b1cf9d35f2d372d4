import type { Socket } from 'node:net';
import type { IBApi } from '@stoqey/ib';

/** Largest message taken, as the library has it. */
const MESSAGE_BYTES_MAX = 0xff_ff_ff;
const LENGTH_BYTES = 4;
const FIELD_END = '\0';

/** What is relied on within @stoqey/ib 1.6.10, whose version is fixed for that reason. */
interface Innards {
  readonly controller: {
    processIngressQueue: () => void;
    readonly socket: {
      onData: (data: Buffer) => void;
      onMessage: (text: string) => void;
      _v100MessageBuffer: Buffer;
      readonly client?: Socket;
    };
  };
}

export interface Containment {
  /** Stops and resumes reading the connection. */
  pause(): void;
  resume(): void;
}

export interface ContainmentHandlers {
  /** Bytes have come, and their messages follow at once. */
  chunk(): void;
  /** The bytes are no messages: the connection cannot be read on. */
  unreadable(what: string): void;
}

/**
 * Keeps what a broken peer sends from ending the process. The library's reader loops for ever on a negative length, and its decoder throws from
 * within the socket's listener, where nobody can catch it, on a negative count. Here the lengths are looked at before the reader sees them, and what the decoder throws
 * is dropped: the messages themselves were handed out before they were decoded. What does not end with a field's end it puts before the next message, which
 * would be lost with it; here it ends where its length says. The library offers no way to stop reading either.
 */
export function contain(api: IBApi, handlers: ContainmentHandlers): Containment {
  const { controller } = innardsOf(api);
  const { socket } = controller;
  const decode = controller.processIngressQueue.bind(controller);
  controller.processIngressQueue = (): void => {
    try {
      decode();
    } catch {
      // What is left of the message in the decoder's queue makes it skip to a boundary by itself.
    }
  };
  const take = socket.onMessage.bind(socket);
  socket.onMessage = (text): void => take(text.endsWith(FIELD_END) ? text : `${text}${FIELD_END}`);
  const read = socket.onData.bind(socket);
  socket.onData = (data): void => {
    const problem = framingProblem(socket._v100MessageBuffer, data);
    if (problem !== undefined) return handlers.unreadable(problem);
    handlers.chunk();
    read(data);
  };
  return { pause: () => void socket.client?.pause(), resume: () => void socket.client?.resume() };
}

function innardsOf(api: IBApi): Innards {
  const innards = api as unknown as Partial<Innards>;
  const { controller } = innards;
  if (
    typeof controller?.processIngressQueue !== 'function' ||
    typeof controller.socket.onData !== 'function' ||
    typeof controller.socket.onMessage !== 'function' ||
    !Buffer.isBuffer(controller.socket._v100MessageBuffer)
  )
    throw new TypeError('@stoqey/ib is not the version whose faults are known');
  return { controller };
}

/** What is wrong with the lengths of the messages in these bytes. `held` begins with a message. */
export function framingProblem(held: Buffer, data: Buffer): string | undefined {
  let at = 0;
  const byteAt = (index: number): number =>
    (index < held.length ? held[index] : data[index - held.length]) ?? 0;
  const end = held.length + data.length;
  while (at + LENGTH_BYTES <= end) {
    const length =
      byteAt(at) * 0x1_00_00_00 + byteAt(at + 1) * 0x1_00_00 + byteAt(at + 2) * 0x1_00 + byteAt(at + 3);
    if (length > MESSAGE_BYTES_MAX - LENGTH_BYTES)
      return `a message of ${length} bytes: expected at most ${MESSAGE_BYTES_MAX - LENGTH_BYTES}`;
    at += LENGTH_BYTES + length;
  }
  return undefined;
}
