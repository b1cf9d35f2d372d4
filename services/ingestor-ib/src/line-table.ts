import type { StreamState } from '@concord/sources';
import type { IbOptions } from './config.ts';
import { linesFor, type SessionLine } from './lines.ts';
import type { Line } from './parse.ts';
import type { Pacing } from './pacing.ts';
import type { TwsRequest } from './requests.ts';

export interface LineSurroundings {
  readonly options: IbOptions;
  readonly pacing: Pacing;
  send(request: TwsRequest): void;
  /** Prints of a stream that was served may be missed from now on. */
  interrupted(state: StreamState): void;
  /** A stream is served by a line of this feed: for the first time, or again. */
  resumed(state: StreamState, feed: Line['feed']): void;
  /** Prints of a stream are refused, and samples taken instead: all of them are missed until it is resumed. */
  sampled(state: StreamState): void;
  /** A stream is asked for anew, for this reason. */
  restarted(state: StreamState, reason: string): void;
}

/** What serves live data, but for bars, and what serves history and with it bars. */
export type Farm = 'market' | 'history';

/** A request must be confirmed within this time, where TWS confirms it; */
const CONFIRM_MS = 10_000;
/** one that it does not confirm is served when it has not refused it for this time. */
const UNREFUSED_MS = 3_000;
const TRIES_MAX = 2;
/** What TWS has no room for now is asked for again after this time, the length of its own pacing window, and after twice that each further time, */
const LATER_MS = 15_000;
/** but no later than after so many doublings. */
const DOUBLINGS_MAX = 3;
/** Where samples are taken, tick-by-tick data are tried for again after this time, and after twice that each further time, but no later than after so many doublings. */
const TRIAL_MS = 60_000;
const TRIAL_DOUBLINGS_MAX = 4;
/** Farms of a kind that are remembered as being there; one is enough. */
const FARMS_MAX = 64;

/** The lines of one session: what is asked for, under which number, and where each stands. */
export class LineTable {
  readonly #around: LineSurroundings;
  readonly #lines = new Set<SessionLine>();
  readonly #byRequest = new Map<number, SessionLine>();
  readonly #cutFarms: Record<Farm, Set<string>> = { market: new Set(), history: new Set() };
  /** Those that TWS said are there. */
  readonly #farms: Record<Farm, Set<string>> = { market: new Set(), history: new Set() };
  #nextRequest = 1;

  constructor(around: LineSurroundings) {
    this.#around = around;
  }

  /** Lines by the number of the request that each bears now. */
  get byRequest(): ReadonlyMap<number, SessionLine> {
    return this.#byRequest;
  }

  /** Whether a request of this session may have borne the number. */
  wasAsked(request: number): boolean {
    return request > 0 && request < this.#nextRequest;
  }

  get size(): number {
    return this.#lines.size;
  }

