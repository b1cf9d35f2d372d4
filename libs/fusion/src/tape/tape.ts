import type { CleanTrade, ConsensusBar } from '@concord/codec';
import { INTERVALS, windowStart, type Interval, type Micros } from '@concord/model';
import { eventKey } from '../event-key.ts';
import { isPublishable } from '../source-view.ts';
import { holeIds, Holes, SILENCE, type Hole } from './holes.ts';
import { tapeBar } from './tape-bar.ts';
import type { TapeRules } from './tape-rules.ts';
import { addTrade, emptyTotals, mergeTotals, type Totals } from './totals.ts';

export type EmitBar = (bar: ConsensusBar) => void;

/** A gap or repair marker, as far as the tape cares. */
export interface TapeGap {
  readonly source: string;
  readonly firstId: string | null;
  readonly lastId: string | null;
  readonly receiveTime: Micros;
}

/** A window of one interval from its first trade until no revision can touch it any more. */
export interface Window {
  readonly start: Micros;
  readonly totals: Totals;
  closed: boolean;
  /** Number of the next statement. */
  revision: number;
  /** Log time at which a revision is due, null when nothing is new. */
  reviseAt: Micros | null;
  trigger: Micros | null;
}

export interface Level {
  readonly interval: Interval;
  readonly windows: Map<Micros, Window>;
}

/** A trade this far ahead of log time is not taken: its window would have to be kept for as long. */
const AHEAD_MAX: Micros = 600_000_000;

/**
 * What became of a trade: `late` for its window, too far `ahead` of log time, `unpublishable` price; `passed-over` are those that count
 * nowhere by their kind (not a member's, sampled, corrections).
 */
export type Taken = 'taken' | 'late' | 'ahead' | 'unpublishable' | 'passed-over';

const COUNTED_IDS: ReadonlySet<string> = new Set(['TRADE', 'AGGREGATE']);

function isAfter(id: string, other: string): boolean {
  return id.length === other.length ? id > other : id.length > other.length;
}

/** The ids between two that count up one by one; null when they do not. */
function missingBetween(
  before: string | null,
  next: string | null,
): { first: string; last: string; count: bigint } | null {
  if (before === null || next === null || !/^\d+ \d+$/.test(`${before} ${next}`)) return null;
  const first = BigInt(before) + 1n;
  const count = BigInt(next) - first;
  return count < 0n ? null : { first: String(first), last: String(first + count - 1n), count };
}

/** Says whether a member that has traded is silent or down at an instant of log time. */
export type IsSilent = (source: string, now: Micros) => boolean;

/**
 * Bars of one instrument from its trades (methodology, section E). Trades make the windows of the shortest interval only; a window
 * is closed when log time reaches its end + `close`, published and merged into the window of the next interval that holds it. A
 * trade that comes later revises every closed window that holds it, at the next beat, once for all trades until then. A window
 * without trades has no record. Trades later than `revision`, those far ahead and those beyond what can be published are not taken.
 */
export class Tape {
  levels: Level[];
  readonly holes = new Holes();
  readonly sequences = new Map<Interval, number>();
  /** Latest trade of each source by time. */
  readonly lastTimes = new Map<string, Micros>();
  /** Highest id of each source whose trades are counted. */
  readonly lastIds = new Map<string, string>();
  now: Micros;
  /** Trades before this instant were not seen. */
  coveredFrom: Micros;
  #rules: TapeRules;
  readonly #isSilent: IsSilent;
  /** Earliest instant at which something is due; lower than the truth does no harm. */
  #due: Micros = 0;

  constructor(rules: TapeRules, isSilent: IsSilent, at: Micros) {
    this.#rules = rules;
    this.#isSilent = isSilent;
    this.now = at;
    this.coveredFrom = at;
    this.levels = rules.intervals.map((interval) => ({ interval, windows: new Map() }));
  }

  /** New rules from here. Other intervals begin anew: what was not published of the old windows is partial in the new ones. */
  configure(rules: TapeRules): void {
    const same = rules.intervals.join() === this.#rules.intervals.join();
    this.#rules = rules;
    this.#due = 0;
    if (same) return;
    this.levels = rules.intervals.map((interval) => ({ interval, windows: new Map() }));
    this.coveredFrom = this.now;
  }

