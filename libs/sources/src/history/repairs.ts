import { ConcordError, type Kind } from '@concord/model';
import type { Clock, Logger } from '@concord/runtime';
import { HistoryFailed, NotOffered } from '../errors.ts';
import type { SourceEvent } from '../events.ts';
import type { Refusal } from '../frame/frame.ts';
import { Backoff } from '../session/backoff.ts';
import type { IdInterval } from '../session/gaps.ts';
import { newSessionId } from '../session/session-id.ts';
import { gapMarker, placeOf, repairMarker, targetOf, type StreamPlace } from '../session/stream-markers.ts';
import type { RawRecord, StreamState } from '../session/stream-state.ts';
import {
  completenessOf,
  extended,
  NO_ANSWER,
  NO_IDS,
  type Completeness,
  type Verdict,
} from './completeness.ts';
import type { History } from './history.ts';
import type { Hole } from './hole.ts';

export interface RepairSurroundings {
  readonly source: string;
  readonly replica: string;
  readonly history: Pick<History, 'repair' | 'tellsMissing'>;
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

/** Questions that wait; further holes widen one of their stream, or are stated as unrepairable at once. */
export const HOLES_MAX = 1_024;
/** Holes this few ids apart are one question: an answer holds as many. */
const NEAR_IDS = 500;
/** A venue's history may lag behind its stream: a hole whose ends are known is asked for again this often before it is given up. */
const ANSWERS_MAX = 8;
/** And for so long at least. */
const LASTING_MS = 300_000;
/** A venue that cannot be reached is asked for so long. */
const PATIENCE_MS = 3_600_000;
/** A question takes further holes in for this part of it, so that none of them is given up much sooner than by itself. */
const JOINING_MS = PATIENCE_MS / 2;
const RETRY = { baseMs: 2_000, capMs: 60_000 };
/** A stream that says nothing is looked up less and less often, until it says something or history shows that it should have. */
const QUIET = { baseMs: 2_000, capMs: 900_000 };
/** How soon it is seen that it has. */
const QUIET_LOOK_MS = 500;
/** A page of newest trades slides on with the market: the first answers that end too early are asked for again this soon. */
const SOON_MS = 500;
const SOON_ANSWERS = 3;
const FULL_MS = 50;
/** The next bar mostly comes within this time, and shows how far an answer must reach: it is waited for before the first question. */
const NEXT_BAR_MS = 10_000;

interface Task {
  /** Shrinks with what has come, where ids have no arithmetic. */
  hole: Hole;
  readonly backoff: Backoff;
  giveUpMs: number;
  dueMs: number;
  /** Nothing has come live since the hole began, so that it may still grow. */
  readonly quiet: Backoff;
  isQuiet: boolean;
  /** Some of it cannot be had, which is told when it has ended. */
  isLost: boolean;
  /** How long the venue asked to be left alone. */
  restMs: number;
  answers: number;
  /** It is not given up before: a history may be empty for some minutes. */
  lastsMs: number;
}

/** What one attempt came to. */
type Result = Verdict['result'] | 'unreachable';

const NO_RECORDS = { trades: [], quotes: [], bars: [] } as const;

/** Fetches what streams missed from the venue's history, one hole after the other, and tells for each what became of it. */
export class Repairs {
  readonly #around: RepairSurroundings;
  readonly #session: string;
  readonly #tasks: Task[] = [];
  /** The task whose question is being asked: it takes no more holes in. */
  #asking: Task | undefined;
  #wake = new AbortController();

  constructor(around: RepairSurroundings) {
    this.#around = around;
    this.#session = newSessionId(around.source, `${around.replica}-repair`, around.clock);
  }

