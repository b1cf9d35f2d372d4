import type { Clock, Timer } from '@concord/runtime';
import type { Listing } from '../listing.ts';

/** An active listing and its place in the list of all that the source lists. */
export interface Placed {
  readonly place: number;
  readonly listing: Listing;
}

/**
 * Why an instrument is served no more as it was: another replica has it; it stands on the list with the same ids and is served anew here, at once; another one has its
 * name; the list has it no more.
 */
export type Fate = 'moved' | 'redefined' | 'replaced' | 'gone';

/** What follows a roster; a live subscription is one. */
export interface RosterFollower {
  /** These are served from now on; `listings` has them already. */
  add(instruments: readonly string[]): void;
  /** These are no longer; `listings` has them still. */
  remove(instruments: readonly string[]): void;
}

export interface RosterOptions {
  /** Network time: hand-over does not pass faster in a playback. */
  readonly machineClock: Clock;
  readonly lingerMs?: number;
  /**
   * Called when an instrument becomes somebody else's: what it gives tells whether another replica has said since that it serves it. By default one does.
   */
  handOver?(instrument: string): () => boolean;
  /** What the list has under the name of an instrument that is served is another one, or nothing; called before its follower hears of it. */
  replaced?(instrument: string): void;
}

/**
 * How long at least an instrument that is somebody else's now is served on, so that the first one to get it may die at once and it comes back after that one's
 * session (6 s); then until another replica says that it serves it, or for the longest time.
 */
const LINGER_MS = 15_000;
const LINGER_MS_MAX = 300_000;
const LINGER_STEP_MS = 1_000;

/** An instrument of somebody else that is served on. */
interface Lingering {
  /** By the steady clock: not given up before, and not served after. */
  readonly fromMs: number;
  readonly untilMs: number;
  isTaken(): boolean;
}

const OVER: Lingering = { fromMs: 0, untilMs: 0, isTaken: () => true };

/**
 * The instruments that this replica serves: those defined whose slot is its own. An instrument's slot is its place in the list modulo the number
 * of slots, so that one added at the end moves no other. What is given to another replica goes on here for a while: the new owner makes its
 * connection before this one breaks its own, and what both bring the validator drops once.
 */
export class Roster {
  readonly #clock: Clock;
  readonly #lingerMs: number;
  readonly #replaced: ((instrument: string) => void) | undefined;
  readonly #handOver: (instrument: string) => () => boolean;
  readonly #listings = new Map<string, Listing>();
  #defined: ReadonlyMap<string, Placed> = new Map();
  #slots = 1;
  #owned: ReadonlySet<number> = new Set();
  readonly #lingering = new Map<string, Lingering>();
  #timer: Timer | undefined;
  #follower: RosterFollower | undefined;

  constructor({ machineClock, lingerMs = LINGER_MS, replaced, handOver }: RosterOptions) {
    this.#clock = machineClock;
    this.#lingerMs = lingerMs;
    this.#replaced = replaced;
    this.#handOver = handOver ?? (() => () => true);
  }

  /** A roster of one replica alone: all of these, always. */
  static of(listings: readonly Listing[], machineClock: Clock): Roster {
    const roster = new Roster({ machineClock });
    roster.define(listings.map((listing, place) => ({ place, listing })));
    roster.assign({ count: 1, owned: new Set([0]) });
    return roster;
  }

  /** What is served, by instrument; lives. */
  get listings(): ReadonlyMap<string, Listing> {
    return this.#listings;
  }

  /** What becomes of an instrument whose service as `served` ends. */
  fateOf(served: Listing): Fate {
    const defined = this.#defined.get(served.instrument);
    if (defined === undefined) return 'gone';
    if (!hasSameIds(defined.listing, served)) return 'replaced';
    return this.#isOwn(defined.place) ? 'redefined' : 'moved';
  }

