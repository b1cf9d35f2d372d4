import type { Clock, Logger } from '@concord/runtime';
import { Confirmations } from './confirmations.ts';
import type { ConnectionEnd } from '../errors.ts';
import type { SessionWriter } from './session-writer.ts';
import type { StreamState } from './stream-state.ts';
import type { StreamTable } from './stream-table.ts';
import type { Dial, Stream, Venue } from '../venue.ts';

/** Why a connection must end. */
export interface Verdict {
  readonly end: ConnectionEnd;
  readonly message: string;
}

export interface SubscriberSurroundings {
  readonly session: string;
  readonly venue: Pick<Venue, 'subscribe' | 'unsubscribe' | 'limits'>;
  readonly table: StreamTable;
  readonly writer: Pick<SessionWriter, 'resync'>;
  readonly machineClock: Pick<Clock, 'monotonicMs'>;
  readonly logger: Logger;
  send(text: string): void;
  /** Whether what was sent waits for its turn still. */
  isSending(): boolean;
  /** A stream that was mute is asked for anew. */
  resubscribed(state: StreamState): void;
}

/** Why a stream is not served that the venue neither confirmed nor refused. */
const NEVER_CONFIRMED = 'never confirmed';
/** Such streams are asked for again so often: what kept the venue from answering may have passed. */
const AGAIN_MS = 60_000;
/** Those that it refused likewise: what it would not serve for a while it may serve now. */
const REFUSED_AGAIN_MS = 900_000;

/** Asks for the streams of one session, follows which of them the venue confirms and serves, and asks anew for those that it does not. */
export class Subscriber {
  readonly #around: SubscriberSurroundings;
  readonly #confirmations: Confirmations;
  #againMs = Infinity;
  #refusedAgainMs = Infinity;

  constructor(around: SubscriberSurroundings) {
    this.#around = around;
    this.#confirmations = new Confirmations();
    this.#confirmations.expect(around.table.streams, 0);
  }

  /** Whether every stream was confirmed, rejected or given up. */
  get isComplete(): boolean {
    return this.#confirmations.isComplete;
  }

  /** The connection is open. */
  start({ subscribe, confirmedByUrl }: Dial): void {
    this.#send(subscribe, this.#around.table.streams);
    if (confirmedByUrl) this.#confirmations.clear();
  }

  add(streams: readonly Stream[]): void {
    this.#send(this.#around.venue.subscribe(streams), streams);
  }

  /** `isOpen`: the venue was asked for them. */
  remove(streams: readonly Stream[], isOpen: boolean): void {
    for (const { key } of streams) this.confirm(key);
    if (isOpen) for (const text of this.#around.venue.unsubscribe(streams)) this.#around.send(text);
  }

  /** False when it was not awaited. */
  confirm(key: string): boolean {
    const state = this.#around.table.get(key);
    if (state != null && state.rejection !== null) {
      state.rejection = null;
      state.watch.restart(this.#around.machineClock.monotonicMs());
    }
    return this.#confirmations.settle(key);
  }

  /** Only a stream that is not confirmed can be rejected; one that serves goes on. */
  reject(key: string, reason: string): void {
    const state = this.#around.table.get(key);
    const isAwaited = this.#confirmations.settle(key) || state?.rejection === NEVER_CONFIRMED;
    if (!isAwaited || state === undefined) return;
    state.rejection = reason;
    if (reason !== NEVER_CONFIRMED)
      this.#refusedAgainMs = Math.min(
        this.#refusedAgainMs,
        this.#around.machineClock.monotonicMs() + REFUSED_AGAIN_MS,
      );
  }

  resubscribe(streams: readonly Stream[], reason: string): void {
    const { logger, resubscribed, session, table, writer } = this.#around;
    for (const stream of streams) {
      logger.warn({ session, stream: stream.key, reason }, 'stream is subscribed anew');
      writer.resync(stream, reason);
      const state = table.get(stream.key);
      if (state !== undefined) resubscribed(state);
    }
    this.#ask(streams);
  }

  /** Asked once a second. What stays unconfirmed is asked for one by one, then gone on without, but for a question now and then; if none was confirmed, the connection is given up. */
  judgeConfirmations(nowMs: number): Verdict | undefined {
    const { logger, session, table, isSending } = this.#around;
    if (nowMs >= this.#againMs) this.#askForMissing(nowMs);
    if (nowMs >= this.#refusedAgainMs) this.#askForRefused(nowMs);
    const overdue = this.#confirmations.overdue(nowMs, isSending());
    if (overdue === undefined) return undefined;
    const keys = overdue.streams.map(({ key }) => key);
    if (overdue.cure === 'ask-again') {
      logger.warn({ session, keys }, 'streams are not confirmed; asking for each by itself');
      for (const stream of overdue.streams) this.#ask([stream]);
      return undefined;
    }
    if (keys.length >= table.size)
      return { end: 'unconfirmed', message: `no stream was confirmed: ${keys.slice(0, 5).join(', ')}` };
    logger.error({ session, keys }, 'the venue does not confirm these streams; going on without them');
    for (const key of keys) this.reject(key, NEVER_CONFIRMED);
    this.#againMs = nowMs + AGAIN_MS;
    return undefined;
  }

  /** Asked once a second: streams that are mute beyond their own rhythm are asked for anew, until only a new connection can help. */
  judgeRhythms(nowMs: number): Verdict | undefined {
    const silent: Stream[] = [];
    for (const state of this.#around.table) {
      const { stream, rejection, watch } = state;
      if (rejection !== null || this.#confirmations.isPending(stream.key)) continue;
      const judgement = watch.judge(nowMs);
      state.stale = judgement !== 'alive';
      if (judgement === 'reconnect')
        return { end: 'stale', message: `${stream.key} is mute beyond its own rhythm` };
      if (judgement === 'resubscribe') silent.push(stream);
    }
    if (silent.length > 0) this.resubscribe(silent, 'mute beyond its own rhythm');
    return undefined;
  }

  #askForMissing(nowMs: number): void {
    const missing = Array.from(this.#around.table).filter(({ rejection }) => rejection === NEVER_CONFIRMED);
    for (const { stream } of missing) this.#ask([stream]);
    this.#againMs = missing.length === 0 ? Infinity : nowMs + AGAIN_MS;
  }

  /** Those the venue does not serve, so that there is nothing to end before. */
  #askForRefused(nowMs: number): void {
    const refused = Array.from(this.#around.table).filter(
      ({ rejection }) => rejection !== null && rejection !== NEVER_CONFIRMED,
    );
    for (const { stream } of refused)
      for (const text of this.#around.venue.subscribe([stream])) this.#around.send(text);
    this.#refusedAgainMs = refused.length === 0 ? Infinity : nowMs + REFUSED_AGAIN_MS;
  }

  #send(texts: readonly string[], streams: readonly Stream[]): void {
    this.#confirmations.expect(streams, this.#around.machineClock.monotonicMs());
    for (const text of texts) this.#around.send(text);
  }

  /** Ends and begins streams on the open connection, so that each starts anew with a snapshot. */
  #ask(streams: readonly Stream[]): void {
    const { send, venue } = this.#around;
    for (const text of [...venue.unsubscribe(streams), ...venue.subscribe(streams)]) send(text);
  }
}
