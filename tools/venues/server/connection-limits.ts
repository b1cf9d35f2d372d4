import type { Clock } from '@concord/runtime';
import type { FaultPlan } from '../faults.ts';
import type { Connection } from './connection.ts';
import type { Counter, Limits, VenueLimits } from './limits.ts';

const POLICY_VIOLATION = 1008;
const TOO_MANY_REQUESTS = 429;

interface Heard {
  readonly openedAtMs: number;
  readonly messages: Counter;
  /** When something was last sent by either side, as of the last sweep, and how much had been sent to the client then. */
  movedAtMs: number;
  sends: number;
  nextPingAtMs: number;
  /** The oldest ping that is not answered. */
  pingedAtMs: number | undefined;
}

/** Keeps what every venue limits about connections, each with its own figures: see `VenueLimits`. */
export class ConnectionLimits {
  readonly #limits: Limits;
  readonly #rules: VenueLimits;
  readonly #clock: Clock;
  readonly #connects: Counter;
  readonly #messages: Counter;
  readonly #heard = new Map<Connection, Heard>();

  constructor(limits: Limits, rules: VenueLimits, clock: Clock) {
    this.#limits = limits;
    this.#rules = rules;
    this.#clock = clock;
    this.#connects = limits.counter('connects');
    this.#messages = limits.counter('address-messages');
  }

  /** Status with which an attempt to connect is refused, if it is. */
  refusal(): number | undefined {
    const isKept = this.#connects.take() && this.#limits.allows('connections', this.#heard.size + 1);
    return isKept ? undefined : TOO_MANY_REQUESTS;
  }

  opened(connection: Connection): void {
    const now = this.#clock.nowMs();
    this.#heard.set(connection, {
      openedAtMs: now,
      messages: this.#limits.counter('messages'),
      movedAtMs: now,
      sends: 0,
      nextPingAtMs: now + (this.#rules.pingEveryMs ?? Number.POSITIVE_INFINITY),
      pingedAtMs: undefined,
    });
  }

  closed(connection: Connection): void {
    this.#heard.delete(connection);
  }

  /** Takes note of something that a client sent; false when the connection was closed for it. */
  heard(connection: Connection, isControlFrame: boolean): boolean {
    const heard = this.#heard.get(connection);
    if (heard === undefined || !connection.isOpen) return false;
    heard.movedAtMs = this.#clock.nowMs();
    if (isControlFrame && this.#rules.countsControlFrames !== true) return true;
    if (heard.messages.take() && this.#messages.take()) return true;
    connection.close(POLICY_VIOLATION, 'Too many requests');
    return false;
  }

  /** Only a copy of the ping's payload answers it. */
  answered(connection: Connection, payload: string): void {
    const heard = this.#heard.get(connection);
    if (heard !== undefined && payload === connection.pingPayload) heard.pingedAtMs = undefined;
  }

  /** Pings and ends what is due. */
  sweep(faults: FaultPlan): void {
    const now = this.#clock.nowMs();
    const { sessionMsMax } = faults;
    for (const [connection, heard] of this.#heard) {
      if (!connection.isOpen) continue;
      if (connection.sends > heard.sends) heard.movedAtMs = now;
      heard.sends = connection.sends;
      if (now - heard.openedAtMs >= sessionMsMax) {
        faults.count('session-limit');
        connection.expel();
      } else if (heard.pingedAtMs !== undefined && !this.#limits.allows('pong-ms', now - heard.pingedAtMs))
        connection.expel(POLICY_VIOLATION, 'no pong');
      else if (!this.#limits.allows('idle-ms', now - heard.movedAtMs)) connection.expel();
      else if (now >= heard.nextPingAtMs) {
        heard.nextPingAtMs += this.#rules.pingEveryMs ?? 0;
        heard.pingedAtMs ??= now;
        connection.ping();
      }
    }
  }
}