  /** Whether every line was answered, refused or put off at least once. */
  get isSettled(): boolean {
    for (const { isSettled } of this.#lines) if (!isSettled) return false;
    return true;
  }

  add(states: readonly StreamState[]): void {
    for (const [, same] of Map.groupBy(states, ({ stream }) => stream.listing.instrument)) {
      const lines = linesFor(same, this.#around.options, () => this.#freeTickByTick() > 0);
      for (const line of lines) this.#lines.add(line);
    }
  }

  remove(keys: ReadonlySet<string>): void {
    for (const line of this.#lines) {
      const { states } = line.samples ?? line;
      if (!states.some(({ stream }) => keys.has(stream.key))) continue;
      this.#giveUp(line, true);
      this.#lines.delete(line);
    }
  }

  /** Asks for what is due and allowed, first for what is paced by its instrument: it should leave when it counts as asked for. */
  askDue(now: number): void {
    const { options, pacing } = this.#around;
    this.#tryTickByTick(now);
    const due = [...this.#lines].filter(({ phase, dueAtMs }) => phase === 'due' && dueAtMs <= now);
    for (const line of due.sort((a, b) => Number(b.isTickByTick) - Number(a.isTickByTick))) {
      const waitMs = line.isTickByTick ? pacing.tickByTickMs(line.listing.instrument) : 0;
      if (waitMs > 0) {
        line.dueAtMs = now + waitMs;
        line.isSettled = true;
      } else if (line.feed === 'sampled' && this.#sampledLines() >= options.marketDataLines) {
        this.refuse(line, `all ${options.marketDataLines} lines of market data are in use`);
      } else this.#ask(line, now);
    }
  }

  /** TWS has taken a request. It serves nothing of it while it is cut off from the farm that would. */
  confirmed(line: SessionLine | undefined): void {
    if (line?.phase !== 'asked' || !this.#isCut(line)) return this.served(line);
    line.phase = 'served';
    line.isSettled = true;
    line.isInterrupted = true;
    line.tries = 0;
    for (const state of line.states) state.stale = true;
  }

  /** Data of a request, or that it is served. */
  served(line: SessionLine | undefined): void {
    if (line === undefined || (line.phase !== 'asked' && !line.isInterrupted)) return;
    this.#takeOver(line);
    line.phase = 'served';
    line.isSettled = true;
    line.isInterrupted = false;
    line.isApart = this.#isCut(line);
    line.tries = 0;
    for (const state of line.states) {
      state.rejection = null;
      this.#around.resumed(state, line.feed);
    }
  }

  /** Gives a line up for this session. `isKnown`: TWS may still serve it. */
  refuse(line: SessionLine, why: string, isKnown = false): void {
    this.#giveUp(line, isKnown);
    line.phase = 'refused';
    line.isSettled = true;
    for (const state of line.states) state.rejection = why;
  }

  /** TWS serves nothing of a request for a while. `isKnown`: it may still count it among the account's lines. */
  askLater(line: SessionLine, now: number, why: string, isKnown = false): void {
    line.isSettled = true;
    for (const state of line.states) state.rejection = why;
    const doublings = Math.min(Math.max(line.tries - 1, 0), DOUBLINGS_MAX);
    this.#askAnew(line, now + LATER_MS * 2 ** doublings, isKnown);
  }

  /** The number of a request was in use: the next ones are far from it. */
  renumber(line: SessionLine, now: number): void {
    this.#nextRequest += 1_000;
    this.#askAnew(line, now, false);
  }

  /** TWS has ended a request; it is asked for once more at once. */
  askAgain(line: SessionLine, now: number): void {
    this.#askAnew(line, now, false);
  }

  /**
   * The streams of a tick-by-tick line go over to the line of samples of their instrument. Unless it is `forGood`, tick-by-tick data are tried for again, at
   * first after a minute.
   */
  sampleInstead(line: SessionLine, now: number, forGood = false): void {
    const { instrument } = line.listing;
    this.#giveUp(line, false);
    this.#lines.delete(line);
    const states = [...line.states];
    for (const other of this.#lines) {
      if (other.feed !== 'sampled' || other.listing.instrument !== instrument) continue;
      this.#giveUp(other, true);
      this.#lines.delete(other);
      states.push(...other.states);
      for (const trial of this.#lines) if (trial.samples === other) this.#drop(trial, true);
    }
    const samples = linesFor(states, { ...this.#around.options, tickByTickQuotes: false }, () => false);
    for (const sample of samples) {
      sample.trialDueAtMs = forGood ? Infinity : now + TRIAL_MS;
      sample.trials = 1;
      this.#lines.add(sample);
    }
    if (line.feed === 'prints') for (const state of line.states) this.#around.sampled(state);
  }

  /** Tick-by-tick data were tried for in vain. `isKnown`: TWS may serve them all the same; `forGood`: it will not in this session. */
  trialFailed(trial: SessionLine, now: number, isKnown: boolean, forGood = false): void {
    const { samples } = trial;
    this.#drop(trial, isKnown);
    if (samples === undefined) return;
    const doublings = Math.min(samples.trials++, TRIAL_DOUBLINGS_MAX);
    samples.trialDueAtMs = forGood ? Infinity : now + TRIAL_MS * 2 ** doublings;
  }

  /** Beside samples, which go on until data come of it: also where a line was given up that others had. */
  #tryTickByTick(now: number): void {
    for (const line of this.#lines) {
      if (line.feed !== 'sampled' || now < line.trialDueAtMs || this.#isCut(line)) continue;
      const trial = this.#freeTickByTick() > 0 ? line.trial(this.#around.options) : undefined;
      if (trial === undefined) continue;
      line.trialDueAtMs = Infinity;
      this.#lines.add(trial);
    }
  }

  /** Of a trial: from now on nothing of its streams is told of samples, so that none of its data is told twice. */
  #takeOver(line: SessionLine): void {
    const { samples } = line;
    if (samples === undefined) return;
    line.takeOver();
    samples.trials = samples.trialDueAtMs = 0;
    if (samples.states.length === 0) this.#drop(samples, true);
  }

  #drop(line: SessionLine, isKnown: boolean): void {
    this.#giveUp(line, isKnown);
    this.#lines.delete(line);
  }

  /** TWS has forgotten every request but those that it took after it said so, of which it has confirmed none yet. Refused ones are tried as well. */
  restartAll(now: number, reason: string): void {
    for (const line of this.#lines) {
      const isKnown = line.phase === 'asked';
      if (line.samples !== undefined) {
        this.trialFailed(line, now, isKnown);
        continue;
      }
      line.isSettled = false;
      line.tries = 0;
      for (const state of line.states) state.watch.restart(now);
      this.#restart(line, now, reason, isKnown);
    }
  }

  /** Nothing comes of these for now, though they were not cancelled. */
  interrupt(which: (line: SessionLine) => boolean = () => true): void {
    for (const line of this.#lines) {
      if (line.phase !== 'served' || line.isInterrupted || !which(line)) continue;
      line.isInterrupted = true;
      for (const state of line.states) {
        state.stale = true;
        if (line.feed === 'prints') this.#around.interrupted(state);
      }
    }
  }

  /** A farm is cut off from TWS. Where others of its kind are there, each line is judged by its own rhythm, since it may be one of theirs that died by itself. */
  farmLost(farm: Farm, name: string): void {
    this.#cutFarms[farm].add(name);
    this.#farms[farm].delete(name);
    for (const line of this.#lines) if (farmOf(line) === farm) line.isApart = false;
    this.interrupt((line) => farmOf(line) === farm);
  }

  /**
   * A farm is there again. Which lines it serves TWS does not say: they count as served when every one of its kind is there. Until then they may be served,
   * and silence counts from the first that is back.
   */
  farmBack(farm: Farm, name: string, now: number): void {
    const cut = this.#cutFarms[farm];
    const there = this.#farms[farm];
    cut.delete(name);
    if (cut.size > 0 && there.size === 0) {
      for (const line of this.#lines)
        if (line.isInterrupted && farmOf(line) === farm)
          for (const { watch } of line.states) watch.restart(now);
    }
    if (there.size < FARMS_MAX) there.add(name);
    this.resume(now);
  }

  /** What was interrupted is served again without having been asked for, unless a farm is cut off: silence counts from now. */
  resume(now: number): void {
    for (const line of this.#lines) {
      if (!line.isInterrupted || this.#isCut(line)) continue;
      for (const state of line.states) {
        state.stale = false;
        state.watch.restart(now);
      }
      this.served(line);
    }
  }

  /**
   * Asks anew for what was not confirmed, and for streams that are mute beyond their own rhythm: the connection is not to blame for these as long as TWS
   * answers. False when nothing at all was ever confirmed.
   */
  judge(now: number): boolean {
    for (const line of this.#lines) {
      if (line.phase === 'asked') this.#judgeAsked(line, now);
      else if (line.phase === 'served' && this.#mayBeServed(line)) this.#judgeServed(line, now);
    }
    const isHopeless = [...this.#lines].every(
      ({ phase, tries }) => phase === 'refused' && tries >= TRIES_MAX,
    );
    return this.#lines.size === 0 || !isHopeless;
  }

  #judgeAsked(line: SessionLine, now: number): void {
    const sinceMs = now - line.askedAtMs;
    if (line.isTickByTick) {
      if (sinceMs < UNREFUSED_MS) return;
      if (line.samples !== undefined && this.#isCut(line)) this.trialFailed(line, now, true);
      else this.confirmed(line);
    } else if (sinceMs >= CONFIRM_MS) {
      if (line.tries < TRIES_MAX) this.#askAnew(line, now, true);
      else this.refuse(line, 'never confirmed', true);
    }
  }

  #judgeServed(line: SessionLine, now: number): void {
    for (const state of line.states) {
      const judgement = state.watch.judge(now);
      state.stale = line.isInterrupted || judgement !== 'alive';
      if (judgement === 'alive' || judgement === 'stale') continue;
      // Asked for more than once, it is still the same silence.
      if (line.isMute) this.#askAnew(line, now, true);
      else this.#restart(line, now, 'mute beyond its own rhythm', true);
      line.isMute = true;
      return;
    }
    if (line.states.every(({ stale }) => !stale)) line.isMute = false;
  }

  #restart(line: SessionLine, now: number, reason: string, isKnown: boolean): void {
    for (const state of line.states) this.#around.restarted(state, reason);
    this.#askAnew(line, now, isKnown);
  }

  #mayBeServed(line: SessionLine): boolean {
    return !line.isInterrupted || line.isApart || this.#farms[farmOf(line)].size > 0;
  }

  #isCut(line: SessionLine): boolean {
    return this.#cutFarms[farmOf(line)].size > 0;
  }

  #ask(line: SessionLine, now: number): void {
    const id = this.#nextRequest++;
    line.request = id;
    line.phase = 'asked';
    line.askedAtMs = now;
    line.tries++;
    this.#byRequest.set(id, line);
    this.#around.send(line.ask(id, this.#around.options));
  }

  /** `isKnown`: TWS still knows the old request. */
  #askAnew(line: SessionLine, dueAtMs: number, isKnown: boolean): void {
    const wasServed = line.phase === 'served';
    this.#giveUp(line, isKnown);
    line.phase = 'due';
    line.dueAtMs = dueAtMs;
    if (wasServed && line.feed === 'prints') for (const state of line.states) this.#around.interrupted(state);
  }

  /** Ends the request of a line, if it has one. What still comes of it says nothing. */
  #giveUp(line: SessionLine, isKnown: boolean): void {
    const cancel = line.cancel();
    if (line.request !== null) this.#byRequest.delete(line.request);
    if (isKnown && cancel !== undefined) this.#around.send(cancel);
    line.request = null;
    line.isInterrupted = false;
  }

  #freeTickByTick(): number {
    let free = this.#around.options.tickByTickLines;
    for (const { isTickByTick } of this.#lines) if (isTickByTick) free--;
    return free;
  }

  #sampledLines(): number {
    let used = 0;
    for (const { feed, request } of this.#lines) if (feed === 'sampled' && request !== null) used++;
    return used;
  }
}

function farmOf({ feed }: SessionLine): Farm {
  return feed === 'bars' ? 'history' : 'market';
}