  /** Back after a time in which nothing was seen. */
  revive(at: Micros): void {
    this.coveredFrom = Math.max(this.now, at);
  }

  /** Lets log time pass: everything due up to and at `to` is published, each at its own time, in order. */
  advance(to: Micros, emit: EmitBar): void {
    if (to <= this.now) return;
    while (this.#due <= to) {
      const due = this.#nextDue();
      this.#due = due;
      if (due > to) break;
      this.now = Math.max(this.now, due);
      this.#publishDue(emit);
    }
    this.now = to;
  }

  /** `position` is the trade's offset; `at` the instrument's log time with it. */
  take(trade: CleanTrade, position: number, at: Micros, emit: EmitBar): Taken {
    this.advance(at, emit);
    const order = this.#rules.members.get(trade.source);
    const base = this.levels[0];
    if (order === undefined || base === undefined || trade.action !== 'NEW' || trade.sampled)
      return 'passed-over';
    if (!isPublishable(trade.price)) return 'unpublishable';
    const key = eventKey(trade, position);
    this.#follow(trade);
    this.lastTimes.set(trade.source, Math.max(this.lastTimes.get(trade.source) ?? key.time, key.time));
    const end = windowStart(key.time, base.interval) + INTERVALS[base.interval];
    if (this.now >= end + this.#rules.close + this.#rules.revision) return 'late';
    if (key.time > this.now + AHEAD_MAX) return 'ahead';
    const window = this.#windowAt(base, key.time);
    if (!window.closed) {
      addTrade(window.totals, trade, key, order);
      return 'taken';
    }
    const single = emptyTotals();
    addTrade(single, trade, key, order);
    this.#revise(single, key.time, trade.receiveTime);
    return 'taken';
  }

  /** What a source's next LIVE trade says of the time since the one before: ids are missing, nothing is, or nobody knows. */
  #follow({ source, origin, idKind, firstId, lastId, flags, receiveTime }: CleanTrade): void {
    if (origin === 'BACKFILL') return;
    const before = this.lastIds.get(source) ?? null;
    const counted = COUNTED_IDS.has(idKind) && lastId !== null;
    if (counted && (before === null || isAfter(lastId, before))) this.lastIds.set(source, lastId);
    if (origin !== 'LIVE') return;
    const silence = this.holes.fill(source, SILENCE);
    const jumped = flags.includes('gap');
    if (silence === undefined && !jumped) return;
    const missing = counted ? missingBetween(before, firstId) : null;
    if (jumped) {
      // A gap marker that stood before this trade has told of it.
      if (!this.holes.knows(source, this.#lastTime(source)))
        this.gap({ source, firstId: missing?.first ?? null, lastId: missing?.last ?? null, receiveTime });
    } else if (silence !== undefined) {
      if (missing?.count === 0n) this.#restate(silence);
      else this.holes.add({ ...silence, ids: null });
    }
  }

  #lastTime(source: string): Micros {
    return this.lastTimes.get(source) ?? this.coveredFrom;
  }

  /** Log time has come to an instant at which these sources are silent: whether something is missing, their next ids say. */
  noteSilence(): void {
    for (const [source, last] of this.lastTimes) {
      if (!this.#rules.members.has(source) || !this.#isSilent(source, this.now)) continue;
      this.holes.extendSilence(source, last, this.now);
    }
  }

  /** Trades of a source are missing between its last one and now: windows closed in between are stated again, as partial. */
  gap({ source, firstId, lastId, receiveTime }: TapeGap): void {
    const from = this.#lastTime(source);
    const hole = { source, from, to: Math.max(from, receiveTime), ids: holeIds(firstId, lastId) };
    this.holes.add(hole);
    this.#restate(hole);
  }

  /** A gap was filled: closed windows that it made partial are stated again. */
  repair({ source, firstId, lastId }: TapeGap): void {
    const ids = holeIds(firstId, lastId);
    const hole = ids === null ? undefined : this.holes.fill(source, ids);
    if (hole !== undefined) this.#restate(hole);
  }

  #restate(hole: Hole): void {
    for (const { interval, windows } of this.levels) {
      for (const window of windows.values()) {
        const overlaps = hole.from < window.start + INTERVALS[interval] && hole.to >= window.start;
        if (window.closed && overlaps) this.#markRevised(window, null);
      }
    }
  }

  /** The window that holds `time`. One that begins after its closing time is closed from the start: all it gets is late. */
  #windowAt(level: Level, time: Micros): Window {
    const { interval, windows } = level;
    const start = windowStart(time, interval);
    return windows.get(start) ?? this.#open(level, start, this.#closeAt(interval, start) <= this.now);
  }

