import { Backoff } from './backoff.ts';
import type { Pacer } from './pacer.ts';
import { Session, type Predecessor, type SessionOutcome, type SessionSurroundings } from './session.ts';
import type { ConnectionPlan } from '../venue.ts';

/** Of the run's clock. */
const MARKER_MS = 1_000;
/** Of the machine's. */
const INSPECT_MS = 1_000;

export interface LoopSurroundings extends SessionSurroundings {
  /** Shared by all connections to one venue: it counts attempts by address. */
  readonly connects: Pacer;
  /** Called when a connection ended and another will be tried. Must not throw. */
  lost(outcome: SessionOutcome): void;
}

/** Keeps one connection open for ever: session after session, with back-off between them and a marker every second throughout. */
export class SessionLoop {
  readonly plan: ConnectionPlan;
  readonly #around: LoopSurroundings;
  readonly #backoff: Backoff;
  #session: Session | undefined;
  #paused = false;

  constructor(plan: ConnectionPlan, around: LoopSurroundings) {
    this.plan = plan;
    this.#around = around;
    this.#backoff = new Backoff(around.machineClock);
  }

  get session(): Session | undefined {
    return this.#session;
  }

  pause(): void {
    this.#paused = true;
    this.#session?.pause();
  }

  resume(): void {
    this.#paused = false;
    this.#session?.resume();
  }

  /** Resolves when the last session has ended after `signal`. */
  async run(signal: AbortSignal): Promise<void> {
    const { clock, machineClock, connects } = this.#around;
    const marking = clock.setRepeating(() => this.#session?.mark(), MARKER_MS);
    const inspecting = machineClock.setRepeating(() => this.#session?.inspect(), INSPECT_MS);
    let previous: Predecessor | undefined;
    try {
      while (!signal.aborted) {
        await machineClock.sleep(connects.reserveMs(), signal);
        if (signal.aborted) break;
        const session = new Session(this.plan, this.#around, previous, this.#paused);
        this.#session = session;
        const outcome = await session.run(signal);
        if (outcome.end === 'stopped') break;
        if (outcome.opened) previous = { session: session.id, reason: outcome.end };
        await this.#retreat(session, outcome, signal);
      }
    } finally {
      marking.cancel();
      inspecting.cancel();
    }
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
