import { EventName, IBApi } from '@stoqey/ib';
import { ConnectionFailed } from '@concord/sources';
import type { Micros } from '@concord/model';
import type { Clock } from '@concord/runtime';
import { contain, type Containment } from './containment.ts';
import { SERVER_VERSION_MIN } from './messages.ts';
import { send, type TwsRequest } from './requests.ts';

export interface Endpoint {
  readonly host: string;
  readonly port: number;
}

/** What a session hears from its gateway. Nothing is called after `ended`. */
export interface GatewayHandlers {
  /** The fields of one message. `receiveTime` is that of the bytes it ended with, and so of all messages that came at once. */
  message(fields: readonly string[], receiveTime: Micros): void;
  ended(failure: ConnectionFailed): void;
}

/** One connection to TWS or IB Gateway. Methods after its end do nothing. */
export interface Gateway {
  /** Requests wait until TWS has said that it is ready, and leave no faster than it takes them. */
  send(request: TwsRequest): void;
  pause(): void;
  resume(): void;
  close(): void;
}

export type OpenGateway = (endpoint: Endpoint, clientId: number, handlers: GatewayHandlers) => Gateway;

/** TWS cuts a client that sends more than 50 messages a second; half its market data lines, which is the same with 100. */
const REQUESTS_PER_SECOND = 40;

/** Opens real connections. */
export function gateways(clock: Clock): OpenGateway {
  return (endpoint, clientId, handlers) => new TwsGateway(endpoint, clientId, handlers, clock);
}

class TwsGateway implements Gateway {
  readonly #api: IBApi;
  readonly #containment: Containment;
  readonly #handlers: GatewayHandlers;
  #receiveTime: Micros;
  #greeted = false;
  #ended = false;

  constructor(endpoint: Endpoint, clientId: number, handlers: GatewayHandlers, clock: Clock) {
    const { host, port } = endpoint;
    this.#handlers = handlers;
    this.#receiveTime = clock.nowMicros();
    // Whatever is left out here the library looks up in the environment and in files.
    this.#api = new IBApi({ host, port, clientId, maxReqPerSec: REQUESTS_PER_SECOND });
    this.#containment = contain(this.#api, {
      chunk: () => {
        this.#receiveTime = clock.nowMicros();
      },
      unreadable: (what) => this.#end(new ConnectionFailed('frame-too-large', what)),
    });
    const name = `${host}:${port}`;
    // The library's own numbers are parsed ones: only this event has the fields' texts.
    this.#api.on(EventName.received, (fields) => this.#received(fields));
    this.#api.on(EventName.server, (version) => {
      if (version >= SERVER_VERSION_MIN) return;
      const what = `${name} speaks version ${version} of the protocol: expected at least ${SERVER_VERSION_MIN}`;
      this.#end(new ConnectionFailed('handshake-refused', what));
    });
    this.#api.on(EventName.disconnected, () => {
      this.#end(new ConnectionFailed('closed', `${name} closed the connection`));
    });
    // Errors that the venue sent come as messages as well; those of the connection itself only so.
    this.#api.on(EventName.error, (error, code) => {
      if (CONNECTION_CODES.has(code)) this.#end(new ConnectionFailed('unreachable', error.message));
      if (VERSION_CODES.has(code)) this.#end(new ConnectionFailed('handshake-refused', error.message));
    });
    this.#api.connect();
  }

  send(request: TwsRequest): void {
    if (!this.#ended) send(this.#api, request);
  }

  pause(): void {
    this.#containment.pause();
  }

  resume(): void {
    this.#containment.resume();
  }

  close(): void {
    this.#ended = true;
    this.#api.disconnect();
  }

  #received(fields: readonly string[]): void {
    if (this.#ended) return;
    if (this.#greeted) this.#handlers.message(fields, this.#receiveTime);
    else this.#greeted = true; // the version and the time of the server: no message
  }

  #end(failure: ConnectionFailed): void {
    if (this.#ended) return;
    this.close();
    this.#handlers.ended(failure);
  }
}

/** Of the library: the connection failed; the versions do not meet. */
const CONNECTION_CODES: ReadonlySet<number> = new Set([502]);
const VERSION_CODES: ReadonlySet<number> = new Set([503, 506]);
