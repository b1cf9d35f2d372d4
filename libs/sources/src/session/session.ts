import type { ConnectionState } from '@concord/codec';
import { PlayedClock, playedTimeOf, type Clock, type Logger } from '@concord/runtime';
import type { OpenSocket, Socket } from './connection.ts';
import type { ConnectionEnd, ConnectionFailed } from '../errors.ts';
import type { SourceEvent } from '../events.ts';
import {
  byVenueSymbol,
  refusedFrame,
  type FrameParser,
  type ParsedFrame,
  type Refusal,
} from '../frame/frame.ts';
import { Outbox } from './outbox.ts';
import { newSessionId } from './session-id.ts';
import { SessionWriter, type SessionCounters } from './session-writer.ts';
import type { RawRecord, StreamState } from './stream-state.ts';
import type { StreamWatch } from './staleness.ts';
import type { ConnectionPlan, Stream, Venue } from '../venue.ts';

/** What a session needs of its surroundings. */
export interface SessionSurroundings {
  readonly venue: Venue;
  /** The run's clock: stamps records and markers. */
  readonly clock: Clock;
  /** The machine's own: deadlines, pauses and staleness are matters of the network, whatever time is played. */
  readonly machineClock: Clock;
  readonly logger: Logger;
  readonly openSocket: OpenSocket;
  readonly replica: string;
  /** States of the plan's streams, in its order. */
  readonly states: readonly StreamState[];
  /** Watches the plan's socket as a whole; outlives its sessions. */
  readonly watch: StreamWatch;
  readonly counters: SessionCounters;
  /** `weight` is how many records the event holds. */
  emit(event: SourceEvent, weight: number): void;
  validate(record: RawRecord): Refusal | undefined;
}

/** A session's end as the loop sees it. */
export interface SessionOutcome {
  readonly end: ConnectionEnd;
  readonly message: string;
  readonly retryAfterMs: number | null;
  /** Whether the socket ever opened. */
  readonly opened: boolean;
}

/** The session whose place this one takes, and how it ended. */
export interface Predecessor {
  readonly session: string;
  readonly reason: string;
}

/** Streams must be confirmed within this time. */
const CONFIRM_MS = 10_000;
const NO_BYTES = Buffer.alloc(0);

/** One connection from its opening to its end: frames in, records and markers out, in order. */
export class Session {
  readonly id: string;
  readonly #around: SessionSurroundings;
  readonly #plan: ConnectionPlan;
  readonly #previous: Predecessor | undefined;
  readonly #parser: FrameParser;
  readonly #writer: SessionWriter;
  readonly #pending: Set<string>;
  #socket: Socket | undefined;
  #outbox: Outbox | undefined;
  #state: ConnectionState = 'connecting';
  #resolve: ((outcome: SessionOutcome) => void) | undefined;
  #openedAtMs: number | undefined;
  #confirmByMs = 0;
  #askedOneByOne = false;
  #heardAtMs = 0;
  #pingedAtMs = 0;
  #gotData = false;
  #paused: boolean;

