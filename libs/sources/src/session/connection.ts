import type { IncomingMessage } from 'node:http';
import type { Clock } from '@concord/runtime';
import WebSocket from 'ws';
import { ConnectionFailed } from '../errors.ts';

/** Largest message taken: a whole book of 46,000 levels is 5 MB. */
export const MESSAGE_BYTES_MAX = 8 * 1_024 * 1_024;
const HANDSHAKE_MS = 10_000;
const GOODBYE_MS = 1_000;

/** What a session hears from its socket. Nothing is called after `ended`. */
export interface SocketHandlers {
  opened(): void;
  /** A text or binary message. */
  frame(data: Buffer): void;
  /** A ping, or a pong with what it carries: a sign of life. */
  heard(pong?: Buffer): void;
  ended(failure: ConnectionFailed): void;
}

/** One open connection. Methods after its end do nothing. */
export interface Socket {
  send(text: string): void;
  ping(): void;
  /** Stops and resumes reading; what the kernel holds meanwhile is bounded, and the venue feels it. */
  pause(): void;
  resume(): void;
  /** Says goodbye and resolves when the other side has answered, or after a second. */
  close(): Promise<void>;
  terminate(): void;
}

export type OpenSocket = (url: string, handlers: SocketHandlers) => Socket;

/** Opens real WebSockets. */
export function webSockets(clock: Clock): OpenSocket {
  return (url, handlers) => new WsSocket(url, handlers, clock);
}

class WsSocket implements Socket {
  readonly #socket: WebSocket;
  readonly #handlers: SocketHandlers;
  readonly #clock: Clock;
  #ended = false;

  constructor(url: string, handlers: SocketHandlers, clock: Clock) {
    this.#handlers = handlers;
    this.#clock = clock;
    this.#socket = new WebSocket(url, {
      perMessageDeflate: false,
      maxPayload: MESSAGE_BYTES_MAX,
      handshakeTimeout: HANDSHAKE_MS,
      // A text that is not UTF-8 would cost the connection, and its bytes would be lost: whoever reads it refuses it.
      skipUTF8Validation: true,
    });
    // The constructor connects in a later turn; an 'error' without a listener would end the process.
    this.#socket.on('error', (error) => this.#end(failureOf(error, url)));
    this.#socket.on('unexpected-response', (request, response) => {
      const failure = refusedHandshake(url, response, clock);
      response.destroy();
      request.destroy();
      this.#end(failure);
    });
    this.#socket.on('open', () => handlers.opened());
    this.#socket.on('message', (data) => {
      if (!this.#ended) handlers.frame(data as Buffer);
    });
    this.#socket.on('ping', () => handlers.heard());
    this.#socket.on('pong', (data) => handlers.heard(data));
    this.#socket.on('close', (code, reason) => {
      const why = reason.length === 0 ? '' : `: ${reason.toString('utf8').slice(0, 200)}`;
      this.#end(new ConnectionFailed('closed', `closed by the venue with code ${code}${why}`));
    });
  }

  send(text: string): void {
    if (this.#socket.readyState === WebSocket.OPEN) this.#socket.send(text);
  }

  ping(): void {
    if (this.#socket.readyState === WebSocket.OPEN) this.#socket.ping();
  }

  pause(): void {
    this.#socket.pause();
  }

  resume(): void {
    this.#socket.resume();
  }

  async close(): Promise<void> {
    this.#ended = true;
    if (this.#socket.readyState !== WebSocket.OPEN) return this.terminate();
    const goodbye = new AbortController();
    this.#socket.once('close', () => goodbye.abort());
    this.#socket.resume();
    this.#socket.close(1_000);
    await this.#clock.sleep(GOODBYE_MS, goodbye.signal);
    this.terminate();
  }

  terminate(): void {
    this.#ended = true;
    this.#socket.terminate();
  }

  #end(failure: ConnectionFailed): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#socket.terminate();
    this.#handlers.ended(failure);
  }
}

function failureOf(error: Error & { code?: string }, url: string): ConnectionFailed {
  if (error.code === 'WS_ERR_UNSUPPORTED_MESSAGE_LENGTH') {
    return new ConnectionFailed('frame-too-large', `a message is larger than ${MESSAGE_BYTES_MAX} bytes`, {
      cause: error,
    });
  }
  const what = error.code ?? error.message;
  if (what.startsWith('WS_ERR_'))
    return new ConnectionFailed('malformed', `${what}: ${error.message}`, { cause: error });
  return new ConnectionFailed('unreachable', `${new URL(url).host}: ${what}`, { cause: error });
}

/** A venue that is away cannot know when it is back: it is left alone no longer, whatever it says. One that bans is obeyed. */
const AWAY_MS_MAX = 900_000;

function refusedHandshake(url: string, response: IncomingMessage, clock: Clock): ConnectionFailed {
  const status = response.statusCode ?? 0;
  const asked = retryAfterMs(response.headers['retry-after'], clock.nowMs());
  return new ConnectionFailed(
    'handshake-refused',
    `${new URL(url).host} answered the upgrade with HTTP ${status}`,
    {
      status,
      retryAfterMs: asked !== null && status >= 500 ? Math.min(asked, AWAY_MS_MAX) : asked,
    },
  );
}

/** Reads a `Retry-After` header: seconds, or an HTTP date. Null when there is none that can be read. */
export function retryAfterMs(header: string | undefined, nowMs: number): number | null {
  if (header === undefined) return null;
  if (/^\d{1,9}$/.test(header)) return Number(header) * 1_000;
  const at = Date.parse(header);
  return Number.isNaN(at) ? null : Math.max(0, at - nowMs);
}
