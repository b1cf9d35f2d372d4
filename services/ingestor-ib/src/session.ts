import type { ConnectionState } from '@concord/codec';
import type { Micros } from '@concord/model';
import type { Clock, Logger } from '@concord/runtime';
import {
  type ConnectionFailed,
  newSessionId,
  refusedFrame,
  type ConnectionEnd,
  type ParsedFrame,
  type StreamState,
} from '@concord/sources';
import {
  Heartbeat,
  SessionWriter,
  type StreamTable,
  type WriterSurroundings,
} from '@concord/sources/session';
import type { Endpoint, Gateway, OpenGateway } from './gateway.ts';
import type { SessionLine } from './lines.ts';
import { LineTable, type LineSurroundings } from './line-table.ts';
import { effectOf, farmNameOf, newPortOf, type NoticeEffect } from './notices.ts';
import { TwsParser, type TwsMessage } from './parse.ts';

/** What a session needs of its surroundings. */
export interface SessionSurroundings
  extends
    Pick<WriterSurroundings, 'counters' | 'emit' | 'validate'>,
    Pick<LineSurroundings, 'options' | 'pacing' | 'interrupted' | 'resumed' | 'sampled'> {
  /** TWS told its time. */
  heardTime(venue: Micros, own: Micros): void;
  readonly source: string;
  /** The run's clock: stamps records and markers. */
  readonly clock: Clock;
  /** The machine's own: deadlines and staleness are matters of the network. */
  readonly machineClock: Clock;
  readonly logger: Logger;
  readonly replica: string;
  readonly table: StreamTable;
  readonly openGateway: OpenGateway;
}

/** The session whose place this one takes, and how it ended. */
export interface Predecessor {
  readonly session: string;
  readonly reason: string;
}

/** A session's end as the loop sees it. */
export interface SessionOutcome {
  readonly end: ConnectionEnd;
  readonly message: string;
  /** Whether TWS ever said that it is ready. */
  readonly opened: boolean;
  /** Set where another client has the id. */
  readonly isIdTaken: boolean;
  /** Where TWS says that it will listen. */
  readonly port: number | undefined;
}

/** TWS must have said that it is ready within this time. */
const READY_MS = 15_000;
/** TWS answers a ping at once: nothing for this long, and the connection is dead. */
const SILENCE_MS = 35_000;
const HEARTBEAT = { silenceMs: SILENCE_MS, ping: { everyMs: 10_000, text: null } };
const NO_BYTES = Buffer.alloc(0);
/** Notices about the farms that serve history. */
const FARMS_OF_HISTORY: ReadonlySet<number> = new Set([2105, 2106]);

/** One connection to TWS from its opening to its end: messages in, records and markers out, in order. */
export class TwsSession {
  readonly id: string;
  readonly #around: SessionSurroundings;
  readonly #previous: Predecessor | undefined;
  readonly #writer: SessionWriter;
  readonly #parser: TwsParser;
  readonly #lines: LineTable;
  readonly #heartbeat = new Heartbeat(HEARTBEAT);
  readonly #openedAtMs: number;
  #gateway: Gateway | undefined;
  #state: ConnectionState = 'connecting';
  #resolve: ((outcome: SessionOutcome) => void) | undefined;
  #isReady = false;
  /** TWS has lost the venue. */
  #isLost = false;
  #gotData = false;
  #isPaused: boolean;
  #takesDelayed = false;

