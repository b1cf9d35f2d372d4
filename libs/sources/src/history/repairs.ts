import { ConcordError, type Kind, type Micros } from '@concord/model';
import type { Clock, Logger } from '@concord/runtime';
import { HistoryFailed, NotOffered } from '../errors.ts';
import type { SourceEvent } from '../events.ts';
import type { Refusal } from '../frame/frame.ts';
import { Backoff } from '../session/backoff.ts';
import type { IdInterval } from '../session/gaps.ts';
import { newSessionId } from '../session/session-id.ts';
import { gapMarker, placeOf, repairMarker, targetOf, type StreamPlace } from '../session/stream-markers.ts';
import { contiguousIds, type RawRecord, type StreamState } from '../session/stream-state.ts';
import type { History } from './history.ts';
import type { Hole } from './hole.ts';

export interface RepairSurroundings {
  readonly source: string;
  readonly replica: string;
  readonly history: Pick<History, 'repair'>;
  /** The run's clock. */
  readonly clock: Clock;
  readonly machineClock: Clock;
  readonly logger: Logger;
  /** The stream as it stands; undefined when it is not followed any more. */
  stateOf(kind: Kind, instrument: string): StreamState | undefined;
  validate(record: RawRecord): Refusal | undefined;
  /** `weight` is how many records the event holds. */
  emit(event: SourceEvent, weight: number): void;
  /** Whether the reader is behind: nothing is fetched meanwhile. */
  isFull(): boolean;
  /** Called once for each hole, when it is known what became of it. */
  done(kind: Kind, outcome: 'filled' | 'unrepairable'): void;
}

/** Holes that wait; further ones are stated as unrepairable at once. */
export const HOLES_MAX = 1_024;
/** A venue's history may lag behind its stream: a hole whose ends are known is asked for again this often before it is given up. */
const ANSWERS_MAX = 8;
/** A venue that cannot be reached is asked for so long. */
const PATIENCE_MS = 3_600_000;
const RETRY = { baseMs: 2_000, capMs: 60_000 };
/** A page of newest trades slides on with the market: the first answers that end too early are asked for again this soon. */
const SOON_MS = 500;
const SOON_ANSWERS = 3;
const FULL_MS = 50;

interface Task {
  /** Shrinks with what has come, where ids have no arithmetic. */
  hole: Hole;
  readonly backoff: Backoff;
  readonly giveUpMs: number;
  dueMs: number;
  /** How long the venue asked to be left alone. */
  restMs: number;
  answers: number;
}

/** What one attempt came to; `quiet`: all that history has, and nothing has come live since to compare it with. */
type Result = 'filled' | 'unrepairable' | 'incomplete' | 'unreachable' | 'quiet';

const NO_RECORDS = { trades: [], quotes: [], bars: [] } as const;

/** Fetches what streams missed from the venue's history, one hole after the other, and tells for each what became of it. */
export class Repairs {
  readonly #around: RepairSurroundings;
  readonly #session: string;
  readonly #tasks: Task[] = [];
  #wake = new AbortController();

  constructor(around: RepairSurroundings) {
    this.#around = around;
    this.#session = newSessionId(around.source, `${around.replica}-repair`, around.clock);
  }

  ask(hole: Hole): void {
    const { machineClock, logger } = this.#around;
    if (this.#tasks.length >= HOLES_MAX) {
      logger.error(
        { instrument: hole.listing.instrument, kind: hole.kind },
        'too many holes wait for repair',
      );
      return this.#giveUp(hole);
    }
    const now = machineClock.monotonicMs();
    const backoff = new Backoff(machineClock, RETRY);
    this.#tasks.push({ hole, backoff, giveUpMs: now + PATIENCE_MS, dueMs: now, restMs: 0, answers: 0 });
    this.#wake.abort();
  }

