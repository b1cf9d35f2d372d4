import type { Clock, Timer } from '@concord/runtime';
import {
  DEFAULT_DURATION_MS,
  DEFAULT_LEAD_MS,
  type Fault,
  type FaultKind,
  type FaultPlan,
} from '../faults.ts';
import { NOTICES, type Notice } from './codes.ts';
import type { TwsConnection } from './connection.ts';
import type { Lines } from './lines.ts';
import type { Link, Outage } from './link.ts';
import { notice, tickPrice, tickString } from './messages.ts';
import type { TcpListener } from './tcp-listener.ts';
import { encodeMessages, message } from './wire.ts';

const SWEEP_MS = 250;
const HUGE_MESSAGE_BYTES = 5 * 1024 * 1024;
/** An id that no client has given to anything. */
const STRANGE_ID = 987_654_321;
const RT_VOLUME = 48;
const STRANGE_MESSAGE = tickPrice(STRANGE_ID, 1, '1.0', '1');

const OUTAGES: Readonly<Partial<Record<FaultKind, Outage>>> = {
  'connectivity-lost': 'connectivity',
  'market-farm-broken': 'market-farm',
  'history-farm-broken': 'history-farm',
  'competing-session': 'competing-session',
};

export interface GatewayFaultsOptions {
  readonly clock: Clock;
  readonly faults: FaultPlan;
  readonly lines: Lines;
  readonly link: Link;
  /** Symbols without bid and ask. */
  readonly unquoted: Set<string>;
  readonly listener: TcpListener;
  readonly connections: ReadonlySet<TwsConnection>;
  readonly tell: (notice: Notice) => void;
}

/** Commits faults on command; those on messages to come are the plan's. */
export class GatewayFaults implements Disposable {
  readonly #options: GatewayFaultsOptions;
  readonly #timers = new Set<Timer>();

  constructor(options: GatewayFaultsOptions) {
    this.#options = options;
  }

  /** Cuts connections that reach the age of a `session-limit`. */
  start(): void {
    const { clock, connections, faults } = this.#options;
    this.#timers.add(
      clock.setRepeating(() => {
        if (faults.sessionMsMax === Number.POSITIVE_INFINITY) return;
        for (const connection of connections) {
          if (clock.nowMs() - connection.openedAtMs < faults.sessionMsMax) continue;
          faults.count('session-limit');
          connection.destroy();
        }
      }, SWEEP_MS),
    );
  }

  inject(fault: Fault): void {
    const { faults, link, listener, tell } = this.#options;
    const { kind, durationMs = DEFAULT_DURATION_MS } = fault;
    const outage = OUTAGES[kind];
    if (outage !== undefined) {
      faults.count(kind);
      if (outage === 'competing-session') this.#refuseLines();
      return link.lose(outage, durationMs, fault.dataLost ?? false);
    }
    switch (kind) {
      case 'attack':
        return faults.count(kind);
      case 'farm-idle':
        faults.count(kind);
        return tell(NOTICES.marketFarmIdle);
      case 'no-quote':
        return this.#withdrawQuotes(fault.symbol, durationMs);
      case 'restart':
        faults.count(kind);
        return listener.restart(durationMs);
      case 'port-reset':
        faults.count(kind);
        void this.#movePort();
        return;
      case 'planned-cut':
        return this.#cutAfter(fault.leadMs ?? DEFAULT_LEAD_MS);
      default:
    }
    for (let i = 0; i < (fault.count ?? 1); i++)
      for (const connection of this.#options.connections) this.#commit(kind, connection);
    faults.add(fault);
  }

  /** Each line of market data is told that another session has it now. */
  #refuseLines(): void {
    for (const { client, id, kind } of this.#options.lines.all())
      if (kind !== 'bars') client.send(notice(NOTICES.competingSession, id));
  }

  async #movePort(): Promise<void> {
    const { listener, tell, connections } = this.#options;
    const connected = [...connections];
    await listener.move();
    tell(NOTICES.portReset(listener.port));
    for (const connection of connected) connection.end();
  }

  #after(delayMs: number, run: () => void): void {
    const timer = this.#options.clock.setTimer(() => {
      this.#timers.delete(timer);
      run();
    }, delayMs);
    this.#timers.add(timer);
  }

  #withdrawQuotes(symbol: string | undefined, durationMs: number): void {
    const { faults, unquoted, lines } = this.#options;
    const symbols =
      symbol === undefined ? [...lines.all()].map((line) => line.contract.listing.symbol) : [symbol];
    faults.count('no-quote');
    for (const one of symbols) unquoted.add(one);
    this.#after(durationMs, () => {
      for (const one of symbols) unquoted.delete(one);
    });
  }

  /** Nothing is said before: TWS goes down for its day without a word. */
  #cutAfter(leadMs: number): void {
    const { connections, faults } = this.#options;
    const connected = [...connections];
    this.#after(leadMs, () => {
      for (const connection of connected) {
        if (!connection.isOpen) continue;
        faults.count('planned-cut');
        connection.destroy();
      }
    });
  }

  #commit(kind: FaultKind, connection: TwsConnection): void {
    const half = message(1, 6, STRANGE_ID);
    switch (kind) {
      case 'cut':
        connection.destroy();
        break;
      case 'cut-mid-frame':
        connection.writeRaw(encodeMessages([STRANGE_MESSAGE]).subarray(0, -STRANGE_MESSAGE.length / 2));
        connection.destroy();
        break;
      case 'garbage':
        connection.write('<html>502 Bad Gateway</html>\0');
        break;
      case 'half-frame':
        connection.write(half);
        break;
      case 'unknown-symbol':
        connection.write(STRANGE_MESSAGE);
        break;
      case 'huge-frame':
        connection.write(tickString(STRANGE_ID, RT_VOLUME, 'x'.repeat(HUGE_MESSAGE_BYTES)));
        break;
      default:
        return;
    }
    this.#options.faults.count(kind);
  }

  [Symbol.dispose](): void {
    for (const timer of this.#timers) timer.cancel();
    this.#timers.clear();
  }
}
