import type { Clock } from '@concord/runtime';
import { Backoff, HistoryFailed, NotOffered, type ConnectionFailed } from '@concord/sources';
import type { ClientIds } from './client-ids.ts';
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
  readonly clientIds: ClientIds;
  readonly machineClock: Clock;
  readonly pacing: Pacing;
  readonly openGateway: OpenGateway;
}

const TRIES_MAX = 5;
const READY_MS = 15_000;
const ANSWER_MS = 60_000;
/** A pacing violation is forgotten after this time, and another connection of this process may be done. */
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
  #clientId: number | undefined;

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
      if (isPaced) {
        const place = pacing.history(instrument, JSON.stringify(request));
        await machineClock.sleep(place.waitMs, signal);
        if (signal?.aborted === true) {
          place.giveBack();
          throw signal.reason;
        }
      }
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

  /** With the first client id that no other client has. */
  async #connect(signal: AbortSignal | undefined): Promise<void> {
    const { clientIds } = this.#options;
    const tried = new Set<number>();
    for (let taken: ClientIdTaken | undefined; ;) {
      signal?.throwIfAborted();
      const clientId = clientIds.take(tried);
      if (clientId === undefined) throw taken ?? allBorne();
      tried.add(clientId);
      try {
        return await this.#connectAs(clientId, signal);
      } catch (error) {
        if (!(error instanceof ClientIdTaken)) throw error;
        taken = error;
      }
    }
  }

  async #connectAs(clientId: number, signal: AbortSignal | undefined): Promise<void> {
    const { endpoint, openGateway } = this.#options;
    this.#clientId = clientId;
    const ready = this.#wait(null, READY_MS, signal);
    this.#gateway = openGateway(endpoint, clientId, {
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
    if (effect === 'id-taken') return this.#close(new ClientIdTaken('history-unreachable', `ib: ${text}`));
    if (effect === 'end') return this.#close(unreachable(text));
    const waiting = this.#waiting;
    if (waiting === undefined || request === null || request !== waiting.id) return;
    if ((code === 162 || code === 165) && saysNoData(text)) return waiting.resolve([]);
    if (effect === 'none') return;
    if (effect === 'refused') return waiting.reject(new NotOffered(`ib: ${text}`));
    if (effect === 'id-in-use') this.#nextId += 1_000;
    const retryAfterMs = effect === 'id-in-use' ? null : LATER_MS;
    waiting.reject(new HistoryFailed('history-refused', `ib: ${text}`, { retryAfterMs }));
  }

  #close(why: HistoryFailed): void {
    this.#gateway?.close();
    this.#gateway = undefined;
    this.#isReady = false;
    const { clientIds } = this.#options;
    const id = this.#clientId;
    this.#clientId = undefined;
    if (id !== undefined && why instanceof ClientIdTaken) clientIds.foundTaken(id);
    else if (id !== undefined) clientIds.giveBack(id);
    this.#waiting?.reject(why);
  }
}

/** Another client has the id: the next is tried. */
class ClientIdTaken extends HistoryFailed {}

function allBorne(): HistoryFailed {
  return new HistoryFailed('history-busy', 'ib: all client ids of history are in use here', {
    retryAfterMs: LATER_MS,
  });
}

function unreachable(what: string, cause?: unknown): HistoryFailed {
  return new HistoryFailed('history-unreachable', `ib: ${what}`, { cause });
}
