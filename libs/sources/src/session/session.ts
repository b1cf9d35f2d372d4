import type { ConnectionState } from '@concord/codec';
import { PlayedClock, playedTimeOf, type Clock, type Logger } from '@concord/runtime';
import type { OpenSocket, Socket } from './connection.ts';
import type { ConnectionFailed } from '../errors.ts';
import { refusedFrame } from '../frame/frame.ts';
import type { Barren } from './barren.ts';
import { FrameReader } from './frame-reader.ts';
import { Heartbeat } from './heartbeat.ts';
import type { Listing } from '../listing.ts';
import { Outbox } from './outbox.ts';
import { Pacer } from './pacer.ts';
import { newSessionId } from './session-id.ts';
import { SessionWriter, type WriterSurroundings } from './session-writer.ts';
import type { StreamWatch } from './staleness.ts';
import type { Role, StreamState } from './stream-state.ts';
import { Subscriber, type SubscriberSurroundings, type Verdict } from './subscriber.ts';
import type { Dial, Stream, Venue } from '../venue.ts';

/** What a session needs of its surroundings. */
export interface SessionSurroundings
  extends
    Pick<WriterSurroundings, 'counters' | 'emit' | 'validate' | 'missed' | 'table'>,
    Pick<SubscriberSurroundings, 'resubscribed'> {
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
  /** For how long a live session may bring nothing at all; outlives its sessions. */
  readonly barren: Barren;
  /** The part of this session among those that serve the same streams. */
  role(session: Session): Role;
  /** Whether no other session serves the same streams now. */
  isOnly(session: Session): boolean;
  /** The session serves its streams now, after a time in which nobody did. */
  resumed(session: Session): void;
  /** It brings a record of a stream without countable ids whose last one another session brought, live or not yet. */
  begins(session: Session, state: StreamState): void;
}

/** A session's end as the loop sees it. */
export interface SessionOutcome extends Verdict {
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

/** One connection from its opening to its end: when it is live, when it should be replaced, and why it ended. */
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
  readonly #writer: SessionWriter;
  readonly #subscriber: Subscriber;
  readonly #reader: FrameReader;
  readonly #heartbeat: Heartbeat;
  readonly #outbox: Outbox;
  #socket: Socket | undefined;
  #state: ConnectionState = 'connecting';
  #resolve: ((outcome: SessionOutcome) => void) | undefined;
  #leave: (reason: string) => void = () => undefined;
  #settle: () => void = () => undefined;
  #openedAtMs: number | undefined;
  #liveAtMs: number | undefined;
  #lifeMs = Number.POSITIVE_INFINITY;
  #paused: boolean;

