import type { Socket } from 'node:net';
import { playedTimeMark } from '@concord/runtime';
import type { WebSocket } from 'ws';
import { encodeTextFrames } from './text-frames.ts';

export type DataKind = 'trades' | 'quotes' | 'bars' | 'control';

/** What a frame is about, for counting and for faults. */
export interface FrameTag {
  readonly kind: DataKind;
  readonly symbol?: string;
}

/** Stands between a feed and the socket; faults replace it. Gives the frames to send in place of this one. */
export type FrameFilter = (connection: Connection, frame: string, tag: FrameTag) => readonly string[];

export interface ConnectionCounts {
  framesSent: number;
  bytesSent: number;
  slowReaders: number;
}

/** Beyond this many unread bytes a reader is cut, as venues do: the server's memory stays bounded. */
const UNREAD_LIMIT_BYTES = 32 * 1024 * 1024;
const POLICY_VIOLATION = 1008;

/**
 * One client. Frames sent in one turn of the event loop leave as one buffer in one write: at 20,000 frames a second the writes,
 * not the frames, were the cost. Hence they bypass the WebSocket library's own sending, which has nothing of its own pending
 * when it is used here for a ping or a closing, since both flush first.
 */
export class Connection {
  readonly id: number;
  readonly path: string;
  readonly query: URLSearchParams;
  /** Keys of what it is subscribed to. */
  readonly subscriptions = new Set<string>();
  /** Next value of the venue's sequence on this connection, where it has one. */
  sequence = 0;
  /** Frames meant for this client; those that a fault withholds count. */
  sends = 0;
  readonly #ws: WebSocket;
  readonly #socket: Socket;
  readonly #counts: ConnectionCounts;
  readonly #filter: FrameFilter;
  #pending: string[] = [];
  #pendingLength = 0;

  constructor(
    id: number,
    url: URL,
    ws: WebSocket,
    socket: Socket,
    counts: ConnectionCounts,
    filter: FrameFilter,
  ) {
    this.id = id;
    this.path = url.pathname;
    this.query = url.searchParams;
    this.#ws = ws;
    this.#socket = socket;
    this.#counts = counts;
    this.#filter = filter;
  }

  get isOpen(): boolean {
    return this.#ws.readyState === this.#ws.OPEN;
  }

  get unreadBytes(): number {
    return this.#ws.bufferedAmount + this.#pendingLength;
  }

  /** Sends a frame through the faults in force; whether this frame itself left. */
  send(frame: string, tag: FrameTag): boolean {
    this.sends++;
    if (!this.isOpen) return false;
    const frames = this.#filter(this, frame, tag);
    for (const one of frames) this.write(one);
    return frames.includes(frame);
  }

  /** Sends a frame as it is. */
  write(frame: string): void {
    if (!this.isOpen) return;
    if (this.unreadBytes > UNREAD_LIMIT_BYTES) {
      this.#counts.slowReaders++;
      return this.expel(POLICY_VIOLATION, 'reader too slow');
    }
    this.#counts.framesSent++;
    this.#counts.bytesSent += frame.length;
    if (this.#pending.length === 0) process.nextTick(() => this.#flush());
    this.#pending.push(frame);
    this.#pendingLength += frame.length;
  }

  #flush(): void {
    if (this.#pending.length === 0) return;
    const frames = this.#pending;
    this.#pending = [];
    this.#pendingLength = 0;
    if (this.isOpen) this.#socket.write(encodeTextFrames(frames));
  }

  /** Bytes straight onto the socket, past the WebSocket framing: a broken frame. */
  writeRaw(bytes: Buffer): void {
    this.#flush();
    this.#socket.write(bytes);
  }

  /** What a ping carries, and the pong that answers it. */
  get pingPayload(): string {
    return String(this.id);
  }

  ping(): void {
    this.#flush();
    if (this.isOpen) this.#ws.ping(this.pingPayload);
  }

  /** Tells the reader the time of what comes next, in a pong that nobody asked for: no client has to answer it. */
  announce(micros: number): void {
    this.#flush();
    if (this.isOpen) this.#ws.pong(playedTimeMark(micros));
  }

  /** Resolves when the reader has answered a ping sent now, thus has read all before it, or is gone. */
  readToHere(): Promise<void> {
    if (!this.isOpen) return Promise.resolve();
    return new Promise((resolve) => {
      const done = (): void => {
        this.#ws.off('pong', onPong);
        this.#ws.off('close', done);
        resolve();
      };
      const mark = `end-${this.id}`;
      const onPong = (data: Buffer): void => {
        if (data.toString() === mark) done();
      };
      this.#ws.on('pong', onPong);
      this.#ws.on('close', done);
      this.#flush();
      this.#ws.ping(mark);
    });
  }

  close(code = 1000, reason = ''): void {
    this.#flush();
    this.#ws.close(code, reason);
  }

  /** Says why and does not wait for an answer. */
  expel(code = 1000, reason = ''): void {
    this.close(code, reason);
    this.#socket.destroySoon();
  }

  /** Without a word, as when a cable is pulled. */
  destroy(): void {
    this.#flush();
    this.#socket.destroySoon();
    this.#ws.terminate();
  }
}
