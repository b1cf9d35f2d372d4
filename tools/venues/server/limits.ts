import type { Clock } from '@concord/runtime';

/**
 * At most `most`: in any stretch of `windowMs` where one is given, else at any one time (streams on a connection, characters of a
 * message, milliseconds until something must have happened).
 */
export interface LimitRule {
  readonly most: number;
  readonly windowMs?: number;
  /** The window begins at each multiple of `windowMs`, as Binance counts its minute, and does not reach back from now. */
  readonly isAligned?: boolean;
}

export type LimitRules = Readonly<Record<string, LimitRule>>;

/**
 * What a venue allows. A venue names its rules as it likes; those of these names the server keeps for it, the rest are asked for by
 * its feed, through `FeedContext.limits`:
 *
 * - `connects`: attempts to connect from one address; beyond it an upgrade is refused with 429;
 * - `connections`: open at one time; refused in the same way;
 * - `messages`, `address-messages`: from the client, on one connection and on all of them; beyond it the connection is closed (1008);
 * - `pong-ms`: until a ping must have been answered with its own payload; needs `pingEveryMs`. Else the connection is closed (1008);
 * - `silence-ms`: that a client may send nothing at all, not even a pong. Then the connection is closed (`silenceCode`).
 *
 * The server is reached from one machine, so one address stands for all its clients.
 */
export interface VenueLimits {
  readonly rules: LimitRules;
  /** How often the server pings. */
  readonly pingEveryMs?: number;
  /** Pings and pongs of the client count as messages too. */
  readonly countsControlFrames?: boolean;
  /** Default 1000. */
  readonly silenceCode?: number;
}

/** What tests and benchmarks change: by limit, or by venue and limit (`binance.connects`), a factor on `most`, or `off`. */
export type LimitChanges = Readonly<Record<string, number | 'off'>>;

/** Something that is counted against a rule, for as long as whoever is limited lives: an address, a connection. */
export interface Counter {
  /** Whether `weight` more keeps the rule. What is refused does not count, but is a breach. */
  take(weight?: number): boolean;
  /** Counted in the window now. */
  readonly used: number;
  /** Milliseconds until something that counts now no longer does; 0 when nothing counts. */
  readonly freeInMs: number;
}

/** The limits of one venue and every breach of them. A limit that the venue does not have is kept by everything. */
export class Limits {
  readonly #rules: Readonly<Record<string, LimitRule>>;
  readonly #clock: Clock;
  readonly #breaches: Record<string, number> = {};
  readonly #peaks: Record<string, number> = {};

  constructor(venue: string, rules: LimitRules, changes: LimitChanges, clock: Clock) {
    this.#clock = clock;
    this.#rules = Object.fromEntries(
      Object.entries(rules).map(([name, rule]) => {
        const change = changes[`${venue}.${name}`] ?? changes[name] ?? 1;
        const most = change === 'off' ? Number.POSITIVE_INFINITY : rule.most * change;
        return [name, { ...rule, most }];
      }),
    );
  }

  /** How often each limit was broken; a limit that was kept is absent. */
  get breaches(): Readonly<Record<string, number>> {
    return this.#breaches;
  }

  /** The nearest that a client has come to each limit, in its own unit. */
  get peaks(): Readonly<Record<string, number>> {
    return this.#peaks;
  }

  most(name: string): number {
    return this.#rules[name]?.most ?? Number.POSITIVE_INFINITY;
  }

  /** Whether `value` keeps a limit without a window; a breach is counted. */
  allows(name: string, value: number): boolean {
    if (this.#rules[name] === undefined) return true;
    const isKept = value <= this.most(name);
    this.#note(name, isKept, value);
    return isKept;
  }

  /** A new counter of a limit with a window. */
  counter(name: string): Counter {
    const { most, windowMs = 0, isAligned = false } = this.#rules[name] ?? { most: Number.POSITIVE_INFINITY };
    const window = isAligned
      ? new AlignedWindow(windowMs, this.#clock)
      : new SlidingWindow(windowMs, this.#clock);
    const note = (isKept: boolean, value: number): void => this.#note(name, isKept, value);
    return {
      take: (weight = 1) => {
        // Nothing is remembered of what has no limit; an aligned window is one number and goes on for the headers that tell it.
        if (most === Number.POSITIVE_INFINITY && !isAligned) return true;
        const wanted = window.used + weight;
        note(wanted <= most, wanted);
        if (wanted > most) return false;
        window.add(weight);
        return true;
      },
      get used() {
        return window.used;
      },
      get freeInMs() {
        return window.freeInMs;
      },
    };
  }

  #note(name: string, isKept: boolean, value: number): void {
    if (!isKept) this.#breaches[name] = (this.#breaches[name] ?? 0) + 1;
    if (value > (this.#peaks[name] ?? 0)) this.#peaks[name] = value;
  }
}

/** Throws `RangeError` for a change of a limit that no venue has, or that is neither a factor nor `off`. */
export function checkChanges(
  changes: LimitChanges,
  rulesByVenue: Readonly<Record<string, LimitRules>>,
): void {
  const known = Object.entries(rulesByVenue).flatMap(([venue, rules]) =>
    Object.keys(rules).flatMap((name) => [name, `${venue}.${name}`]),
  );
  for (const [name, change] of Object.entries(changes)) {
    if (!known.includes(name))
      throw new RangeError(`limit '${name}' is none of ${[...new Set(known)].join(', ')}`);
    if (change !== 'off' && !(change > 0))
      throw new RangeError(`limit ${name} must be a factor above 0 or off, got ${String(change)}`);
  }
}

/** What was added in the last `windowMs`. Bounded by the limit: what would exceed it is not added. */
class SlidingWindow {
  readonly #windowMs: number;
  readonly #clock: Clock;
  readonly #added: { readonly atMs: number; readonly weight: number }[] = [];
  #used = 0;

  constructor(windowMs: number, clock: Clock) {
    this.#windowMs = windowMs;
    this.#clock = clock;
  }

  get used(): number {
    const from = this.#clock.nowMs() - this.#windowMs;
    let past = 0;
    for (const one of this.#added) {
      if (one.atMs > from) break;
      this.#used -= one.weight;
      past++;
    }
    if (past > 0) this.#added.splice(0, past);
    return this.#used;
  }

  get freeInMs(): number {
    const oldest = this.used > 0 ? this.#added[0] : undefined;
    return oldest === undefined ? 0 : oldest.atMs + this.#windowMs - this.#clock.nowMs();
  }

  add(weight: number): void {
    this.#added.push({ atMs: this.#clock.nowMs(), weight });
    this.#used += weight;
  }
}

/** What was added since the last multiple of `windowMs`. */
class AlignedWindow {
  readonly #windowMs: number;
  readonly #clock: Clock;
  #index = 0;
  #used = 0;

  constructor(windowMs: number, clock: Clock) {
    this.#windowMs = windowMs;
    this.#clock = clock;
  }

  get used(): number {
    const index = Math.floor(this.#clock.nowMs() / this.#windowMs);
    if (index !== this.#index) this.#used = 0;
    this.#index = index;
    return this.#used;
  }

  get freeInMs(): number {
    return this.used === 0 ? 0 : (this.#index + 1) * this.#windowMs - this.#clock.nowMs();
  }

  add(weight: number): void {
    this.#used += weight;
  }
}
