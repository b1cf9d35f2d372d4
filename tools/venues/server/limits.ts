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
 * - `idle-ms`: that nothing has been sent on a connection by either side; then it is closed.
 *
 * The server is reached from one machine, so one address stands for all its clients.
 */
export interface VenueLimits {
  readonly rules: LimitRules;
  /** How often the server pings. */
  readonly pingEveryMs?: number;
  /** Pings and pongs of the client count as messages too. */
  readonly countsControlFrames?: boolean;
}

/** Of what a venue does not limit. */
const UNLIMITED: LimitRule = { most: Number.POSITIVE_INFINITY };

/** What tests and benchmarks change: by limit, or by venue and limit (`binance.connects`), a factor on `most`, or `off`. */
export type LimitChanges = Readonly<Record<string, number | 'off'>>;

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

  /** A new counter of a limit with a window, for whoever is limited: an address, a connection. */
  counter(name: string): Counter {
    const rule = this.#rules[name] ?? UNLIMITED;
    return new Counter(rule, this.#clock, (isKept, value) => this.#note(name, isKept, value));
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
  const all = new Set(Object.values(rulesByVenue).flatMap((rules) => Object.keys(rules)));
  for (const [name, change] of Object.entries(changes)) {
    const dot = name.indexOf('.');
    const rules = dot < 0 ? undefined : rulesByVenue[name.slice(0, dot)];
    const known = rules === undefined ? [...all] : Object.keys(rules);
    if (!known.includes(rules === undefined ? name : name.slice(dot + 1)))
      throw new RangeError(`limit '${name}' is none of ${known.join(', ')}, alone or as venue.limit`);
    if (change !== 'off' && !(change > 0))
      throw new RangeError(`limit ${name} must be a factor above 0 or off, got ${String(change)}`);
  }
}

/** Counts against a rule with a window. */
export class Counter {
  readonly #rule: LimitRule;
  readonly #clock: Clock;
  readonly #note: (isKept: boolean, value: number) => void;
  /** What counts now, oldest first. */
  readonly #taken: { readonly atMs: number; readonly weight: number }[] = [];
  #used = 0;

  constructor(rule: LimitRule, clock: Clock, note: (isKept: boolean, value: number) => void) {
    this.#rule = rule;
    this.#clock = clock;
    this.#note = note;
  }

  /** First instant that counts. */
  #startMs(): number {
    const { windowMs = 0, isAligned = false } = this.#rule;
    const now = this.#clock.nowMs();
    return isAligned ? now - (now % windowMs) : now - windowMs + 1;
  }

  /** What counts now. */
  get used(): number {
    const start = this.#startMs();
    const past = this.#taken.findIndex((one) => one.atMs >= start);
    for (const { weight } of this.#taken.splice(0, past < 0 ? this.#taken.length : past))
      this.#used -= weight;
    return this.#used;
  }

  /** Milliseconds until something that counts now no longer does; 0 when nothing counts. */
  get freeInMs(): number {
    const { windowMs = 0, isAligned = false } = this.#rule;
    const oldest = this.used > 0 ? this.#taken[0] : undefined;
    if (oldest === undefined) return 0;
    return (isAligned ? this.#startMs() : oldest.atMs) + windowMs - this.#clock.nowMs();
  }

  /** Whether `weight` more keeps the rule. What is refused does not count, but is a breach. */
  take(weight = 1): boolean {
    const { most, windowMs } = this.#rule;
    if (windowMs === undefined) return true;
    const wanted = this.used + weight;
    this.#note(wanted <= most, wanted);
    if (wanted > most) return false;
    this.#used = wanted;
    this.#taken.push({ atMs: this.#clock.nowMs(), weight });
    return true;
  }
}
