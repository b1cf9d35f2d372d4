import type { Clock } from '@concord/runtime';
import { Backoff, HistoryFailed, NotOffered, type ConnectionFailed } from '@concord/sources';
import type { Endpoint, Gateway, OpenGateway } from './gateway.ts';
import { MESSAGE } from './messages.ts';
import { effectOf, saysNoData } from './notices.ts';
import type { Pacing } from './pacing.ts';
import { readNotice } from './parse.ts';
import type { TwsRequest } from './requests.ts';
import { isLastOfTrades } from './rows.ts';

/** What can be asked of the past; the connection numbers it. */
type Unnumbered<R> = R extends { readonly id: number } ? Omit<R, 'id'> : never;
export type PastRequest = Unnumbered<Extract<TwsRequest, { type: 'bars' | 'past-trades' }>>;

export interface HistoryConnectionOptions {
  readonly endpoint: Endpoint;
  /** First of the client ids that are tried. */
  readonly clientId: number;
  readonly machineClock: Clock;
  readonly pacing: Pacing;
  readonly openGateway: OpenGateway;
}

const TRIES_MAX = 5;
const CLIENT_IDS = 16;
const READY_MS = 15_000;
const ANSWER_MS = 60_000;
/** A pacing violation is forgotten after this time. */
const LATER_MS = 15_000;

/** The one thing that is waited for. */
interface Waiting {
  readonly id: number | null;
  readonly messages: (readonly string[])[];
  resolve(messages: readonly (readonly string[])[]): void;
  reject(error: Error): void;
}

/** A connection to TWS for the past: one request after the other, paced, with a few tries each. It is opened when it is needed and closed with `dispose`. */
export class HistoryConnection implements Disposable {
  readonly #options: HistoryConnectionOptions;
  #gateway: Gateway | undefined;
  #isReady = false;
  #waiting: Waiting | undefined;
  #nextId = 1;
  #clientIds = 0;

  constructor(options: HistoryConnectionOptions) {
    this.#options = options;
  }

  /** The messages of the answer; none when the venue has no data there. Throws `HistoryFailed`, and `NotOffered` for what is refused for good. */
  async ask(
    request: PastRequest,
    instrument: string,
    signal: AbortSignal | undefined,
  ): Promise<readonly (readonly string[])[]> {
    const { machineClock, pacing } = this.#options;
    const backoff = new Backoff(machineClock);
    const isPaced = request.type === 'past-trades' || request.interval === '1s';
    for (let tries = 1; ; tries++) {
      if (isPaced) await machineClock.sleep(pacing.historyMs(instrument, JSON.stringify(request)), signal);
      try {
        if (!this.#isReady) await this.#connect(signal);
        return await this.#answer(request, signal);
      } catch (error) {
        signal?.throwIfAborted();
        if (!(error instanceof HistoryFailed) || tries >= TRIES_MAX) throw error;
        await machineClock.sleep(Math.max(backoff.nextMs(), error.retryAfterMs ?? 0), signal);
        signal?.throwIfAborted();
      }
    }
  }

  [Symbol.dispose](): void {
    this.#close(unreachable('closed'));
  }

  async #connect(signal: AbortSignal | undefined): Promise<void> {
    const { endpoint, clientId, openGateway } = this.#options;
    const ready = this.#wait(null, READY_MS, signal);
    this.#gateway = openGateway(endpoint, clientId + (this.#clientIds % CLIENT_IDS), {
      message: (fields) => this.#message(fields),
      ended: (failure: ConnectionFailed) => this.#close(unreachable(failure.message, failure)),
    });
    await ready;
    this.#isReady = true;
  }

  #answer(request: PastRequest, signal: AbortSignal | undefined): Promise<readonly (readonly string[])[]> {
    const id = this.#nextId++;
    const answer = this.#wait(id, ANSWER_MS, signal);
    this.#gateway?.send({ ...request, id });
    return answer;
  }

  async #wait(
    id: number | null,
    patienceMs: number,
    signal: AbortSignal | undefined,
  ): Promise<readonly (readonly string[])[]> {
    const { machineClock } = this.#options;
    const stop = (): void => this.#close(unreachable('asked to stop'));
    const timer = machineClock.setTimer(
      () => this.#close(unreachable(`no answer within ${patienceMs} ms`)),
      patienceMs,
    );
    signal?.addEventListener('abort', stop, { once: true });
    try {
      return await new Promise((resolve, reject) => {
        this.#waiting = { id, messages: [], resolve, reject };
        if (signal?.aborted === true) stop();
      });
    } finally {
      timer.cancel();
      signal?.removeEventListener('abort', stop);
      this.#waiting = undefined;
    }
  }

  #message(fields: readonly string[]): void {
    const [type, id] = fields;
    const waiting = this.#waiting;
    if (type === MESSAGE.notice) return this.#notice(fields);
    if (waiting === undefined) return;
    if (type === MESSAGE.nextValidId && waiting.id === null) return waiting.resolve([]);
    if (waiting.id === null || id !== String(waiting.id)) return;
    if (type !== MESSAGE.historicalBars && type !== MESSAGE.historicalTrades) return;
    waiting.messages.push(fields);
    if (type !== MESSAGE.historicalBars && !isLastOfTrades(fields)) return;
    this.#waiting = undefined; // what comes at once with the end of an answer is no part of it
    waiting.resolve(waiting.messages);
  }

  #notice(fields: readonly string[]): void {
    const notice = readNotice(fields);
    if (notice === undefined) return;
    const { request, code, text } = notice;
    const effect = effectOf(code, text, request);
    if (effect === 'id-taken') this.#clientIds++;
    if (effect === 'id-taken' || effect === 'end') return this.#close(unreachable(text));
    const waiting = this.#waiting;
    if (waiting === undefined || request === null || request !== waiting.id || effect === 'none') return;
    if (code === 162 && saysNoData(text)) return waiting.resolve([]);
    if (effect === 'refused') return waiting.reject(new NotOffered(`ib: ${text}`));
    if (effect === 'id-in-use') this.#nextId += 1_000;
    const retryAfterMs = effect === 'id-in-use' ? null : LATER_MS;
    waiting.reject(new HistoryFailed('history-refused', `ib: ${text}`, { retryAfterMs }));
  }

  #close(why: HistoryFailed): void {
    this.#gateway?.close();
    this.#gateway = undefined;
    this.#isReady = false;
    this.#waiting?.reject(why);
  }
}

function unreachable(what: string, cause?: unknown): HistoryFailed {
  return new HistoryFailed('history-unreachable', `ib: ${what}`, { cause });
}