  ask(hole: Hole): void {
    const { machineClock, logger } = this.#around;
    if (hole.ids !== null && this.isOpen(hole)) return;
    this.#tellOutgrown(hole);
    const state = hole.ids === null ? this.#stateOf(hole) : undefined;
    if (state !== undefined) {
      state.uncountedHoles++;
      state.uncountedOpen++;
      hole = { ...hole, spans: state.inheritedHoles };
      state.inheritedHoles = 0;
    }
    if (this.#join(hole, NEAR_IDS)) return;
    // Of those that may still grow there is one for each stream.
    const isFull = this.#tasks.filter(({ isQuiet }) => !isQuiet).length >= HOLES_MAX;
    if (isFull && this.#join(hole, Infinity)) return;
    if (isFull) {
      logger.error(
        { instrument: hole.listing.instrument, kind: hole.kind },
        'too many holes wait for repair',
      );
      return this.#giveUp(hole);
    }
    const now = machineClock.monotonicMs();
    const backoff = new Backoff(machineClock, RETRY);
    const quiet = new Backoff(machineClock, QUIET);
    const isQuiet = hole.ids === null && hole.kind === 'bars' && hole.before === null;
    const dueMs = isQuiet ? now + NEXT_BAR_MS : now;
    const begun = { restMs: 0, answers: 0, lastsMs: now + LASTING_MS, quiet, isQuiet, isLost: false };
    this.#tasks.push({ hole, backoff, giveUpMs: now + PATIENCE_MS, dueMs, ...begun });
    this.#wake.abort();
  }

  /** What waits of instruments that are followed no more is neither fetched nor told, whoever bears their names next. */
  forget(instruments: ReadonlySet<string>): void {
    const kept = this.#tasks.filter(({ hole }) => !instruments.has(hole.listing.instrument));
    this.#tasks.splice(0, this.#tasks.length, ...kept);
  }

  /** Whether a hole without a known end waits that began after the same record: what a stream still does not say belongs to it. */
  isOpen({ listing, kind, ids, after, before }: Hole): boolean {
    if (before !== null || (ids !== null && ids.last !== null)) return false;
    return this.#tasks.some(({ hole }) => {
      const isOfStream = hole.kind === kind && hole.listing.instrument === listing.instrument;
      const isEndless = hole.before === null && (hole.ids === null || hole.ids.last === null);
      return isOfStream && isEndless && hole.after === after;
    });
  }