  constructor(
    endpoint: string,
    around: SessionSurroundings,
    previous: Predecessor | undefined,
    paused: boolean,
  ) {
    const { venue, replica, clock, machineClock, table, messages } = around;
    const session = newSessionId(venue.source, replica, clock);
    this.id = session;
    this.leaving = new Promise((resolve) => (this.#leave = resolve));
    this.settled = new Promise((resolve) => (this.#settle = resolve));
    this.#around = around;
    this.#dial = venue.dial(table.streams);
    this.#url = endpoint + this.#dial.path;
    this.#previous = previous;
    this.#paused = paused;
    this.#listings = table.listings;
    this.#heartbeat = new Heartbeat(venue.heartbeat);
    const { messageGapMs, messagesPer = 'connection' } = venue.limits;
    const pacer = messagesPer === 'address' ? messages : new Pacer(machineClock, messageGapMs);
    this.#outbox = new Outbox(pacer, (text) => this.#socket?.send(text));
    const ordinals = { next: 1 };
    const parser = venue.createParser({ session, ordinals, listings: this.#listings });
    const { source } = venue;
    const writer = new SessionWriter({
      ...around,
      source,
      session,
      ordinals,
      role: () => around.role(this),
      begins: (state) => around.begins(this, state),
    });
    const subscriber = new Subscriber({
      ...around,
      session,
      writer,
      send: (text) => this.#outbox.send(text),
      isSending: () => !this.#outbox.isEmpty,
    });
    this.#writer = writer;
    this.#subscriber = subscriber;
    this.#reader = new FrameReader({ ...around, session, parser, writer, subscriber });
  }

  get state(): ConnectionState {
    return this.#state;
  }

  /** Whether it takes the place of one that was open. */
  get isSuccessor(): boolean {
    return this.#previous !== undefined;
  }

  get gotData(): boolean {
    return this.#reader.gotData;
  }

  /** Resolves when the connection has ended, for whatever reason; never rejects. */
  async run(signal: AbortSignal): Promise<SessionOutcome> {
    this.mark();
    const stop = (): void => this.stop();
    const outcome = await new Promise<SessionOutcome>((resolve) => {
      this.#resolve = resolve;
      if (signal.aborted) return stop();
      signal.addEventListener('abort', stop, { once: true });
      this.#socket = this.#around.openSocket(this.#url, {
        opened: () => this.#opened(),
        frame: (data) => this.#frame(data),
        heard: (pong) => this.#heard(pong),
        ended: (failure) => this.#failed(failure),
      });
    });
    signal.removeEventListener('abort', stop);
    this.#outbox.close();
    if (outcome.end === 'stopped') await this.#socket?.close();
    else this.#socket?.terminate();
    return outcome;
  }

  /** Ends it in good order. */
  stop(): void {
    this.#finish({ end: 'stopped', message: 'asked to stop' });
  }

  /** Streams were added to the table: they are asked for on the open connection. */
  add(streams: readonly Stream[]): void {
    for (const { listing } of streams) this.#listings.set(listing.symbol, listing);
    if (this.#openedAtMs === undefined) return this.#leave('it was opened for other streams');
    this.#subscriber.add(streams);
  }

  /** Streams were taken out of the table. What still comes of them is left out. */
  remove(streams: readonly Stream[]): void {
    this.#subscriber.remove(streams, this.#openedAtMs !== undefined);
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
    this.#heartbeat.heard(now);
    if (this.#liveAtMs !== undefined) this.#liveAtMs = now;
    this.#around.watch.restart(now);
    for (const state of this.#around.table) state.watch.restart(now);
    this.#socket?.resume();
  }

  /** Asked once a second: deadlines, silence, pings, staleness. A session that was told to pause is not judged. */
  inspect(): void {
    if (this.#openedAtMs === undefined || this.#paused || this.#isDown()) return;
    const { barren, machineClock, role, venue, watch } = this.#around;
    const now = machineClock.monotonicMs();
    if (this.#heartbeat.isSilent(now)) {
      const message = `nothing heard for ${venue.heartbeat.silenceMs} ms`;
      return this.#finish({ end: 'silent', message });
    }
    const unconfirmed = this.#subscriber.judgeConfirmations(now);
    if (unconfirmed !== undefined) return this.#finish(unconfirmed);
    this.#checkLive();
    if (this.#liveAtMs !== undefined && now - this.#liveAtMs >= SETTLE_MS) this.#settle();
    if (now - this.#openedAtMs >= this.#lifeMs) this.#leave('it is as old as the venue lets it get');
    if (this.#heartbeat.isPingDue(now)) this.#ping();
    if (watch.isOverdue(now))
      return this.#finish({ end: 'silent', message: 'the socket is mute beyond its own rhythm' });
    if (
      this.#liveAtMs !== undefined &&
      barren.isOver(now - Math.max(this.#liveAtMs, this.#reader.lastDataMs))
    )
      return this.#finish({ end: 'stale', message: 'none of its streams brings anything' });
    const stale = role(this) === 'following' ? undefined : this.#subscriber.judgeRhythms(now);
    if (stale !== undefined) this.#finish(stale);
  }

  #isDown(): boolean {
    return this.#state === 'down';
  }

  #ping(): void {
    const text = this.#around.venue.heartbeat.ping?.text ?? null;
    if (text === null) this.#socket?.ping();
    else this.#outbox.send(text);
  }

  #opened(): void {
    const { machineClock, logger, table, venue, watch, isOnly } = this.#around;
    const now = machineClock.monotonicMs();
    this.#openedAtMs = now;
    this.#heartbeat.start(now);
    // Not all at the same age: connections opened together would be replaced together.
    this.#lifeMs = (venue.limits.connectionMsMax ?? Infinity) * (0.9 + 0.08 * machineClock.random());
    watch.restart(now);
    if (isOnly(this)) for (const state of table) state.startSession(now);
    if (this.#previous !== undefined) this.#writer.reconnected(this.#previous.session, this.#previous.reason);
    if (this.#paused) this.#socket?.pause();
    this.#subscriber.start(this.#dial);
    logger.info({ session: this.id, streams: table.size }, 'connected');
    this.#checkLive();
  }

  #checkLive(): void {
    if (this.#state !== 'connecting' || !this.#subscriber.isComplete || this.#openedAtMs === undefined)
      return;
    this.#state = 'live';
    this.#liveAtMs = this.#around.machineClock.monotonicMs();
    this.mark();
    if (this.gotData) this.#settle();
    this.#around.resumed(this);
  }

  #heard(pong?: Buffer): void {
    const { clock, machineClock } = this.#around;
    if (clock instanceof PlayedClock && pong !== undefined) {
      const micros = playedTimeOf(pong);
      if (micros !== undefined) clock.moveTo(micros);
    }
    this.#heartbeat.heard(machineClock.monotonicMs());
  }

  #frame(data: Buffer): void {
    if (this.#isDown()) return;
    const { clock, machineClock, watch } = this.#around;
    const receiveTime = clock.nowMicros(); // before anything is read of the frame
    const now = machineClock.monotonicMs();
    this.#heartbeat.heard(now);
    watch.saw(now);
    const closing = this.#reader.read(data, receiveTime, now);
    if (this.#reader.lastDataMs === now) this.#around.barren.over();
    this.#checkLive();
    if (this.#state === 'live' && this.gotData) this.#settle();
    if (closing !== null) this.#leave(closing);
  }

  #failed(failure: ConnectionFailed): void {
    if (failure.code === 'frame-too-large') {
      const { refusals } = refusedFrame('frame-too-large', failure.message);
      this.#writer.refuse(refusals, NO_BYTES, this.#around.clock.nowMicros());
    }
    this.#finish(failure, failure.retryAfterMs);
  }

  #finish({ end, message }: Verdict, retryAfterMs: number | null = null): void {
    if (this.#isDown()) return;
    this.#state = 'down';
    this.mark();
    this.#resolve?.({ end, message, retryAfterMs, opened: this.#openedAtMs !== undefined });
  }
}