  /** Resolves after `signal`. Holes that still wait stay open: whoever follows the streams next finds them in the checkpoints. */
  async run(signal: AbortSignal): Promise<void> {
    const { machineClock, isFull } = this.#around;
    signal.addEventListener('abort', () => this.#wake.abort(), { once: true });
    while (!signal.aborted) {
      this.#wake = new AbortController();
      const now = machineClock.monotonicMs();
      const task = this.#tasks.toSorted((a, b) => a.dueMs - b.dueMs)[0];
      const waitMs = task === undefined ? PATIENCE_MS : isFull() ? FULL_MS : task.dueMs - now;
      if (task === undefined || waitMs > 0) {
        await machineClock.sleep(waitMs, this.#wake.signal);
        continue;
      }
      await this.#work(task, signal);
    }
  }

  async #work(task: Task, signal: AbortSignal): Promise<void> {
    const { machineClock } = this.#around;
    task.restMs = 0;
    const result = await this.#attempt(task, signal);
    if (signal.aborted) return;
    if (result === 'incomplete' || result === 'quiet') task.answers++;
    const now = machineClock.monotonicMs();
    const isOver = task.answers >= ANSWERS_MAX || now >= task.giveUpMs;
    if (result !== 'filled' && result !== 'unrepairable' && !isOver) {
      const isSoon = task.hole.ids === null && result !== 'unreachable' && task.answers <= SOON_ANSWERS;
      const pauseMs = isSoon ? SOON_MS : RETRY.baseMs / 2 + task.backoff.nextMs();
      task.dueMs = now + Math.max(pauseMs, task.restMs);
      return;
    }
    this.#tasks.splice(this.#tasks.indexOf(task), 1);
    // A history that has been asked for minutes, while nothing came live, has caught up.
    if (result === 'filled' || result === 'quiet') this.#close(task.hole);
    else this.#giveUp(task.hole);
  }

  async #attempt(task: Task, signal: AbortSignal): Promise<Result> {
    const { history, logger } = this.#around;
    const { hole } = task;
    const state = this.#stateOf(hole);
    if (state === undefined) return 'filled'; // nobody asks for it any more
    const left = stillMissing(hole, state);
    if (left === undefined) return 'filled';
    // Before the question: what comes while it is answered may not stand in the answer.
    const before = hole.before ?? (state.last === hole.after ? null : state.last);
    let [oldest, newest] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
    let hasOpaqueIds = hole.after?.idKind === 'OPAQUE';
    try {
      for await (const page of history.repair(left, signal)) {
        for (const { eventTime, idKind } of page) {
          hasOpaqueIds ||= idKind === 'OPAQUE';
          oldest = Math.min(oldest, eventTime ?? oldest);
          newest = Math.max(newest, eventTime ?? newest);
        }
        this.#publish(hole, state, page);
        const next = stillMissing(hole, state);
        if (hole.ids !== null && next === undefined) break;
        task.hole = { ...task.hole, from: reached(page, next) ?? task.hole.from };
      }
    } catch (error) {
      if (!signal.aborted) logger.warn({ err: error, ...nameOf(hole) }, 'a hole could not be fetched');
      if (error instanceof NotOffered) return 'unrepairable';
      if (error instanceof HistoryFailed) task.restMs = error.retryAfterMs ?? 0;
      return error instanceof ConcordError && error.fate === 'retry' ? 'unreachable' : 'incomplete';
    }
    if (hole.ids !== null) {
      return hole.ids.last === null || stillMissing(hole, state) === undefined ? 'filled' : 'incomplete';
    }
    // Where records have no ids the venue's history compares them by itself, and gives what is missing or throws.
    if (hole.kind === 'bars' || !hasOpaqueIds) return 'filled';
    // Without ids, an answer holds everything between its ends. It must reach back to before the hole, and on to a record that came live after it: a history that
    // lags behind its stream ends earlier, and is asked again from there.
    if (hole.from === null || oldest >= hole.from) return 'unrepairable';
    task.hole = { ...hole, from: Math.max(hole.from, newest), before };
    if (before === null) return 'quiet';
    return newest >= (before.eventTime ?? newest) ? 'filled' : 'incomplete';
  }