  /** One follower at a time; it hears of changes only. Returns how to stop. */
  follow(follower: RosterFollower): () => void {
    this.#follower = follower;
    return () => {
      if (this.#follower === follower) this.#follower = undefined;
    };
  }

  /** The venue's whole list. What is no longer on it, or stands there differently, stops at once. */
  define(placed: readonly Placed[]): void {
    this.#defined = new Map(placed.map((one) => [one.listing.instrument, one]));
    this.#update();
  }

  /** What the group has given to this replica, and how many slots there are. */
  assign({ count, owned }: { readonly count: number; readonly owned: ReadonlySet<number> }): void {
    this.#slots = count;
    this.#owned = owned;
    this.#update();
  }

  /** Instruments that an assignment would add to what is served. */
  given({ count, owned }: { readonly count: number; readonly owned: ReadonlySet<number> }): string[] {
    return [...this.#defined.values()].flatMap(({ place, listing: { instrument } }) =>
      owned.has(place % count) && !this.#listings.has(instrument) ? [instrument] : [],
    );
  }

  /** Gives everything up at once: others serve it. */
  release(): void {
    this.#owned = new Set();
    for (const instrument of this.#listings.keys()) this.#lingering.set(instrument, OVER);
    this.#update();
  }

  /** Forgets its timer. */
  stop(): void {
    this.#timer?.cancel();
  }

  #update(): void {
    const removed = [...this.#listings].flatMap(([instrument, listing]) =>
      this.#isWanted(instrument, listing) ? [] : [instrument],
    );
    if (removed.length > 0) this.#follower?.remove(removed);
    for (const instrument of removed) {
      this.#listings.delete(instrument);
      this.#lingering.delete(instrument);
    }
    const added = [...this.#defined.values()].filter(
      ({ place, listing }) => this.#isOwn(place) && !this.#listings.has(listing.instrument),
    );
    for (const { listing } of added) this.#listings.set(listing.instrument, listing);
    if (added.length > 0) this.#follower?.add(added.map(({ listing }) => listing.instrument));
    this.#awaitEnd();
  }

  #isOwn(place: number): boolean {
    return this.#owned.has(place % this.#slots);
  }

  /** Whether an instrument that is served goes on. */
  #isWanted(instrument: string, listing: Listing): boolean {
    const defined = this.#defined.get(instrument);
    const fate = this.fateOf(listing);
    if (fate === 'gone' || fate === 'replaced') this.#replaced?.(instrument);
    if (defined === undefined || !isSame(defined.listing, listing)) return false;
    if (this.#isOwn(defined.place)) {
      this.#lingering.delete(instrument);
      return true;
    }
    const now = this.#clock.monotonicMs();
    const lingering = this.#lingering.get(instrument) ?? this.#lose(instrument, now);
    return now < lingering.fromMs || (now < lingering.untilMs && !lingering.isTaken());
  }

  #lose(instrument: string, now: number): Lingering {
    const [fromMs, untilMs] = [now + this.#lingerMs, now + LINGER_MS_MAX];
    const lingering = { fromMs, untilMs, isTaken: this.#handOver(instrument) };
    this.#lingering.set(instrument, lingering);
    return lingering;
  }

  /** Looks again when the next one may be given up. */
  #awaitEnd(): void {
    this.#timer?.cancel();
    if (this.#lingering.size === 0) return;
    const now = this.#clock.monotonicMs();
    const delays = Array.from(this.#lingering.values(), ({ fromMs }) =>
      fromMs > now ? fromMs - now : LINGER_STEP_MS,
    );
    this.#timer = this.#clock.setTimer(() => this.#update(), Math.min(...delays));
  }
}

function isSame(a: Listing, b: Listing): boolean {
  return hasSameIds(a, b) && a.sizeUnit === b.sizeUnit && a.partition === b.partition;
}

/** Whether the venue means the same by both, so that its ids and times go on. */
function hasSameIds(a: Listing, b: Listing): boolean {
  return a.symbol === b.symbol && a.market === b.market && a.currency === b.currency;
}