  constructor(
    plan: ConnectionPlan,
    around: SessionSurroundings,
    previous: Predecessor | undefined,
    paused: boolean,
  ) {
    const { venue, replica, clock, machineClock, states, counters, emit, validate } = around;
    this.id = newSessionId(venue.source, replica, clock);
    this.#around = around;
    this.#plan = plan;
    this.#previous = previous;
    this.#paused = paused;
    this.#pending = new Set(plan.streams.map((stream) => stream.key));
    const ordinals = { next: 1 };
    this.#parser = venue.createParser({
      session: this.id,
      ordinals,
      listings: byVenueSymbol(plan.streams.map((stream) => stream.listing)),
    });
    this.#writer = new SessionWriter({
      source: venue.source,
      session: this.id,
      ordinals,
      clock,
      machineClock,
      states,
      counters,
      emit,
      validate,
    });
  }

  get state(): ConnectionState {
    return this.#state;
  }

  get gotData(): boolean {
    return this.#gotData;
  }

  /** Resolves when the connection has ended, for whatever reason; never rejects. */
  async run(signal: AbortSignal): Promise<SessionOutcome> {
    const { machineClock, openSocket, venue } = this.#around;
    this.mark();
    const stop = (): void => this.#finish('stopped', 'asked to stop');
    const outcome = await new Promise<SessionOutcome>((resolve) => {
      this.#resolve = resolve;
      if (signal.aborted) return stop();
      signal.addEventListener('abort', stop, { once: true });
      const socket = openSocket(this.#plan.url, {
        opened: () => this.#opened(),
        frame: (data) => this.#frame(data),
        heard: (pong) => this.#heard(pong),
        ended: (failure) => this.#failed(failure),
      });
      this.#socket = socket;
      this.#outbox = new Outbox(machineClock, venue.limits.messageGapMs, (text) => socket.send(text));
    });
    signal.removeEventListener('abort', stop);
    this.#outbox?.close();
    if (outcome.end === 'stopped') await this.#socket?.close();
    else this.#socket?.terminate();
    return outcome;
  }

  /** Writes where the session stands into every partition it feeds. */
  mark(): void {
    this.#writer.state(this.#state);
  }

  pause(): void {
    this.#paused = true;
    this.#socket?.pause();
  }

  resume(): void {
    this.#paused = false;
    const now = this.#around.machineClock.monotonicMs();
    this.#heardAtMs = now;
    this.#around.watch.restart(now);
    for (const state of this.#around.states) state.watch.restart(now);
    this.#socket?.resume();
  }

  /** Asked once a second: deadlines, silence, pings, staleness. A session that was told to pause is not judged. */
  inspect(): void {
    if (this.#openedAtMs === undefined || this.#paused || this.#state === 'down') return;
    const now = this.#around.machineClock.monotonicMs();
    const { silenceMs, ping } = this.#around.venue.heartbeat;
    if (now - this.#heardAtMs >= silenceMs) {
      return this.#finish('silent', `nothing heard for ${silenceMs} ms`);
    }
    if (this.#pending.size > 0 && now >= this.#confirmByMs) this.#unconfirmed(now);
    if (this.#isDown()) return;
    if (ping !== undefined && now - this.#pingedAtMs >= ping.everyMs) {
      this.#pingedAtMs = now;
      if (ping.text === null) this.#socket?.ping();
      else this.#outbox?.send(ping.text);
    }
    if (this.#around.watch.isOverdue(now))
      return this.#finish('silent', 'the socket is mute beyond its own rhythm');
    this.#judgeStreams(now);
  }

  /**
   * One symbol that a venue does not know may cost the answer to a whole message. So the streams left over are asked for one by one; if some are confirmed
   * then, the others are given up for this session, and if none is, the connection is.
   */
  #unconfirmed(now: number): void {
    const { logger, states, venue } = this.#around;
    const left = this.#plan.streams.filter(({ key }) => this.#pending.has(key));
    const keys = left.map(({ key }) => key);
    if (!this.#askedOneByOne) {
      this.#askedOneByOne = true;
      logger.warn({ session: this.id, keys }, 'streams are not confirmed; asking for each by itself');
      const texts = left.flatMap((stream) => venue.resubscribe(this.#plan, [stream]));
      for (const text of texts) this.#outbox?.send(text);
      this.#confirmByMs = now + CONFIRM_MS + texts.length * venue.limits.messageGapMs;
      return;
    }
    if (left.length === this.#plan.streams.length) {
      return this.#finish('unconfirmed', `no stream was confirmed: ${keys.slice(0, 5).join(', ')}`);
    }
    logger.error(
      { session: this.id, keys },
      'the venue does not confirm these streams; going on without them',
    );
    for (const state of states) if (this.#pending.has(state.stream.key)) state.rejection = 'never confirmed';
    this.#pending.clear();
    this.#checkLive();
  }

  #isDown(): boolean {
    return this.#state === 'down';
  }

  #judgeStreams(now: number): void {
    const silent: Stream[] = [];
    for (const state of this.#around.states) {
      if (state.rejection !== null || this.#pending.has(state.stream.key)) continue;
      const judgement = state.watch.judge(now);
      state.stale = judgement !== 'alive';
      if (judgement === 'reconnect') {
        return this.#finish('stale', `${state.stream.key} is mute beyond its own rhythm`);
      }
      if (judgement === 'resubscribe') silent.push(state.stream);
    }
    if (silent.length > 0) this.#resubscribe(silent, 'mute beyond its own rhythm');
  }

  #resubscribe(streams: readonly Stream[], reason: string): void {
    for (const stream of streams) {
      this.#around.logger.warn({ session: this.id, stream: stream.key, reason }, 'stream is subscribed anew');
      this.#writer.resync(stream, reason);
    }
    for (const text of this.#around.venue.resubscribe(this.#plan, streams)) this.#outbox?.send(text);
  }

  #opened(): void {
    const { machineClock, logger, states, venue } = this.#around;
    const now = machineClock.monotonicMs();
    this.#openedAtMs = now;
    this.#confirmByMs = now + CONFIRM_MS + this.#plan.subscribe.length * venue.limits.messageGapMs;
    this.#heardAtMs = now;
    this.#pingedAtMs = now;
    this.#around.watch.restart(now);
    for (const state of states) state.startSession(now);
    if (this.#previous !== undefined) this.#writer.reconnected(this.#previous.session, this.#previous.reason);
    if (this.#paused) this.#socket?.pause();
    for (const text of this.#plan.subscribe) this.#outbox?.send(text);
    logger.info({ session: this.id, streams: this.#plan.streams.length }, 'connected');
    if (this.#plan.confirmedByUrl) this.#pending.clear();
    this.#checkLive();
  }

  #checkLive(): void {
    if (this.#state !== 'connecting' || this.#pending.size > 0 || this.#openedAtMs === undefined) return;
    this.#state = 'live';
    this.mark();
  }

  #heard(pong?: Buffer): void {
    const { clock } = this.#around;
    if (clock instanceof PlayedClock && pong !== undefined) {
      const micros = playedTimeOf(pong);
      if (micros !== undefined) clock.moveTo(micros);
    }
    this.#heardAtMs = this.#around.machineClock.monotonicMs();
  }

  #failed(failure: ConnectionFailed): void {
    if (failure.code === 'frame-too-large') {
      const { refusals } = refusedFrame('frame-too-large', failure.message);
      this.#writer.refuse(refusals, NO_BYTES, this.#around.clock.nowMicros());
    }
    this.#finish(failure.end, failure.message, failure.retryAfterMs);
  }

  #finish(end: ConnectionEnd, message: string, retryAfterMs: number | null = null): void {
    if (this.#state === 'down') return;
    this.#state = 'down';
    this.mark();
    this.#resolve?.({ end, message, retryAfterMs, opened: this.#openedAtMs !== undefined });
  }

  #frame(data: Buffer): void {
    if (this.#state === 'down') return;
    const { clock, machineClock, counters } = this.#around;
    const receiveTime = clock.nowMicros(); // before anything is read of the frame
    this.#heardAtMs = machineClock.monotonicMs();
    this.#around.watch.saw(this.#heardAtMs);
    counters.frame(data.length);
    const parsed = this.#parse(data, receiveTime);
    for (const { listing, kind, reason } of parsed.resyncs) {
      const state = this.#writer.stateOf(kind, listing.instrument);
      if (state !== undefined) this.#resubscribe([state.stream], reason);
    }
    if (parsed.trades.length > 0) this.#records('trades', parsed, data);
    if (parsed.quotes.length > 0) this.#records('quotes', parsed, data);
    if (parsed.bars.length > 0) this.#records('bars', parsed, data);
    if (parsed.refusals.length > 0) this.#writer.refuse(parsed.refusals, data, receiveTime);
    for (const key of parsed.acks) this.#pending.delete(key);
    if (parsed.errors.length > 0) this.#venueErrors(parsed);
    if (this.#state === 'connecting') this.#checkLive();
    if (parsed.closing !== null) this.#finish('closing', parsed.closing);
  }

  #records(kind: 'trades' | 'quotes' | 'bars', parsed: ParsedFrame, data: Buffer): void {
    this.#gotData = true;
    if (this.#pending.size > 0) {
      for (const { instrument } of parsed[kind]) {
        const state = this.#writer.stateOf(kind, instrument);
        if (state !== undefined) this.#pending.delete(state.stream.key); // data confirm as well as words
      }
    }
    this.#writer.records(kind, parsed[kind], data);
  }

  #parse(data: Buffer, receiveTime: number): ParsedFrame {
    try {
      return this.#parser.parse(data.toString('utf8'), receiveTime);
    } catch (error) {
      // A parser must not throw. If one does, the frame that made it is worth keeping, and the venue's other frames go on.
      this.#around.logger.error({ err: error, session: this.id }, 'a parser broke on a frame');
      return refusedFrame('parser-broke', String(error));
    }
  }

  #venueErrors(parsed: ParsedFrame): void {
    const { counters, logger, states } = this.#around;
    for (const { code, message, keys } of parsed.errors) {
      counters.venueError(code);
      logger.warn({ session: this.id, code, keys }, `the venue says: ${message}`);
      for (const key of keys) {
        // Only a stream that was not confirmed yet can be rejected; one that serves goes on.
        if (!this.#pending.delete(key)) continue;
        const state = states.find(({ stream }) => stream.key === key);
        if (state !== undefined) state.rejection = message;
      }
    }
  }
}
