import type { Socket } from 'node:net';
import type { ConnectionCounts, FrameTag } from '../server/connection.ts';
import type { Reader } from '../server/simulated-venue.ts';
import type { FaultPlan } from '../faults.ts';
import { currentTime } from './messages.ts';
import { encodeMessages } from './wire.ts';

/** Beyond this many unread bytes a reader is cut: the server's memory stays bounded. */
const UNREAD_LIMIT_BYTES = 32 * 1024 * 1024;

/** The socket of one client. Messages of one turn of the event loop leave in one write. */
export class TwsConnection implements Reader {
  readonly openedAtMs: number;
  readonly #socket: Socket;
  readonly #counts: ConnectionCounts;
  readonly #faults: FaultPlan;
  #pending: string[] = [];
  #pendingLength = 0;
  #announced = 0;

  constructor(socket: Socket, counts: ConnectionCounts, faults: FaultPlan, openedAtMs: number) {
    this.#socket = socket;
    this.#counts = counts;
    this.#faults = faults;
    this.openedAtMs = openedAtMs;
    socket.setNoDelay(true);
  }

  get isOpen(): boolean {
    return this.#socket.writable;
  }

  get unreadBytes(): number {
    return this.#socket.writableLength + this.#pendingLength;
  }

  /** Sends a message through the faults in force; whether this message itself left. */
  send(text: string, tag: FrameTag): boolean {
    if (!this.isOpen) return false;
    const texts = this.#faults.filter(this, text, tag);
    for (const one of texts) this.write(one);
    return texts.includes(text);
  }

  /** Sends a message as it is. */
  write(text: string): void {
    if (!this.isOpen) return;
    if (this.unreadBytes > UNREAD_LIMIT_BYTES) {
      this.#counts.slowReaders++;
      // What it has not read it never will.
      this.#socket.destroy();
      return;
    }
    this.#counts.framesSent++;
    this.#counts.bytesSent += text.length;
    if (this.#pending.length === 0) process.nextTick(() => this.#flush());
    this.#pending.push(text);
    this.#pendingLength += text.length;
  }

  #flush(): void {
    if (this.#pending.length === 0) return;
    const texts = this.#pending;
    this.#pending = [];
    this.#pendingLength = 0;
    if (this.isOpen) this.#socket.write(encodeMessages(texts));
  }

  /** Bytes past the framing: a broken message. */
  writeRaw(bytes: Buffer): void {
    this.#flush();
    this.#socket.write(bytes);
  }

  /** Tells the reader the time of what comes next, in an answer to a question for the time that nobody asked; whole seconds. */
  announce(micros: number): void {
    const second = Math.floor(micros / 1_000_000);
    if (second <= this.#announced) return;
    this.#announced = second;
    this.write(currentTime(micros));
  }

  /** Resolves when all that was sent is in the hands of the system, or the reader is gone: the protocol has no ping. */
  readToHere(): Promise<void> {
    this.#flush();
    if (!this.isOpen || this.#socket.writableLength === 0) return Promise.resolve();
    return new Promise((resolve) => this.#socket.once('drain', resolve).once('close', resolve));
  }

  /** Sends what is pending and ends. */
  end(): void {
    this.#flush();
    this.#socket.end();
  }

  /** Without a word, as when a cable is pulled. */
  destroy(): void {
    this.#flush();
    this.#socket.destroySoon();
  }
}