  constructor(around: SessionSurroundings, previous: Predecessor | undefined, isPaused: boolean) {
    const { source, replica, clock, machineClock, table, options, pacing } = around;
    const { interrupted, resumed, sampled } = around;
    this.id = newSessionId(source, replica, clock);
    this.#around = around;
    this.#previous = previous;
    this.#isPaused = isPaused;
    this.#openedAtMs = machineClock.monotonicMs();
    this.#heartbeat.start(this.#openedAtMs);
    this.#lines = new LineTable({
      options,
      pacing,
      interrupted,
      resumed,
      sampled,
      send: (request) => this.#gateway?.send(request),
      restarted: (state, reason) => this.#restarted(state, reason),
    });
    const ordinals = { next: 1 };
    const lines = this.#lines.byRequest;
    const wasAsked = (request: number): boolean => this.#lines.wasAsked(request);
    this.#parser = new TwsParser({ session: this.id, ordinals, listings: table.listings, lines, wasAsked });
    this.#writer = new SessionWriter({
      ...around,
      session: this.id,
      ordinals,
      missed: () => undefined, // the venue numbers nothing
      role: () => 'alone',
      begins: () => undefined, // the memory of prints tells what was missed
    });
    this.add([...table]);
  }

  get state(): ConnectionState {
    return this.#state;
  }

  get gotData(): boolean {
    return this.#gotData;
  }

  /** Resolves when the connection has ended, for whatever reason; never rejects. */
  async run(endpoint: Endpoint, clientId: number, signal: AbortSignal): Promise<SessionOutcome> {
    this.#writer.state(this.#state);
    const stop = (): void => this.#finish('stopped', 'asked to stop');
    const outcome = await new Promise<SessionOutcome>((resolve) => {
      this.#resolve = resolve;
      if (signal.aborted) return stop();
      signal.addEventListener('abort', stop, { once: true });
      this.#gateway = this.#around.openGateway(endpoint, clientId, {
        message: (fields, receiveTime) => this.#message(fields, receiveTime),
        ended: (failure) => this.#failed(failure),
      });
      if (this.#isPaused) this.#gateway.pause();
    });
    signal.removeEventListener('abort', stop);
    this.#gateway?.close();
    return outcome;
  }

  add(states: readonly StreamState[]): void {
    for (const state of states) state.startSession(this.#now());
    this.#lines.add(states);
    this.#ask();
  }

  remove(keys: ReadonlySet<string>): void {
    this.#lines.remove(keys);
  }

  /** Tells what was waiting for time to pass, then where the session stands, into every partition it feeds. */
  mark(): void {
    this.#settle(this.#around.clock.nowMicros());
    this.#writer.state(this.#state);
  }

  pause(): void {
    this.#isPaused = true;
    this.#gateway?.pause();
  }

  resume(): void {
    this.#isPaused = false;
    const now = this.#now();
    this.#heartbeat.heard(now);
    for (const state of this.#around.table) state.watch.restart(now);
    this.#gateway?.resume();
  }

  /** Asked once a second: deadlines, silence, pings, requests that are due, staleness. A session that was told to pause is not judged. */
  inspect(): void {
    if (this.#isPaused || this.#resolve === undefined) return;
    const now = this.#now();
    if (!this.#isReady && now - this.#openedAtMs >= READY_MS)
      return this.#finish('unconfirmed', `TWS did not say that it is ready within ${READY_MS} ms`);
    if (this.#heartbeat.isSilent(now)) return this.#finish('silent', `nothing heard for ${SILENCE_MS} ms`);
    if (!this.#isReady) return;
    if (this.#heartbeat.isPingDue(now)) this.#gateway?.send({ type: 'current-time' });
    if (this.#isLost) return;
    if (!this.#lines.judge(now)) return this.#finish('unconfirmed', 'no request was ever confirmed');
    this.#ask();
  }

  #now(): number {
    return this.#around.machineClock.monotonicMs();
  }

  #message(fields: readonly string[], receiveTime: Micros): void {
    if (this.#resolve === undefined) return;
    this.#heartbeat.heard(this.#now());
    this.#around.counters.frame(fields.reduce((sum, field) => sum + field.length + 1, 0));
    this.#settle(receiveTime);
    const message = this.#parse(fields, receiveTime);
    switch (message.type) {
      case 'data':
        this.#data(message, fields, receiveTime);
        break;
      case 'served':
        this.#lines.confirmed(this.#lines.byRequest.get(message.request));
        break;
      case 'time':
        this.#around.heardTime(message.at, receiveTime);
        break;
      case 'notice':
        return this.#notice(message.request, message.code, message.text);
      case 'accounts':
        return this.#accounts(message.accounts);
      case 'ready':
        return this.#ready();
      case 'nothing':
    }
    this.#checkLive();
  }

  #parse(fields: readonly string[], receiveTime: Micros): TwsMessage {
    try {
      return this.#parser.parse(fields, receiveTime);
    } catch (error) {
      // A parser must not throw. If one does, the message that made it is worth keeping, and the others go on.
      this.#around.logger.error({ err: error, session: this.id }, 'the parser broke on a message');
      return { type: 'data', request: null, frame: refusedFrame('parser-broke', String(error)) };
    }
  }

  #settle(before: Micros): void {
    const { quotes, trades } = this.#parser.settle(before);
    if (quotes.length > 0) this.#writer.records('quotes', quotes, NO_BYTES);
    if (trades.length > 0) this.#writer.records('trades', trades, NO_BYTES);
  }

  #data(
    { request, frame }: { readonly request: number | null; readonly frame: ParsedFrame },
    fields: readonly string[],
    receiveTime: Micros,
  ): void {
    if (request !== null) {
      this.#gotData = true;
      this.#lines.served(this.#lines.byRequest.get(request));
    }
    const { trades, quotes, bars, refusals } = frame;
    if (trades.length + quotes.length + bars.length + refusals.length === 0) return;
    const bytes = Buffer.from(fields.map((field) => `${field}\0`).join(''));
    if (trades.length > 0) this.#writer.records('trades', trades, bytes);
    if (quotes.length > 0) this.#writer.records('quotes', quotes, bytes);
    if (bars.length > 0) this.#writer.records('bars', bars, bytes);
    if (refusals.length > 0) this.#writer.refuse(refusals, bytes, receiveTime);
  }

  #accounts(accounts: readonly string[]): void {
    const { account } = this.#around.options;
    if (account === undefined || accounts.includes(account)) return;
    this.#finish('handshake-refused', `account ${account} is not logged in`);
  }

  #ready(): void {
    if (this.#isReady) return;
    this.#isReady = true;
    this.#around.logger.info({ session: this.id, lines: this.#lines.size }, 'connected');
    if (this.#previous !== undefined) this.#writer.reconnected(this.#previous.session, this.#previous.reason);
    this.#ask();
  }

  #ask(): void {
    if (this.#isReady && !this.#isLost) this.#lines.askDue(this.#now());
    this.#checkLive();
  }

  #checkLive(): void {
    if (this.#state !== 'connecting' || !this.#isReady || this.#isLost || !this.#lines.isSettled) return;
    this.#state = 'live';
    this.mark();
  }

  #restarted({ stream }: StreamState, reason: string): void {
    this.#around.logger.warn({ session: this.id, stream: stream.key, reason }, 'stream is subscribed anew');
    this.#writer.resync(stream, reason);
  }

  #notice(request: number | null, code: number, text: string): void {
    const { counters, logger } = this.#around;
    const effect = effectOf(code, text, request);
    const line = request === null ? undefined : this.#lines.byRequest.get(request);
    const about = { session: this.id, code, symbol: line?.listing.symbol };
    if (effect === 'none' || effect === 'back' || effect === 'farm-back') {
      logger.info(about, `the venue says: ${text}`);
    } else {
      counters.venueError(String(code));
      logger.warn(about, `the venue says: ${text}`);
    }
    if (line !== undefined) this.#requestFailed(line, effect, text);
    else this.#connectionChanged(effect, code, text);
    this.#ask();
  }

  #connectionChanged(effect: NoticeEffect, code: number, text: string): void {
    const farm = FARMS_OF_HISTORY.has(code) ? 'history' : 'market';
    switch (effect) {
      case 'lost':
        return this.#lost();
      case 'back':
        this.#found();
        return this.#lines.resume(this.#now());
      case 'back-empty':
        this.#found();
        return this.#lines.restartAll(this.#now(), text);
      case 'farm-lost':
        return this.#lines.farmLost(farm, farmNameOf(text));
      case 'farm-back':
        return this.#lines.farmBack(farm, farmNameOf(text), this.#now());
      case 'end':
        return this.#finish('closing', text, { port: newPortOf(text) });
      case 'id-taken':
        return this.#finish('handshake-refused', text, { isIdTaken: true });
      default:
    }
  }

  #requestFailed(line: SessionLine, effect: NoticeEffect, text: string): void {
    const lines = this.#lines;
    if (line.samples !== undefined && effect !== 'none') return this.#trialFailed(line, effect);
    switch (effect) {
      case 'none':
        return;
      case 'try-later':
        return lines.askLater(line, this.#now(), text);
      case 'taken-away':
        return lines.askLater(line, this.#now(), text, true);
      case 'id-in-use':
        return lines.renumber(line, this.#now());
      case 'no-tick-by-tick':
        // Asked for too soon after another client of the account, it is given the next time.
        return line.tries < 2
          ? lines.askLater(line, this.#now(), text)
          : lines.sampleInstead(line, this.#now());
      case 'not-subscribed':
        return this.#notSubscribed(line, text);
      default:
        lines.refuse(line, text);
    }
  }

  #trialFailed(line: SessionLine, effect: NoticeEffect): void {
    const forGood = effect === 'refused' || effect === 'not-subscribed';
    this.#lines.trialFailed(line, this.#now(), effect === 'taken-away', forGood);
  }

  /** Of tick-by-tick data there are no delayed ones, of bars none that go on. */
  #notSubscribed(line: SessionLine, text: string): void {
    if (line.isTickByTick) return this.#lines.sampleInstead(line, this.#now(), true);
    if (!this.#around.options.delayedData || line.feed === 'bars' || line.tries > 1)
      return this.#lines.refuse(line, text);
    if (!this.#takesDelayed) this.#gateway?.send({ type: 'market-data-type', delayed: true });
    this.#takesDelayed = true;
    this.#lines.askAgain(line, this.#now());
  }

  #lost(): void {
    if (this.#isLost) return;
    this.#isLost = true;
    this.#state = 'down';
    this.#lines.interrupt();
    this.mark();
  }

  #found(): void {
    this.#isLost = false;
    if (this.#state === 'down') this.#state = 'connecting';
  }

  #failed(failure: ConnectionFailed): void {
    if (failure.code === 'frame-too-large') {
      const { refusals } = refusedFrame('frame-too-large', failure.message);
      this.#writer.refuse(refusals, NO_BYTES, this.#around.clock.nowMicros());
    }
    this.#finish(failure.end, failure.message);
  }

  #finish(end: ConnectionEnd, message: string, detail: Partial<SessionOutcome> = {}): void {
    const resolve = this.#resolve;
    if (resolve === undefined) return;
    this.#resolve = undefined;
    this.#settle(Number.POSITIVE_INFINITY);
    this.#state = 'down';
    this.#writer.state(this.#state);
    if (end !== 'stopped') this.#lines.interrupt();
    resolve({ end, message, opened: this.#isReady, isIdTaken: false, port: undefined, ...detail });
  }
}
