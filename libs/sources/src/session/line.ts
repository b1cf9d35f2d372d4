import { Barren } from './barren.ts';
import { CatchUp, type CatchUpSurroundings } from './catch-up.ts';
import { SessionLoop, type LoopSurroundings } from './session-loop.ts';
import type { Session } from './session.ts';
import { SOCKET_RHYTHM, StreamWatch } from './staleness.ts';
import type { Role, StreamState } from './stream-state.ts';
import { StreamTable } from './stream-table.ts';
import type { Stream } from '../venue.ts';

export interface LineSurroundings
  extends
    Omit<
      LoopSurroundings,
      'watch' | 'barren' | 'table' | 'role' | 'isOnly' | 'begins' | 'resumed' | 'resubscribed'
    >,
    Pick<CatchUpSurroundings, 'gap' | 'isOpen'> {
  /** Sockets side by side for the same streams; what comes first is taken. */
  readonly sockets: number;
}

const INSPECT_MS = 1_000;

/** A set of streams kept alive by one socket, or by several that carry the same. */
export class Line {
  readonly group: string;
  readonly table = new StreamTable();
  readonly #around: LineSurroundings;
  readonly #loops: readonly SessionLoop[];
  readonly #catchUp: CatchUp;
  readonly #stop = new AbortController();
  /** By session the streams without countable ids whose interruption before it was looked at: once for each. */
  readonly #lookedAt = new WeakMap<Session, Set<StreamState>>();

  constructor(group: string, around: LineSurroundings) {
    this.group = group;
    this.#around = around;
    this.#catchUp = new CatchUp(around);
    this.#loops = Array.from({ length: around.sockets }, () => this.#loop());
  }

  /** Sessions that are open or being opened. */
  get sessions(): readonly Session[] {
    return this.#loops.flatMap(({ sessions }) => sessions);
  }

  /** The one that is listened to; while none is open, the last one that was. */
  get leader(): Session | undefined {
    const told = this.#loops.flatMap((loop) => loop.told);
    return told.find(({ state }) => state === 'live') ?? told[0];
  }

  add(states: readonly StreamState[]): void {
    this.table.add(states);
    const streams = states.map(({ stream }) => stream);
    for (const loop of this.#loops) loop.add(streams);
    // A session that is live already does not become so once more: what these streams missed at whoever had them before is looked for now.
    const { leader, sessions } = this;
    if (leader?.state !== 'live') return;
    this.#catchUp.resumed(states, leader.id);
    for (const session of sessions)
      if (session.state === 'live') for (const state of states) this.#isNewTo(session, state);
  }

  remove(streams: readonly Stream[]): void {
    for (const { key } of streams) {
      const state = this.table.get(key);
      if (state !== undefined) this.#catchUp.forget(state);
    }
    this.table.delete(streams.map(({ key }) => key));
    if (this.table.size === 0) return this.#stop.abort();
    for (const loop of this.#loops) loop.remove(streams);
  }

  pause(): void {
    for (const loop of this.#loops) loop.pause();
  }

  resume(): void {
    for (const loop of this.#loops) loop.resume();
  }

  /** Resolves when the last session has ended after `signal`, or after the last stream was removed. */
  async run(signal: AbortSignal): Promise<void> {
    const stopped = AbortSignal.any([signal, this.#stop.signal]);
    const inspecting = this.#around.machineClock.setRepeating(() => this.#catchUp.inspect(), INSPECT_MS);
    try {
      await Promise.all(this.#loops.map((loop) => loop.run(stopped)));
    } finally {
      inspecting.cancel();
    }
  }

  #loop(): SessionLoop {
    const { machineClock } = this.#around;
    return new SessionLoop({
      ...this.#around,
      table: this.table,
      watch: new StreamWatch(SOCKET_RHYTHM, machineClock.monotonicMs()),
      barren: new Barren(),
      role: (session) => this.#role(session),
      isOnly: (session) => this.#isOnly(session),
      resubscribed: (state) => this.#catchUp.resubscribed(state),
      // Where no ids tell, a hole is told before the first record behind it, which may come before all streams are served.
      begins: (session, state) => this.#resumed(session, [state]),
      resumed: (session) => this.#resumed(session, this.table),
    });
  }

  #resumed(session: Session, states: Iterable<StreamState>): void {
    const isOnly = this.#isOnly(session);
    // What others still have on their way, or do not say, would be missed by nobody where no ids tell.
    if (!isOnly && !session.isSuccessor) return;
    const affected = Array.from(states).filter((state) => {
      const isCounted = state.ids.next !== undefined;
      if (!isOnly && (isCounted || state.stream.kind !== 'trades')) return false;
      return isCounted || this.#isNewTo(session, state);
    });
    this.#catchUp.resumed(affected, session.id);
  }

  /** Once true for each stream of a session. */
  #isNewTo(session: Session, state: StreamState): boolean {
    let known = this.#lookedAt.get(session);
    if (known === undefined) this.#lookedAt.set(session, (known = new Set()));
    if (known.has(state)) return false;
    known.add(state);
    return true;
  }

  /** Whether no other session serves. */
  #isOnly(session: Session): boolean {
    return !this.sessions.some((other) => other !== session && other.state === 'live');
  }

  #role(session: Session): Role {
    const [only, ...more] = this.#loops;
    if (more.length === 0 && only?.sessions.length === 1) return 'alone';
    if (!this.sessions.some((other) => other !== session && other.state !== 'down' && other.gotData))
      return 'only';
    return this.leader === session || this.#isOnly(session) ? 'leading' : 'following';
  }
}
