import { Backoff } from './backoff.ts';
import type { Endpoints } from './endpoints.ts';
import { Session, type Predecessor, type SessionOutcome, type SessionSurroundings } from './session.ts';
import type { Stream } from '../venue.ts';

/** Of the run's clock. */
const MARKER_MS = 1_000;
/** Of the machine's. */
const INSPECT_MS = 1_000;

export interface LoopSurroundings extends SessionSurroundings {
  /** Shared by all connections to one venue. */
  readonly endpoints: Endpoints;
  /** Called when a connection ended and another will be tried. Must not throw. */
  lost(outcome: SessionOutcome): void;
}

/** A session that runs, and its end. */
interface Running {
  readonly session: Session;
  readonly ended: Promise<SessionOutcome>;
}

/**
 * Keeps one connection open for ever: session after session, with back-off between them and a marker every second throughout. A session whose end is
 * foreseen is replaced before: the next one serves before it is closed.
 */
export class SessionLoop {
  /** Sessions that are open or being opened: one, or two while one replaces the other. */
  readonly sessions: Session[] = [];
  readonly #around: LoopSurroundings;
  readonly #backoff: Backoff;
  #paused = false;
  #latest: Session | undefined;

  constructor(around: LoopSurroundings) {
    this.#around = around;
    this.#backoff = new Backoff(around.machineClock);
  }

  /** Those that are open; between two of them the one that ended, whose state is still told. */
  get told(): readonly Session[] {
    if (this.sessions.length > 0) return this.sessions;
    return this.#latest === undefined ? [] : [this.#latest];
  }

  pause(): void {
    this.#paused = true;
    for (const session of this.sessions) session.pause();
  }

  resume(): void {
    this.#paused = false;
    for (const session of this.sessions) session.resume();
  }

  add(streams: readonly Stream[]): void {
    for (const session of this.sessions) session.add(streams);
  }

  remove(streams: readonly Stream[]): void {
    for (const session of this.sessions) session.remove(streams);
  }

  /** Resolves when the last session has ended after `signal`. */
  async run(signal: AbortSignal): Promise<void> {
    const { clock, machineClock } = this.#around;
    const marking = clock.setRepeating(() => this.told.forEach((session) => session.mark()), MARKER_MS);
    const inspecting = machineClock.setRepeating(
      () => [...this.sessions].forEach((session) => session.inspect()),
      INSPECT_MS,
    );
    try {
      await this.#serve(signal);
    } finally {
      marking.cancel();
      inspecting.cancel();
    }
  }

  async #serve(signal: AbortSignal): Promise<void> {
    let previous: Predecessor | undefined;
    let current: Running | undefined;
    for (;;) {
      current ??= await this.#connect(previous, signal);
      if (current === undefined) return;
      const { session, ended } = current;
      const left = await Promise.race([ended, session.leaving]);
      if (typeof left === 'string') {
        current = await this.#replace(current, left, signal);
        continue;
      }
      if (left.end === 'stopped') return;
      if (left.opened) previous = { session: session.id, reason: left.end };
      current = undefined;
      await this.#retreat(session, left, signal);
    }
  }

  /** `undefined` after `signal`. */
  async #connect(previous: Predecessor | undefined, signal: AbortSignal): Promise<Running | undefined> {
    const berth = await this.#around.endpoints.next(signal);
    if (berth === undefined) return undefined;
    const session = new Session(berth.url, this.#around, previous, this.#paused);
    void session.settled.then(() => berth.served());
    this.sessions.push(session);
    this.#latest = session;
    const ended = session.run(signal).finally(() => {
      this.sessions.splice(this.sessions.indexOf(session), 1);
      berth.left();
    });
    return { session, ended };
  }

  /** Opens the session that takes the place of one that is still open. Gives the one that serves then. */
  async #replace(old: Running, reason: string, signal: AbortSignal): Promise<Running | undefined> {
    const { logger, lost } = this.#around;
    logger.info({ session: old.session.id }, `connection is replaced: ${reason}`);
    const next = await this.#connect({ session: old.session.id, reason: 'closing' }, signal);
    if (next === undefined) {
      await old.ended;
      return undefined;
    }
    const outcome = await Promise.race([next.session.settled, next.ended, old.ended]);
    if (outcome === undefined) {
      old.session.stop();
      const end = await old.ended;
      if (end.end !== 'stopped') lost(end);
      return next;
    }
    if (signal.aborted) {
      await Promise.all([old.ended, next.ended]);
      return undefined;
    }
    if (this.sessions.includes(next.session)) {
      lost(outcome); // the venue was quicker
      return next;
    }
    await this.#retreat(next.session, outcome, signal);
    return old;
  }

  async #retreat(session: Session, outcome: SessionOutcome, signal: AbortSignal): Promise<void> {
    const { machineClock, logger, lost } = this.#around;
    if (session.gotData) this.#backoff.reset();
    const delayMs = Math.max(this.#backoff.nextMs(), outcome.retryAfterMs ?? 0);
    lost(outcome);
    logger.warn(
      { session: session.id, end: outcome.end, delayMs },
      `connection ended: ${outcome.message}; trying again`,
    );
    await machineClock.sleep(delayMs, signal);
  }
}
