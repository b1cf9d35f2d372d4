import type { RawBar } from '@concord/codec';
import { INTERVALS, type Interval, type Micros } from '@concord/model';
import type { Clock } from '@concord/runtime';
import type { Hole } from '../history/hole.ts';
import type { RawRecord, StreamState } from './stream-state.ts';

/** A stream that was away and brings nothing for so long is asked for in the venue's history: a quiet market has missed nothing, a busy one may have. */
const QUIET_MS = 5_000;
/** A venue's clock may be behind ours by less. */
const BEHIND_MICROS = 5_000_000;

export interface CatchUpSurroundings {
  readonly clock: Clock;
  readonly machineClock: Clock;
  missed(hole: Hole): void;
  /** Whether a hole that was told takes this one in. */
  isOpen(hole: Hole): boolean;
  /** Something is missing after the event time `from` and nobody can say how much. */
  gap(state: StreamState, from: Micros | null): void;
}

/**
 * What to look for after an interruption. Where ids are contiguous, the next record tells what was missed; when none comes, history is asked. Where they are not, the
 * interruption itself is the hole.
 */
export class CatchUp {
  readonly #around: CatchUpSurroundings;
  readonly #unproven = new Map<StreamState, { readonly next: number; readonly sinceMs: number }>();

  constructor(around: CatchUpSurroundings) {
    this.#around = around;
  }

  /** These streams are served, by a session that may have brought records of them before it was live. */
  resumed(states: Iterable<StreamState>, session: string): void {
    for (const state of states) {
      const last = state.lastBefore(session);
      this.#lookUp(state, last);
      if (last !== null && 'start' in last && state.ids.next === undefined && this.#hasPassed(last))
        this.#missed(state, last);
      if (state.stream.kind === 'trades') state.unseenFrom ??= this.#around.clock.nowMicros() - BEHIND_MICROS;
    }
  }

  /** A stream that was mute on an open socket is asked for anew: nobody knows what it did not say. */
  resubscribed(state: StreamState): void {
    this.#lookUp(state, state.last);
  }

  /** `last`: the newest record before the interruption. */
  #lookUp(state: StreamState, last: RawRecord | null): void {
    const { ids, inheritedHoles, stream, unseenFrom } = state;
    const isCounted = ids.next !== undefined;
    if (isCounted)
      this.#unproven.set(state, {
        next: ids.next,
        sinceMs: this.#around.machineClock.monotonicMs(),
      });
    if (stream.kind !== 'trades') return;
    const isHole = isCounted ? inheritedHoles > 0 : (last === null ? unseenFrom : last.lastId) !== null;
    if (isHole) this.#missed(state, isCounted ? null : last);
  }

  /** Asked once a second. */
  inspect(): void {
    const now = this.#around.machineClock.monotonicMs();
    for (const [state, { next, sinceMs }] of this.#unproven) {
      if (state.ids.next === next && now - sinceMs < QUIET_MS) continue;
      this.#unproven.delete(state);
      const { listing, kind, window } = state.stream;
      if (window !== undefined && !this.#isOver(next, window)) continue; // the next bar tells
      const from = state.last?.eventTime ?? null;
      const hole: Hole = {
        listing,
        kind,
        ids: { first: next, last: null },
        from,
        after: state.last,
        before: null,
        window,
      };
      if (state.ids.next === next) this.#around.missed(hole);
    }
  }

  forget(state: StreamState): void {
    this.#unproven.delete(state);
  }

  #missed(state: StreamState, last: RawRecord | null): void {
    const { listing, kind } = state.stream;
    const from = last === null ? state.unseenFrom : last.eventTime;
    const hole: Hole = { listing, kind, ids: null, from, after: last, before: null };
    if (this.#around.isOpen(hole)) return;
    // The venue's clock may have been ahead, never what was received.
    this.#around.gap(state, last === null || from === null ? from : Math.min(from, last.receiveTime));
    this.#around.missed(hole);
  }

  /** Whether a window has ended. */
  #isOver(number: number, window: Interval): boolean {
    return this.#around.clock.nowMicros() >= (number + 1) * INTERVALS[window];
  }

  /** Whether a window ended while nobody listened. */
  #hasPassed(bar: RawBar): boolean {
    const end = bar.final ? bar.end + (bar.end - bar.start) : bar.end;
    return this.#around.clock.nowMicros() >= end;
  }
}
