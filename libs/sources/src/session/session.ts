import type { ConnectionState } from '@concord/codec';
import { PlayedClock, playedTimeOf, type Clock, type Logger } from '@concord/runtime';
import { Confirmations } from './confirmations.ts';
import type { OpenSocket, Socket } from './connection.ts';
import type { ConnectionEnd, ConnectionFailed } from '../errors.ts';
import { refusedFrame, type FrameParser, type ParsedFrame } from '../frame/frame.ts';
import type { Listing } from '../listing.ts';
import { Outbox } from './outbox.ts';
import { Pacer } from './pacer.ts';
import { newSessionId } from './session-id.ts';
import { SessionWriter, type WriterSurroundings } from './session-writer.ts';
import type { StreamWatch } from './staleness.ts';
import type { Role, StreamState } from './stream-state.ts';
import type { Dial, Stream, Venue } from '../venue.ts';

/** What a session needs of its surroundings. */
export interface SessionSurroundings extends Pick<
  WriterSurroundings,
  'counters' | 'emit' | 'validate' | 'missed' | 'table'
> {
  readonly venue: Venue;
  /** The run's clock: stamps records and markers. */
  readonly clock: Clock;
  /** The machine's own: deadlines, pauses and staleness are matters of the network, whatever time is played. */
  readonly machineClock: Clock;
  readonly logger: Logger;
  readonly openSocket: OpenSocket;
  readonly replica: string;
  /** The pace of all messages to the venue, where it counts them by address. */
  readonly messages: Pacer;
  /** Watches the socket as a whole; outlives its sessions. */
  readonly watch: StreamWatch;
  /** The part of this session among those that serve the same streams. */
  role(session: Session): Role;
  /** Whether no other session serves the same streams now. */
  isOnly(session: Session): boolean;
  /** A stream that was mute is asked for anew. */
  resubscribed(state: StreamState): void;
  /** The session serves its streams now, after a time in which nobody did. */
  resumed(session: Session): void;
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

/** A live session without any data is as good as it gets after this time. */
const SETTLE_MS = 5_000;
const NO_BYTES = Buffer.alloc(0);

/** One connection from its opening to its end: frames in, records and markers out, in order. */
export class Session {
  readonly id: string;
  /** Resolves, with the reason, when the session ought to be replaced before the venue ends it. */
  readonly leaving: Promise<string>;
  /** Resolves when the session serves: it is live, and has brought data or shown that there is none. */
  readonly settled: Promise<void>;
  readonly #around: SessionSurroundings;
  readonly #dial: Dial;
  readonly #url: string;
  readonly #previous: Predecessor | undefined;
  readonly #listings: Map<string, Listing>;
  readonly #parser: FrameParser;
  readonly #writer: SessionWriter;
  readonly #confirmations: Confirmations;
  #socket: Socket | undefined;
  #outbox: Outbox | undefined;
  #state: ConnectionState = 'connecting';
  #resolve: ((outcome: SessionOutcome) => void) | undefined;
  #leave: (reason: string) => void = () => undefined;
  #settle: () => void = () => undefined;
  #openedAtMs: number | undefined;
  #liveAtMs: number | undefined;
  #lifeMs = Number.POSITIVE_INFINITY;
  #heardAtMs = 0;
  #pingedAtMs = 0;
  #gotData = false;
  #paused: boolean;

  constructor(
    endpoint: string,
    around: SessionSurroundings,
    previous: Predecessor | undefined,
    paused: boolean,
  ) {
    const { venue, replica, clock, machineClock, table, counters, emit, validate, missed } = around;
    this.id = newSessionId(venue.source, replica, clock);
    this.leaving = new Promise((resolve) => (this.#leave = resolve));
    this.settled = new Promise((resolve) => (this.#settle = resolve));
    this.#around = around;
    this.#dial = venue.dial(table.streams);
    this.#url = endpoint + this.#dial.path;
    this.#previous = previous;
    this.#paused = paused;
    this.#confirmations = new Confirmations(venue.limits.messageGapMs);
    this.#confirmations.expect(table.streams, 0, 0);
    this.#listings = table.listings;
    const ordinals = { next: 1 };
    this.#parser = venue.createParser({ session: this.id, ordinals, listings: this.#listings });
    this.#writer = new SessionWriter({
      source: venue.source,
      session: this.id,
      ordinals,
      clock,
      machineClock,
      table,
      counters,
      emit,
      validate,
      missed,
      role: () => around.role(this),
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
    const stop = (): void => this.stop();
    const outcome = await new Promise<SessionOutcome>((resolve) => {
      this.#resolve = resolve;
      if (signal.aborted) return stop();
      signal.addEventListener('abort', stop, { once: true });
      const socket = openSocket(this.#url, {
        opened: () => this.#opened(),
        frame: (data) => this.#frame(data),
        heard: (pong) => this.#heard(pong),
        ended: (failure) => this.#failed(failure),
      });
      this.#socket = socket;
      const { messageGapMs, messagesPer = 'connection' } = venue.limits;
      const pacer = messagesPer === 'address' ? this.#around.messages : new Pacer(machineClock, messageGapMs);
      this.#outbox = new Outbox(machineClock, pacer, (text) => socket.send(text));
    });
    signal.removeEventListener('abort', stop);
    this.#outbox?.close();
    if (outcome.end === 'stopped') await this.#socket?.close();
    else this.#socket?.terminate();
    return outcome;
  }

  /** Ends it in good order. */
  stop(): void {
    this.#finish('stopped', 'asked to stop');
  }

  /** Streams were added to the table: they are asked for on the open connection. */
  add(streams: readonly Stream[]): void {
    for (const { listing } of streams) this.#listings.set(listing.symbol, listing);
    if (this.#openedAtMs === undefined) return this.#leave('it was opened for other streams');
    const texts = this.#around.venue.subscribe(streams);
    this.#confirmations.expect(streams, this.#around.machineClock.monotonicMs(), texts.length);
    for (const text of texts) this.#outbox?.send(text);
  }

  /** Streams were taken out of the table. What still comes of them is left out. */
  remove(streams: readonly Stream[]): void {
    for (const { key } of streams) this.#confirmations.settle(key);
    if (this.#openedAtMs === undefined) return;
    for (const text of this.#around.venue.unsubscribe(streams)) this.#outbox?.send(text);
    this.#checkLive();
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
    for (const state of this.#around.table) state.watch.restart(now);
    this.#socket?.resume();
  }

  /** Asked once a second: deadlines, silence, pings, staleness. A session that was told to pause is not judged. */
  inspect(): void {
    if (this.#openedAtMs === undefined || this.#paused || this.#isDown()) return;
    const now = this.#around.machineClock.monotonicMs();
    const { silenceMs, ping } = this.#around.venue.heartbeat;
    if (now - this.#heardAtMs >= silenceMs) {
      return this.#finish('silent', `nothing heard for ${silenceMs} ms`);
    }
    this.#judgeConfirmations(now);
    if (this.#isDown()) return;
    if (this.#liveAtMs !== undefined && now - this.#liveAtMs >= SETTLE_MS) this.#settle();
    if (now - this.#openedAtMs >= this.#lifeMs) this.#leave('it is as old as the venue lets it get');
    if (ping !== undefined && now - this.#pingedAtMs >= ping.everyMs) {
      this.#pingedAtMs = now;
      if (ping.text === null) this.#socket?.ping();
      else this.#outbox?.send(ping.text);
    }
    if (this.#around.watch.isOverdue(now))
      return this.#finish('silent', 'the socket is mute beyond its own rhythm');
    if (this.#around.role(this) !== 'following') this.#judgeStreams(now);
  }

  #judgeConfirmations(now: number): void {
    const { logger, table } = this.#around;
    const overdue = this.#confirmations.overdue(now);
    if (overdue === undefined) return;
    const keys = overdue.streams.map(({ key }) => key);
    if (overdue.cure === 'ask-again') {
      logger.warn({ session: this.id, keys }, 'streams are not confirmed; asking for each by itself');
      for (const stream of overdue.streams) this.#ask([stream]);
      return;
    }
    // If some were confirmed, the others are given up for this session; if none was, the connection is.
    if (keys.length >= table.size) {
      return this.#finish('unconfirmed', `no stream was confirmed: ${keys.slice(0, 5).join(', ')}`);
    }
    logger.error(
      { session: this.id, keys },
      'the venue does not confirm these streams; going on without them',
    );
    for (const key of keys) {
      const state = table.get(key);
      if (state !== undefined) state.rejection = 'never confirmed';
    }
    this.#confirmations.clear();
    this.#checkLive();
  }

  #isDown(): boolean {
    return this.#state === 'down';
  }

  #judgeStreams(now: number): void {
    const silent: Stream[] = [];
    for (const state of this.#around.table) {
      if (state.rejection !== null || this.#confirmations.isPending(state.stream.key)) continue;
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
      const state = this.#around.table.get(stream.key);
      if (state !== undefined) this.#around.resubscribed(state);
    }
    this.#ask(streams);
  }

  /** Ends and begins streams on the open connection, so that each starts anew with a snapshot. */
  #ask(streams: readonly Stream[]): void {
    const { venue } = this.#around;
    for (const text of [...venue.unsubscribe(streams), ...venue.subscribe(streams)]) this.#outbox?.send(text);
  }

  #opened(): void {
    const { machineClock, logger, table, venue } = this.#around;
    const now = machineClock.monotonicMs();
    this.#openedAtMs = now;
    this.#heardAtMs = now;
    this.#pingedAtMs = now;
    // Not all at the same age: connections opened together would be replaced together.
    this.#lifeMs = (venue.limits.connectionMsMax ?? Infinity) * (0.9 + 0.08 * machineClock.random());
    this.#confirmations.expect(table.streams, now, this.#dial.subscribe.length);
    this.#around.watch.restart(now);
    if (this.#around.isOnly(this)) for (const state of table) state.startSession(now);
    if (this.#previous !== undefined) this.#writer.reconnected(this.#previous.session, this.#previous.reason);
    if (this.#paused) this.#socket?.pause();
    for (const text of this.#dial.subscribe) this.#outbox?.send(text);
    logger.info({ session: this.id, streams: table.size }, 'connected');
    if (this.#dial.confirmedByUrl) this.#confirmations.clear();
    this.#checkLive();
  }

  #checkLive(): void {
    if (this.#state !== 'connecting' || !this.#confirmations.isComplete || this.#openedAtMs === undefined)
      return;
    this.#state = 'live';
    this.#liveAtMs = this.#around.machineClock.monotonicMs();
    this.mark();
    if (this.#gotData) this.#settle();
    this.#around.resumed(this);
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
    if (this.#isDown()) return;
    this.#state = 'down';
    this.mark();
    this.#resolve?.({ end, message, retryAfterMs, opened: this.#openedAtMs !== undefined });
  }

  #frame(data: Buffer): void {
    if (this.#isDown()) return;
    const { clock, machineClock, counters, table } = this.#around;
    const receiveTime = clock.nowMicros(); // before anything is read of the frame
    this.#heardAtMs = machineClock.monotonicMs();
    this.#around.watch.saw(this.#heardAtMs);
    counters.frame(data.length);
    const parsed = this.#parse(data, receiveTime);
    for (const { listing, kind, reason } of parsed.resyncs) {
      const state = table.of(kind, listing.instrument);
      if (state !== undefined) this.#resubscribe([state.stream], reason);
    }
    if (parsed.trades.length > 0) this.#records('trades', parsed, data);
    if (parsed.quotes.length > 0) this.#records('quotes', parsed, data);
    if (parsed.bars.length > 0) this.#records('bars', parsed, data);
    if (parsed.refusals.length > 0) this.#writer.refuse(parsed.refusals, data, receiveTime);
    for (const key of parsed.acks) {
      this.#confirmations.settle(key);
      if (parsed.heartbeat) table.get(key)?.watch.saw(this.#heardAtMs);
    }
    if (parsed.errors.length > 0) this.#venueErrors(parsed);
    if (this.#state === 'connecting') this.#checkLive();
    if (parsed.closing !== null) this.#leave(parsed.closing);
  }

  #records(kind: 'trades' | 'quotes' | 'bars', parsed: ParsedFrame, data: Buffer): void {
    this.#gotData = true;
    if (!this.#confirmations.isComplete) {
      for (const { instrument } of parsed[kind]) {
        const state = this.#around.table.of(kind, instrument);
        if (state !== undefined) this.#confirmations.settle(state.stream.key); // data confirm as well as words
      }
    }
    this.#writer.records(kind, parsed[kind], data);
    if (this.#state === 'live') this.#settle();
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
    const { counters, logger, table } = this.#around;
    for (const { code, message, keys } of parsed.errors) {
      counters.venueError(code);
      logger.warn({ session: this.id, code, keys }, `the venue says: ${message}`);
      for (const key of keys) {
        // Only a stream that was not confirmed yet can be rejected; one that serves goes on.
        if (!this.#confirmations.settle(key)) continue;
        const state = table.get(key);
        if (state !== undefined) state.rejection = message;
      }
    }
  }
}
