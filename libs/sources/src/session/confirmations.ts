import type { Stream } from '../venue.ts';

/** Streams must be confirmed within this time after the last message that asks for them was sent. */
const CONFIRM_MS = 10_000;

export type Overdue =
  /** Ask for these one by one: one symbol that a venue does not know may cost the answer to a whole message. */
  | { readonly cure: 'ask-again'; readonly streams: readonly Stream[] }
  /** Asked for one by one, these were still not confirmed. */
  | { readonly cure: 'give-up'; readonly streams: readonly Stream[] };

/** Which streams of a session the venue has not confirmed yet, and what to do about it. */
export class Confirmations {
  readonly #pending = new Map<string, Stream>();
  #byMs = Number.POSITIVE_INFINITY;
  #askedOneByOne = false;

  get isComplete(): boolean {
    return this.#pending.size === 0;
  }

  isPending(key: string): boolean {
    return this.#pending.has(key);
  }

  /** These streams are asked for now. */
  expect(streams: Iterable<Stream>, nowMs: number): void {
    for (const stream of streams) this.#pending.set(stream.key, stream);
    this.#byMs = nowMs + CONFIRM_MS;
    this.#askedOneByOne = false;
  }

  /** False when it was not awaited. */
  settle(key: string): boolean {
    return this.#pending.delete(key);
  }

  clear(): void {
    this.#pending.clear();
  }

  /** Asked once a second; `undefined` while there is time or nothing to wait for. `isSending`: messages wait for their turn still. */
  overdue(nowMs: number, isSending: boolean): Overdue | undefined {
    if (isSending) this.#byMs = nowMs + CONFIRM_MS;
    if (this.isComplete || nowMs < this.#byMs) return undefined;
    const streams = [...this.#pending.values()];
    if (this.#askedOneByOne) return { cure: 'give-up', streams };
    this.#askedOneByOne = true;
    this.#byMs = nowMs + CONFIRM_MS;
    return { cure: 'ask-again', streams };
  }
}