  /** Of a page what had not come before, and what it makes whole. */
  #publish(hole: Hole, state: StreamState, page: readonly RawRecord[]): void {
    const { emit, validate } = this.#around;
    const fresh: RawRecord[] = [];
    const repaired: IdInterval[] = [];
    const gaps: { readonly gap: IdInterval; readonly before: RawRecord }[] = [];
    for (const record of page) {
      if (!touches(hole, record) || validate(record) !== undefined) continue;
      const finding = state.takePast(record);
      if (finding === undefined) continue;
      fresh.push(record);
      repaired.push(...finding.repaired);
      if (finding.gap !== null) gaps.push({ gap: finding.gap, before: record });
    }
    const { kind, listing } = state.stream;
    for (const { gap, before } of gaps) {
      this.#tell(state, (place) => gapMarker(place, gap));
      this.ask({ listing, kind, ids: gap, from: null, after: null, before });
    }
    if (fresh.length > 0) emit({ type: 'records', ...NO_RECORDS, [kind]: fresh }, fresh.length);
    for (const ids of repaired) this.#tell(state, (place) => repairMarker(place, ids, 'filled'));
  }

  #close(hole: Hole): void {
    const state = this.#stateOf(hole);
    if (hole.ids === null && state !== undefined)
      this.#tell(state, (place) => repairMarker(place, null, 'filled'));
    this.#around.done(hole.kind, 'filled');
  }

  #giveUp(hole: Hole): void {
    const { logger, done } = this.#around;
    const state = this.#stateOf(hole);
    if (state === undefined) return;
    const { ids } = hole;
    const parts = ids === null ? [null] : state.ids.giveUp({ first: ids.first, last: ids.last ?? Infinity });
    logger.error({ ...nameOf(hole), parts }, 'a hole cannot be repaired');
    for (const part of parts) this.#tell(state, (place) => repairMarker(place, part, 'unrepairable'));
    done(hole.kind, 'unrepairable');
  }

  #stateOf(hole: Hole): StreamState | undefined {
    return this.#around.stateOf(hole.kind, hole.listing.instrument);
  }

  #tell(
    state: StreamState,
    markerOf: (place: StreamPlace) => ReturnType<typeof gapMarker | typeof repairMarker>,
  ): void {
    const { source, clock, emit } = this.#around;
    const marker = markerOf(placeOf(state.stream, source, this.#session, clock.nowMicros()));
    emit({ type: 'marker', marker, targets: [targetOf(state.stream)] }, 1);
  }
}

/** The hole as far as it is still open; undefined when nothing is missing any more. */
function stillMissing(hole: Hole, state: StreamState): Hole | undefined {
  const { ids } = hole;
  if (ids === null) return hole;
  if (ids.last === null) return { ...hole, ids: { first: state.ids.next ?? ids.first, last: null } };
  const parts = state.ids.missingIn({ first: ids.first, last: ids.last });
  const [first] = parts;
  return first === undefined
    ? undefined
    : { ...hole, ids: { first: first.first, last: parts.at(-1)?.last ?? null } };
}

/** Event time of the record just before what is still missing, where it is on this page. */
function reached(page: readonly RawRecord[], left: Hole | undefined): Micros | null {
  const first = left?.ids?.first;
  const last = page.find((record) => first !== undefined && contiguousIds(record)?.last === first - 1);
  return last?.eventTime ?? null;
}

function touches({ kind, ids, from }: Hole, record: RawRecord): boolean {
  if (ids === null) return kind === 'bars' || from === null || (record.eventTime ?? from) >= from;
  const own = contiguousIds(record);
  return own !== undefined && own.last >= ids.first && own.first <= (ids.last ?? own.first);
}

function nameOf({ listing, kind, ids }: Hole): Record<string, unknown> {
  return { instrument: listing.instrument, kind, ids };
}
