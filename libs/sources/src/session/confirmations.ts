import type { Stream } from '../venue.ts';

/** Streams must be confirmed within this time after they were asked for. */
const CONFIRM_MS = 10_000;

export type Overdue =
  /** Ask for these one by one: one symbol that a venue does not know may cost the answer to a whole message. */
  | { readonly cure: 'ask-again'; readonly streams: readonly Stream[] }
  /** Asked for one by one, these were still not confirmed. */
  | { readonly cure: 'give-up'; readonly streams: readonly Stream[] };

/** Which streams of a session the venue has not confirmed yet, and what to do about it. */
export class Confirmations {
  readonly #messageGapMs: number;
  readonly #pending = new Map<string, Stream>();
  #byMs = Number.POSITIVE_INFINITY;
  #askedOneByOne = false;

  constructor(messageGapMs: number) {
    this.#messageGapMs = messageGapMs;
  }

  get isComplete(): boolean {
    return this.#pending.size === 0;
  }

  isPending(key: string): boolean {
    return this.#pending.has(key);
  }

  /** These streams are asked for now, in so many messages. */
  expect(streams: Iterable<Stream>, nowMs: number, messages: number): void {
    for (const stream of streams) this.#pending.set(stream.key, stream);
    this.#byMs = nowMs + CONFIRM_MS + messages * this.#messageGapMs;
    this.#askedOneByOne = false;
  }

  /** False when it was not awaited. */
  settle(key: string): boolean {
    return this.#pending.delete(key);
  }

  clear(): void {
    this.#pending.clear();
  }

  /** Asked once a second; `undefined` while there is time or nothing to wait for. */
  overdue(nowMs: number): Overdue | undefined {
    if (this.isComplete || nowMs < this.#byMs) return undefined;
    const streams = [...this.#pending.values()];
    if (this.#askedOneByOne) return { cure: 'give-up', streams };
    this.#askedOneByOne = true;
    this.#byMs = nowMs + CONFIRM_MS + streams.length * this.#messageGapMs;
    return { cure: 'ask-again', streams };
  }
}
