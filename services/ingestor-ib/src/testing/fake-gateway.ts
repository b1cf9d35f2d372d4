import { ConnectionFailed } from '@concord/sources';
import type { Clock } from '@concord/runtime';
import type { Endpoint, Gateway, GatewayHandlers, OpenGateway } from '../gateway.ts';
import type { TwsRequest } from '../requests.ts';
import { fieldsOf } from './tws.ts';

/** One connection of a gateway that does only what a test says. */
export class FakeGateway implements Gateway {
  readonly endpoint: Endpoint;
  readonly clientId: number;
  readonly requests: TwsRequest[] = [];
  readonly #handlers: GatewayHandlers;
  readonly #clock: Clock;
  isClosed = false;
  isPaused = false;

  constructor(endpoint: Endpoint, clientId: number, handlers: GatewayHandlers, clock: Clock) {
    this.endpoint = endpoint;
    this.clientId = clientId;
    this.#handlers = handlers;
    this.#clock = clock;
  }

  send(request: TwsRequest): void {
    this.requests.push(request);
  }

  pause(): void {
    this.isPaused = true;
  }

  resume(): void {
    this.isPaused = false;
  }

  close(): void {
    this.isClosed = true;
  }

  /** Messages, each with `|` for the end of a field, as if they came at once. */
  say(...messages: readonly string[]): void {
    const receiveTime = this.#clock.nowMicros();
    for (const message of messages) this.#handlers.message(fieldsOf(message), receiveTime);
  }

  ready(): void {
    this.say('15|1|DU1', '9|1|1');
  }

  notice(code: number, text = 'words', request = -1): void {
    this.say(`4|2|${request}|${code}|${text}|`);
  }

  drop(): void {
    this.#handlers.ended(new ConnectionFailed('closed', 'dropped by the test'));
  }

  /** Requests of a type, oldest first. */
  ofType<T extends TwsRequest['type']>(type: T): Extract<TwsRequest, { type: T }>[] {
    return this.requests.flatMap((request) =>
      request.type === type ? [request as Extract<TwsRequest, { type: T }>] : [],
    );
  }

  /** Number of the newest request of a type. */
  newest(type: 'market-data' | 'tick-by-tick' | 'bars'): number {
    const id = this.ofType(type).at(-1)?.id;
    if (id === undefined) throw new RangeError(`nothing of type ${type} was asked for`);
    return id;
  }
}

/** Gateways that tests speak for, in the order in which they were opened. */
export class FakeGateways {
  readonly all: FakeGateway[] = [];
  readonly #clock: Clock;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  readonly open: OpenGateway = (endpoint, clientId, handlers) => {
    const gateway = new FakeGateway(endpoint, clientId, handlers, this.#clock);
    this.all.push(gateway);
    return gateway;
  };

  get newest(): FakeGateway {
    const gateway = this.all.at(-1);
    if (gateway === undefined) throw new RangeError('no gateway was opened');
    return gateway;
  }
}