  #open({ interval, windows }: Level, start: Micros, closed: boolean): Window {
    const window = { start, totals: emptyTotals(), closed, revision: 0, reviseAt: null, trigger: null };
    windows.set(start, window);
    this.#due = Math.min(this.#due, this.#closeAt(interval, start));
    return window;
  }

  #closeAt(interval: Interval, start: Micros): Micros {
    return start + INTERVALS[interval] + this.#rules.close;
  }

  /** Merges late trades into their window and on into each longer one that had already taken that window in. */
  #revise(late: Totals, time: Micros, trigger: Micros): void {
    for (const level of this.levels) {
      const window = this.#windowAt(level, time);
      mergeTotals(window.totals, late);
      if (!window.closed) return;
      this.#markRevised(window, trigger);
    }
  }

  #markRevised(window: Window, trigger: Micros | null): void {
    const { beat } = this.#rules;
    window.reviseAt ??= (Math.floor(this.now / beat) + 1) * beat;
    window.trigger = trigger ?? window.trigger;
    this.#due = Math.min(this.#due, window.reviseAt);
  }

  #dueOf(interval: Interval, window: Window): Micros {
    return window.closed ? (window.reviseAt ?? Infinity) : this.#closeAt(interval, window.start);
  }

  #nextDue(): Micros {
    let due = Infinity;
    for (const { interval, windows } of this.levels) {
      for (const window of windows.values()) due = Math.min(due, this.#dueOf(interval, window));
    }
    return due;
  }

  /** Publishes what is due now, shorter intervals first, so that a window closing at the same instant holds all of its parts. */
  #publishDue(emit: EmitBar): void {
    this.noteSilence();
    this.levels.forEach((level, index) => {
      const due = [...level.windows.values()].filter(
        (window) => this.#dueOf(level.interval, window) <= this.now,
      );
      due.sort((a, b) => a.start - b.start);
      for (const window of due) {
        if (!window.closed) this.#close(window, this.levels[index + 1]);
        this.#publish(level.interval, window, emit);
      }
      this.#dropFinal(level);
    });
    this.#pruneHoles();
  }

  /** A parent that closes at this very instant is not late: it has its turn right after its parts. */
  #close(window: Window, parent: Level | undefined): void {
    window.closed = true;
    if (parent === undefined) return;
    const start = windowStart(window.start, parent.interval);
    const holder = parent.windows.get(start) ?? this.#open(parent, start, false);
    mergeTotals(holder.totals, window.totals);
  }

  #publish(interval: Interval, window: Window, emit: EmitBar): void {
    const { start, totals, trigger, revision } = window;
    const sequence = (this.sequences.get(interval) ?? 0) + 1;
    this.sequences.set(interval, sequence);
    const partial = start < this.coveredFrom || this.holes.overlap(start, start + INTERVALS[interval]);
    const statement = { interval, start, totals, sequence, revision, now: this.now, partial };
    window.revision++;
    window.reviseAt = null;
    window.trigger = null;
    emit(tapeBar({ ...statement, triggerReceiveTime: trigger }, this.#rules));
  }

  #dropFinal({ interval, windows }: Level): void {
    const final = this.now - INTERVALS[interval] - this.#rules.close - this.#rules.revision;
    for (const window of windows.values()) {
      if (window.closed && window.reviseAt === null && window.start <= final) windows.delete(window.start);
    }
  }

  #pruneHoles(): void {
    if (this.holes.list.length === 0) return;
    const longest = this.levels.at(-1)?.interval;
    if (longest === undefined) return;
    const oldest = this.now - INTERVALS[longest] - this.#rules.close - this.#rules.revision;
    this.holes.prune(windowStart(oldest, longest));
  }
}
