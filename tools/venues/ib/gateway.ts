import type { Socket } from 'node:net';
import type { Clock } from '@concord/runtime';
import type { FaultPlan, Fault } from '../faults.ts';
import type { Address, VenueStats } from '../options.ts';
import type { PreparedFrame } from '../recording/prepared.ts';
import type { ConnectionCounts } from '../server/connection.ts';
import type { FeedContext, SentValue } from '../server/feed.ts';
import type { SimulatedVenue } from '../server/simulated-venue.ts';
import { NOTICES, type Notice } from './codes.ts';
import { TwsConnection } from './connection.ts';
import { ContractBook } from './contracts.ts';
import { Desk } from './desk.ts';
import { GatewayFaults } from './gateway-faults.ts';
import { IbFeed } from './feed.ts';
import { Client, Lines } from './lines.ts';
import { Link } from './link.ts';
import * as messages from './messages.ts';
import { readRequest } from './requests.ts';
import { LOOPBACK, TcpListener } from './tcp-listener.ts';
import { ClientReader, NotTwsClient, type ClientPart } from './wire.ts';
import { wallTime } from './zone-time.ts';

/** A client that breaks the limit of messages in so many seconds is cut. */
const VIOLATIONS_MAX = 3;
const FIRST_ORDER_ID = 1;

export interface GatewayOptions {
  readonly clock: Clock;
  readonly faults: FaultPlan;
  readonly context: FeedContext;
  /** Symbols that the account has no subscription for: there is delayed data only. */
  readonly unsubscribed: readonly string[];
}

/** A simulated TWS or IB Gateway: the TWS socket protocol in server version 176 on a loopback port. */
export class IbGateway implements SimulatedVenue {
  readonly feed: IbFeed;
  readonly faults: FaultPlan;
  readonly connections = new Set<TwsConnection>();
  readonly #options: GatewayOptions;
  readonly #listener: TcpListener;
  readonly #lines = new Lines();
  readonly #link: Link;
  readonly #desk: Desk;
  readonly #clients = new Set<Client>();
  readonly #gatewayFaults: GatewayFaults;
  readonly #counts: ConnectionCounts = { framesSent: 0, bytesSent: 0, slowReaders: 0 };
  readonly #sent: Record<SentValue['kind'], number> = { trades: 0, quotes: 0, bars: 0 };
  #connectionsTotal = 0;
  #requests = 0;

  constructor(options: GatewayOptions) {
    const { clock, context, faults } = options;
    const lines = this.#lines;
    const contracts = new ContractBook(context.listings);
    const unsubscribed = new Set(options.unsubscribed);
    const unquoted = new Set<string>();
    this.#options = options;
    this.faults = faults;
    this.#link = new Link(clock, lines, (notice) => this.#tell(notice));
    const link = this.#link;
    this.feed = new IbFeed({ context, contracts, lines, link, unsubscribed, unquoted });
    this.#desk = new Desk({ clock, context, contracts, lines, link, feed: this.feed, unsubscribed });
    this.#listener = new TcpListener(clock, (socket) => this.#connected(socket));
    this.#gatewayFaults = new GatewayFaults({
      clock,
      faults,
      lines,
      link,
      unquoted,
      listener: this.#listener,
      connections: this.connections,
      tell: (notice) => this.#tell(notice),
    });
  }

  async listen(): Promise<Address> {
    await this.#listener.listen();
    this.#gatewayFaults.start();
    return { host: LOOPBACK, port: this.#listener.port };
  }

  /** For every client that has begun. */
  #tell(notice: Notice): void {
    for (const client of this.#clients)
      if (client.clientId !== undefined) client.send(messages.notice(notice));
  }

  #connected(socket: Socket): void {
    const { clock, context } = this.#options;
    this.#connectionsTotal++;
    if (this.faults.refuseUpgrade() !== undefined) {
      socket.destroy();
      return;
    }
    const connection = new TwsConnection(socket, this.#counts, this.faults, clock.nowMs());
    const client = new Client(connection, context.limits.counter('messages'));
    const reader = new ClientReader();
    this.connections.add(connection);
    this.#clients.add(client);
    socket.on('close', () => {
      this.connections.delete(connection);
      this.#clients.delete(client);
      this.#desk.drop(client);
    });
    socket.on('data', (chunk) => {
      try {
        for (const part of reader.take(chunk)) this.#take(client, part);
      } catch (error) {
        if (!(error instanceof NotTwsClient)) throw error;
        connection.destroy();
      }
    });
  }

  #take(client: Client, part: ClientPart): void {
    if ('fields' in part) return this.#request(client, part.fields);
    const { first, last } = part.versions;
    const isSpoken = first <= messages.SERVER_VERSION && messages.SERVER_VERSION <= last;
    if (!isSpoken) return client.connection.destroy();
    const now = this.#options.clock.nowMicros();
    client.connection.write(messages.greeting(`${wallTime(now, 'UTC')} UTC`));
  }

  #request(client: Client, fields: readonly string[]): void {
    this.#requests++;
    if (!client.messages.take()) return this.#refuseMessage(client);
    const request = readRequest(fields);
    if (request === undefined) {
      client.send(messages.notice(NOTICES.unknownMessage));
      return;
    }
    if (request.kind === 'start-api') return this.#begin(client, request.clientId);
    if (client.clientId !== undefined) this.#desk.handle(client, request);
  }

  /** A message beyond the limit is not acted on. */
  #refuseMessage(client: Client): void {
    const most = this.#options.context.limits.most('messages');
    client.send(messages.notice(NOTICES.tooManyMessages(most, client.messages.used + 1)));
    if (client.violate(this.#options.clock.nowMs()) >= VIOLATIONS_MAX) client.connection.end();
  }

  #begin(client: Client, clientId: number): void {
    const isInUse = [...this.#clients].some((one) => one !== client && one.clientId === clientId);
    if (isInUse) {
      client.send(messages.notice(NOTICES.clientIdInUse));
      return client.connection.end();
    }
    client.clientId = clientId;
    client.send(messages.managedAccounts());
    client.send(messages.nextValidId(FIRST_ORDER_ID));
    for (const notice of this.#link.greeting()) client.send(messages.notice(notice));
  }

  countSent(value: SentValue): void {
    if (value.sentTo > 0) this.#sent[value.kind]++;
  }

  countReplayed(frame: PreparedFrame, sentTo: number): void {
    if (sentTo > 0 && frame.tag.kind !== 'control') this.#sent[frame.tag.kind] += frame.values;
  }

  inject(fault: Fault): void {
    this.#gatewayFaults.inject(fault);
  }

  stats(): VenueStats {
    const { limits } = this.#options.context;
    return {
      connections: this.connections.size,
      connectionsTotal: this.#connectionsTotal,
      requests: this.#requests,
      ...this.#counts,
      sent: { ...this.#sent },
      faults: { ...this.faults.counts },
      breaches: { ...limits.breaches },
      peaks: { ...limits.peaks },
    };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#gatewayFaults[Symbol.dispose]();
    this.#link[Symbol.dispose]();
    await this.#listener[Symbol.asyncDispose]();
  }
}
