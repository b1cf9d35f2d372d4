import type { Clock } from '@concord/runtime';
import type { Attack } from './market/attacks.ts';
import type { DataKind, FrameTag } from './server/connection.ts';
import type { RestAnswer } from './server/feed.ts';

/** Only `ib` has these. */
export const IB_FAULT_KINDS = [
  /** TWS loses its server (1100) and finds it again: 1102, or 1101 where `dataLost`. */
  'connectivity-lost',
  /** The market data farm breaks (2103) and is back (2104); the history farm likewise (2105, 2106). */
  'market-farm-broken',
  'history-farm-broken',
  /** The market data farm rests (2108), which changes nothing. */
  'farm-idle',
  /** Another session takes the market data (10197). */
  'competing-session',
  /** TWS moves to another port (1300) and drops every connection. */
  'port-reset',
  /** Nobody bids or offers: -1 in their place. */
  'no-quote',
] as const;

/** Faults a venue commits on command. */
export const FAULT_KINDS = [
  /** Every connection is closed without a word. */
  'cut',
  /** The same with half of a frame on the wire. */
  'cut-mid-frame',
  /** Connections stay open and nothing more is sent on them. */
  'silence',
  /** One symbol (or kind of data) is not sent any more; the rest is. */
  'mute',
  /** The next `count` frames are not sent; what was in them is there for REST. */
  'gap',
  /** The next `count` frames are sent twice. */
  'duplicate',
  /** Each of the next `count` frames is sent after the one that follows it. */
  'reorder',
  /** Text that is not JSON. */
  'garbage',
  /** The first half of a frame's text, as a complete WebSocket message. */
  'half-frame',
  /** A frame about a symbol nobody asked for. */
  'unknown-symbol',
  /** A frame of 5 MB. */
  'huge-frame',
  /** Every connection is told, by a venue that does so, and closed `leadMs` later. */
  'planned-cut',
  /** From now on every connection is closed at the age of `durationMs`, as Binance does after 24 hours. */
  'session-limit',
  /** The server is not there at all: connections are dropped and nothing listens. Ids go on. */
  'restart',
  /** WebSocket upgrades are answered with 503. */
  'refuse-upgrade',
  /** REST answers 503. */
  'rest-down',
  /** REST shows a trade only `lagMs` after it happened. */
  'rest-lag',
  /** The venue's times jump by `skewMs`. */
  'clock-skew',
  ...IB_FAULT_KINDS,
  /** An attack on the synthetic market begins. */
  'attack',
] as const;
export type FaultKind = (typeof FAULT_KINDS)[number];

export interface Fault {
  readonly kind: FaultKind;
  /** Default: every venue. */
  readonly venue?: string;
  /** The venue's symbol, for `mute`, `gap`, `duplicate`, `reorder`; default every symbol. */
  readonly symbol?: string;
  /** Kind of data hit by the same; default every kind. */
  readonly data?: Exclude<DataKind, 'control'>;
  /**
   * How long `silence`, `mute`, `restart`, `refuse-upgrade`, `rest-down`, `rest-lag` and `clock-skew` last, and the age of
   * `session-limit`, and every outage of `ib`, in milliseconds of the clock; default 10,000.
   */
  readonly durationMs?: number;
  /** Of what `ib` loses: whether its lines are gone when it is back, until they are asked for again. Default: they go on. */
  readonly dataLost?: boolean;
  /** How many frames `gap`, `duplicate`, `reorder` hit; how many `garbage` … `huge-frame` are sent. Default 1. */
  readonly count?: number;
  /** Of `clock-skew`. */
  readonly skewMs?: number;
  /** Of `planned-cut`; default 2,000. */
  readonly leadMs?: number;
  /** Of `rest-lag`; default 2,000. */
  readonly lagMs?: number;
  /** Of `attack`; its times count from the command. */
  readonly attack?: Attack;
}

export const DEFAULT_DURATION_MS = 10_000;
export const DEFAULT_LEAD_MS = 2_000;
const DEFAULT_LAG_MS = 2_000;

