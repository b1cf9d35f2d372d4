import type { Pacer } from './pacer.ts';

/** More than this many unsent messages are a fault of ours: the venue would cut the connection long before. */
const WAITING_MAX = 1_024;

/**
 * Sends one connection's messages in order, no faster than the venue takes them. Full: *drop-newest*, told by `false`. Its first goes before the further ones of other
 * connections: venues close one that says nothing for some seconds.
 */
export class Outbox {
  readonly #pacer: Pacer;
  readonly #write: (text: string) => void;
  readonly #waiting = new Set<{ takeBack(): void }>();
  #hasBegun = false;

  /** `pacer` belongs to whatever the venue counts messages by: the connection or the address. */
  constructor(pacer: Pacer, write: (text: string) => void) {
    this.#pacer = pacer;
    this.#write = write;
  }

  /** Whether everything was sent. */
  get isEmpty(): boolean {
    return this.#waiting.size === 0;
  }

  send(text: string): boolean {
    if (this.#waiting.size >= WAITING_MAX) return false;
    const message = { takeBack: (): void => undefined };
    this.#waiting.add(message);
    const isFirst = !this.#hasBegun;
    this.#hasBegun = true;
    message.takeBack = this.#pacer.act(() => {
      this.#waiting.delete(message);
      this.#write(text);
    }, isFirst);
    return true;
  }

  close(): void {
    for (const { takeBack } of this.#waiting) takeBack();
    this.#waiting.clear();
  }
}
