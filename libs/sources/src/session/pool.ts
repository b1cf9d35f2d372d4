import { Line, type LineSurroundings } from './line.ts';
import type { StreamState } from './stream-state.ts';
import type { Stream } from '../venue.ts';

/** Spreads streams over connections by the venue's limits, while they come and go. */
export class Pool {
  readonly lines = new Set<Line>();
  readonly #around: LineSurroundings;
  readonly #signal: AbortSignal;
  readonly #failed: (error: unknown) => void;
  readonly #running = new Set<Promise<void>>();

  /** `failed` hears of an error that no connection gets over. */
  constructor(around: LineSurroundings, signal: AbortSignal, failed: (error: unknown) => void) {
    this.#around = around;
    this.#signal = signal;
    this.#failed = failed;
  }

  get states(): StreamState[] {
    return [...this.lines].flatMap(({ table }) => [...table]);
  }

  /** Onto connections that have room, the others onto new ones. */
  add(states: readonly StreamState[]): void {
    if (this.#signal.aborted) return;
    for (const [group, same] of Map.groupBy(states, ({ stream }) => stream.group ?? '')) {
      let left = same;
      for (const line of this.lines) {
        if (left.length === 0) break;
        if (line.group === group) left = this.#fill(line, left);
      }
      while (left.length > 0) left = this.#open(group, left);
    }
  }

  remove(streams: readonly Stream[]): void {
    for (const line of this.lines) {
      const own = streams.filter(({ key }) => line.table.get(key) !== undefined);
      if (own.length === 0) continue;
      line.remove(own);
      if (line.table.size === 0) this.lines.delete(line);
    }
  }

  pause(): void {
    for (const line of this.lines) line.pause();
  }

  resume(): void {
    for (const line of this.lines) line.resume();
  }

  /** Resolves when every connection has ended, after the signal. */
  async ended(): Promise<void> {
    while (this.#running.size > 0) await Promise.all(this.#running);
  }

  /** Gives what found no room. */
  #fill(line: Line, states: readonly StreamState[]): StreamState[] {
    const room = Math.max(0, this.#around.venue.limits.streamsPerConnection - line.table.size);
    if (room > 0) line.add(states.slice(0, room));
    return states.slice(room);
  }

  #open(group: string, states: readonly StreamState[]): StreamState[] {
    const line = new Line(group, this.#around);
    const left = this.#fill(line, states);
    this.lines.add(line);
    const running = line
      .run(this.#signal)
      .catch(this.#failed)
      .finally(() => {
        this.lines.delete(line);
        this.#running.delete(running);
      });
    this.#running.add(running);
    return left;
  }
}