  /** Widens a question of the same stream that was not answered yet, so that many holes while a venue is away are few questions. */
  #join({ listing, kind, ids, before }: Hole, distance: number): boolean {
    if (ids?.last == null) return false;
    const now = this.#around.machineClock.monotonicMs();
    const task = this.#tasks.findLast(({ hole, answers, giveUpMs }) => {
      if (hole.kind !== kind || hole.listing.instrument !== listing.instrument) return false;
      const reach = (hole.ids?.last ?? -Infinity) + distance;
      const isBehind = hole.ids !== null && ids.first >= hole.ids.first && ids.first <= reach;
      return isBehind && answers === 0 && giveUpMs - now > JOINING_MS;
    });
    const own = task?.hole.ids;
    if (task === undefined || task === this.#asking || own?.last == null) return false;
    task.hole = { ...task.hole, ids: { first: own.first, last: Math.max(own.last, ids.last) }, before };
    return true;
  }

  /** Gaps that made room for newer ones are asked for no more. */
  #tellOutgrown(hole: Hole): void {
    const state = this.#stateOf(hole);
    const parts = state?.ids.takeOutgrown() ?? [];
    if (state === undefined || parts.length === 0) return;
    this.#around.logger.error({ ...nameOf(hole), parts }, 'too many gaps: the oldest is given up');
    for (const part of parts) this.#tell(state, (place) => repairMarker(place, part, 'unrepairable'));
  }

  /** Resolves after `signal`. Holes that still wait stay open: whoever follows the streams next finds them in the checkpoints. */
  async run(signal: AbortSignal): Promise<void> {
    const { machineClock, isFull } = this.#around;
    signal.addEventListener('abort', () => this.#wake.abort(), { once: true });
    while (!signal.aborted) {
      this.#wake = new AbortController();
      const now = machineClock.monotonicMs();
      const task = this.#next(now);
      const waitMs = task === undefined ? PATIENCE_MS : isFull() ? FULL_MS : task.dueMs - now;
      if (task === undefined || waitMs > 0) {
        const isAnyQuiet = this.#tasks.some(({ isQuiet }) => isQuiet);
        await machineClock.sleep(isAnyQuiet ? Math.min(waitMs, QUIET_LOOK_MS) : waitMs, this.#wake.signal);
        continue;
      }
      await this.#work(task, signal);
    }
  }

  /** The question that is due first; those of streams that may have missed nothing wait for the others. */
  #next(now: number): Task | undefined {
    for (const task of this.#tasks) {
      if (!task.isQuiet) continue;
      const state = this.#stateOf(task.hole);
      if (state !== undefined && endOf(task.hole, state) === null) continue;
      task.isQuiet = false;
      task.answers = 0;
      task.lastsMs = now + LASTING_MS;
      task.dueMs = now;
      task.giveUpMs = now + PATIENCE_MS;
    }
    const ordered = this.#tasks.toSorted((a, b) => a.dueMs - b.dueMs);
    return ordered.find(({ dueMs, isQuiet }) => dueMs <= now && !isQuiet) ?? ordered[0];
  }

  async #work(task: Task, signal: AbortSignal): Promise<void> {
    const { machineClock } = this.#around;
    task.restMs = 0;
    this.#asking = task;
    const result = await this.#attempt(task, signal);
    this.#asking = undefined;
    if (signal.aborted || !this.#tasks.includes(task)) return;
    const now = machineClock.monotonicMs();
    task.isQuiet = result === 'quiet';
    if (task.isQuiet) {
      task.dueMs = now + Math.max(RETRY.baseMs / 2 + task.quiet.nextMs(), task.restMs);
      return;
    }
    if (result === 'incomplete') task.answers++;
    const isOver = (task.answers >= ANSWERS_MAX && now >= task.lastsMs) || now >= task.giveUpMs;
    if (result !== 'filled' && result !== 'unrepairable' && !isOver) {
      const isSoon = task.hole.ids === null && result === 'incomplete' && task.answers <= SOON_ANSWERS;
      const pauseMs = isSoon ? SOON_MS : RETRY.baseMs / 2 + task.backoff.nextMs();
      task.dueMs = now + Math.max(pauseMs, task.restMs);
      return;
    }
    this.#tasks.splice(this.#tasks.indexOf(task), 1);
    if (result === 'filled' && !task.isLost) this.#close(task.hole);
    else this.#giveUp(task.hole);
  }

  async #attempt(task: Task, signal: AbortSignal): Promise<Result> {
    const { history } = this.#around;
    const { hole } = task;
    const state = this.#stateOf(hole);
    if (state === undefined) return 'filled'; // nobody asks for it any more
    const { left, reached, judge } = this.#completenessOf(hole);
    const asked = left(hole, state.ids);
    if (asked === undefined) return 'filled';
    // Before the question: what comes while it is answered may not stand in the answer.
    const before = endOf(hole, state);
    if (hole.ids?.last === null && before !== null) return 'filled'; // the ids of what came tell the rest
    let answer = NO_ANSWER;
    try {
      for await (const page of history.repair(asked, signal)) {
        if (!this.#tasks.includes(task)) return 'filled'; // nobody asks for it any more
        answer = extended(answer, page);
        // What history has and the stream does not say shows that it is mute.
        if (this.#publish({ ...task.hole, before }, state, page)) task.quiet.reset();
        const rest = left(hole, state.ids);
        if (rest === undefined) break;
        task.hole = { ...task.hole, from: reached(rest, page) ?? task.hole.from };
      }
    } catch (error) {
      const failed = this.#failed(task, error, signal);
      return before === null ? this.#kept(task, failed) : failed;
    }
    const rest = left(hole, state.ids);
    const verdict = judge(task.hole, rest, answer, before);
    task.hole = verdict.hole;
    return before === null ? this.#kept(task, verdict.result) : verdict.result;
  }

  /** As long as nothing comes live, a hole without a known end goes on, whatever of it cannot be had. */
  #kept(task: Task, result: Result): Result {
    const { ids } = task.hole;
    const isLasting = ids === null ? this.#completenessOf(task.hole) !== NO_IDS : ids.last === null;
    if (!isLasting) return result;
    if (result === 'unrepairable') task.isLost = true;
    return 'quiet';
  }

  #failed(task: Task, error: unknown, signal: AbortSignal): Result {
    const { logger } = this.#around;
    if (!signal.aborted) logger.warn({ err: error, ...nameOf(task.hole) }, 'a hole could not be fetched');
    if (error instanceof NotOffered) return 'unrepairable';
    if (error instanceof HistoryFailed) task.restMs = error.retryAfterMs ?? 0;
    return error instanceof HistoryFailed || (error instanceof ConcordError && error.fate === 'retry')
      ? 'unreachable' // also where its answer is none, as of a venue under maintenance
      : 'incomplete';
  }

  /** Of a page what had not come before, and what it makes whole. Whether there was any. */
  #publish(hole: Hole, state: StreamState, page: readonly RawRecord[]): boolean {
    const { emit, validate } = this.#around;
    const { within } = this.#completenessOf(hole);
    const fresh: RawRecord[] = [];
    const repaired: IdInterval[] = [];
    const gaps: { readonly gap: IdInterval; readonly before: RawRecord }[] = [];
    for (const record of within(hole, page)) {
      if (validate(record) !== undefined) continue;
      const finding = state.takePast(record);
      if (finding === undefined) continue;
      fresh.push(record);
      repaired.push(...finding.repaired);
      if (finding.gap !== null) gaps.push({ gap: finding.gap, before: record });
    }
    const { kind, listing, window } = state.stream;
    for (const { gap, before } of gaps) {
      this.#tell(state, (place) => gapMarker(place, gap));
      this.ask({ listing, kind, ids: gap, from: null, after: null, before, window });
    }
    if (fresh.length > 0) emit({ type: 'records', ...NO_RECORDS, [kind]: fresh }, fresh.length);
    for (const ids of repaired) this.#tell(state, (place) => repairMarker(place, ids, 'filled'));
    return fresh.length > 0;
  }

  #close(hole: Hole): void {
    const state = this.#stateOf(hole);
    if (hole.ids === null && state !== undefined) {
      for (const part of uncounted(hole)) this.#tell(state, (place) => repairMarker(place, part, 'filled'));
      if (state.uncountedOpen > 0) state.uncountedOpen--;
    }
    this.#around.done(hole.kind, 'filled');
  }

  #giveUp(hole: Hole): void {
    const { logger, done } = this.#around;
    const state = this.#stateOf(hole);
    if (state === undefined) return;
    const { ids } = hole;
    const parts =
      ids === null ? uncounted(hole) : state.ids.giveUp({ first: ids.first, last: ids.last ?? Infinity });
    logger.error({ ...nameOf(hole), parts }, 'a hole cannot be repaired');
    for (const part of parts) this.#tell(state, (place) => repairMarker(place, part, 'unrepairable'));
    done(hole.kind, 'unrepairable');
  }

  #completenessOf(hole: Hole): Completeness {
    return completenessOf(hole, this.#around.history.tellsMissing);
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

/** The hole without ids and those that it spans, each of which was told by itself. */
function uncounted({ spans = 0 }: Hole): null[] {
  return Array.from({ length: 1 + spans }, () => null);
}

/** The newest record that came live after a hole began; null when none did. */
function endOf(hole: Hole, { last }: StreamState): RawRecord | null {
  return hole.before ?? (last === hole.after ? null : last);
}

function nameOf({ listing, kind, ids }: Hole): Record<string, unknown> {
  return { instrument: listing.instrument, kind, ids };
}