interface Active {
  readonly fault: Fault;
  readonly untilMs: number;
  left: number;
  /** Of `reorder`: the frame held back, per connection. */
  readonly held: Map<object, string>;
}

/** The faults in force at one venue, asked for every frame. Costs one comparison while there are none. */
export class FaultPlan {
  readonly #clock: Clock;
  readonly #counts: Record<string, number> = {};
  #active: Active[] = [];
  #skewMicros = 0;
  /** Age at which connections are closed. */
  sessionMsMax = Number.POSITIVE_INFINITY;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  get counts(): Readonly<Record<string, number>> {
    return this.#counts;
  }

  count(kind: FaultKind): void {
    this.#counts[kind] = (this.#counts[kind] ?? 0) + 1;
  }

  add(fault: Fault): void {
    const durationMs = fault.durationMs ?? DEFAULT_DURATION_MS;
    if (fault.kind === 'session-limit') this.sessionMsMax = durationMs;
    const untilMs = this.#clock.nowMs() + durationMs;
    this.#active.push({ fault, untilMs, left: fault.count ?? 1, held: new Map() });
    this.#setSkew();
  }

  #expire(): void {
    const now = this.#clock.nowMs();
    this.#active = this.#active.filter(({ fault, left, untilMs, held }) =>
      isCounted(fault.kind) ? left > 0 || held.size > 0 : now < untilMs,
    );
    this.#setSkew();
  }

  #setSkew(): void {
    this.#skewMicros = 0;
    for (const { fault } of this.#active)
      if (fault.kind === 'clock-skew') this.#skewMicros += (fault.skewMs ?? 0) * 1_000;
  }

  /** Added to the venue's times now. */
  skewMicros(): number {
    if (this.#active.length > 0) this.#expire();
    return this.#skewMicros;
  }

  #inForce(kind: FaultKind): Fault | undefined {
    if (this.#active.length === 0) return undefined;
    this.#expire();
    return this.#active.findLast(({ fault }) => fault.kind === kind)?.fault;
  }

  refuseUpgrade(): number | undefined {
    if (this.#inForce('refuse-upgrade') === undefined) return undefined;
    this.count('refuse-upgrade');
    return 503;
  }

  refuseRest(): RestAnswer | undefined {
    if (this.#inForce('rest-down') === undefined) return undefined;
    this.count('rest-down');
    return { status: 503, body: '<html>503 Service Temporarily Unavailable</html>' };
  }

  /** How long REST does not show a trade yet. */
  restLagMicros(): number {
    const fault = this.#inForce('rest-lag');
    return fault === undefined ? 0 : (fault.lagMs ?? DEFAULT_LAG_MS) * 1_000;
  }

  readonly filter = (connection: object, frame: string, tag: FrameTag): readonly string[] => {
    if (this.#active.length === 0) return [frame];
    this.#expire();
    for (const active of this.#active) {
      if (!hits(active.fault, tag)) continue;
      const { kind } = active.fault;
      if (kind === 'silence' || kind === 'mute') {
        this.count(kind);
        return [];
      }
      if (!isCounted(kind)) continue;
      const held = active.held.get(connection);
      if (held !== undefined) {
        active.held.delete(connection);
        return [frame, held];
      }
      if (active.left === 0) continue;
      active.left--;
      this.count(kind);
      if (kind === 'duplicate') return [frame, frame];
      if (kind === 'reorder') active.held.set(connection, frame);
      return [];
    }
    return [frame];
  };
}

function isCounted(kind: FaultKind): boolean {
  return kind === 'gap' || kind === 'duplicate' || kind === 'reorder';
}

function hits(fault: Fault, tag: FrameTag): boolean {
  if (fault.kind === 'silence') return true;
  if (tag.kind === 'control') return false;
  if (fault.data !== undefined && fault.data !== tag.kind) return false;
  return fault.symbol === undefined || fault.symbol === tag.symbol;
}
