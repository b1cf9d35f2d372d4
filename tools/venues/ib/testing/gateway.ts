import { connect, type Socket } from 'node:net';
import { SystemClock } from '@concord/runtime';
import { until } from '@concord/testkit';
import type { Fault } from '../../faults.ts';
import type { VenueInstrument, Venues, VenuesOptions, VenueStats } from '../../options.ts';
import { startVenues } from '../../start.ts';
import { encodeMessages, message, type Field } from '../wire.ts';

export const IB_INSTRUMENTS: readonly VenueInstrument[] = [
  { id: 'AAPL.US', symbols: { ib: 'AAPL' }, priceTick: '0.01', sizeStep: '1', startPrice: 190 },
  { id: 'IBM.US', symbols: { ib: 'IBM.NYSE' }, priceTick: '0.01', sizeStep: '1', startPrice: 240 },
  { id: 'BTC-USD', symbols: { ib: 'BTC' }, priceTick: '0.25', sizeStep: '0.00000001', startPrice: 65_000 },
];

/** The twelve fields that describe a contract. */
export const AAPL: readonly Field[] = ['', 'AAPL', 'STK', '', '', '', '', 'SMART', '', 'USD', '', ''];
export const IBM: readonly Field[] = ['', 'IBM', 'STK', '', '', '', '', 'SMART', '', 'USD', '', ''];
export const BTC: readonly Field[] = [479624278, '', '', '', '', '', '', 'PAXOS', '', '', '', ''];

/** A bare client of the protocol that keeps every message it got, as fields. */
export class TwsClient implements AsyncDisposable {
  readonly messages: string[][] = [];
  readonly closed: Promise<void>;
  isClosed = false;
  readonly #socket: Socket;
  #rest: Buffer = Buffer.alloc(0);

  constructor(port: number) {
    this.#socket = connect(port, '127.0.0.1');
    this.#socket.on('data', (chunk: Buffer) => this.#take(chunk));
    this.#socket.on('error', () => undefined);
    this.closed = new Promise((resolve) =>
      this.#socket.on('close', () => {
        this.isClosed = true;
        resolve();
      }),
    );
  }

  #take(chunk: Buffer): void {
    this.#rest = Buffer.concat([this.#rest, chunk]);
    while (this.#rest.length >= 4 && this.#rest.length >= 4 + this.#rest.readUInt32BE(0)) {
      const end = 4 + this.#rest.readUInt32BE(0);
      this.messages.push(this.#rest.toString('utf8', 4, end).split('\0').slice(0, -1));
      this.#rest = this.#rest.subarray(end);
    }
  }

  /** Bytes that came after the last whole message. */
  get pieces(): number {
    return this.#rest.length;
  }

  write(bytes: Buffer | string): void {
    this.#socket.write(bytes);
  }

  greet(versions = 'v100..193'): void {
    this.write(Buffer.concat([Buffer.from('API\0'), encodeMessages([versions])]));
  }

  send(...fields: readonly Field[]): void {
    this.write(encodeMessages([message(...fields)]));
  }

  /** Messages of a type, in the order in which they came; its type is the first field. */
  ofType(type: number): string[][] {
    return this.messages.filter((fields) => fields[0] === String(type));
  }

  /** Codes of errors and notices, with the id of what they are about (-1: nothing). */
  get codes(): [id: number, code: number][] {
    return this.ofType(4).map((fields) => [Number(fields[2]), Number(fields[3])]);
  }

  has(code: number, id = -1): boolean {
    return this.codes.some(([one, other]) => one === id && other === code);
  }

  async until(holds: () => boolean, what = 'the messages'): Promise<void> {
    const told = (): string => `${this.messages.length} messages came, with ${JSON.stringify(this.codes)}`;
    await until(what, holds, { everyMs: 10, told });
  }

  async code(code: number, id = -1): Promise<void> {
    await this.until(() => this.has(code, id), `code ${code} for ${id}`);
  }

  /** Resolves with the messages of a type when there are so many. */
  async some(type: number, count = 1): Promise<string[][]> {
    await this.until(() => this.ofType(type).length >= count, `${count} messages ${type}`);
    return this.ofType(type);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#socket.destroy();
    await this.closed;
  }
}

/** A simulated gateway and bare clients of it, all of which go away together. */
export class TestGateway implements AsyncDisposable {
  readonly venues: Venues;
  readonly #clients: TwsClient[] = [];
  #clientId = 0;

  private constructor(venues: Venues) {
    this.venues = venues;
  }

  static async open(more: Partial<VenuesOptions> = {}): Promise<TestGateway> {
    const venues = await startVenues({
      clock: new SystemClock({ speed: 10 }),
      seed: 11,
      instruments: IB_INSTRUMENTS,
      venues: ['ib'],
      rate: 100,
      ...more,
    });
    return new TestGateway(venues);
  }

  get port(): number {
    return this.venues.addresses['ib']?.port ?? 0;
  }

  get stats(): VenueStats {
    const stats = this.venues.stats().venues['ib'];
    if (stats === undefined) throw new Error('the gateway was not started');
    return stats;
  }

  inject(fault: Omit<Fault, 'venue'>): void {
    this.venues.inject({ ...fault, venue: 'ib' });
  }

  /** A socket that has not said anything yet. */
  dial(): TwsClient {
    const client = new TwsClient(this.port);
    this.#clients.push(client);
    return client;
  }

  /** A client that may ask: the greeting is over; or one that was turned away. */
  async client(clientId = this.#clientId++): Promise<TwsClient> {
    const client = this.dial();
    client.greet();
    await client.until(() => client.messages.length > 0 || client.isClosed, 'a greeting');
    client.send(71, 2, clientId, '');
    await client.until(() => client.ofType(9).length > 0 || client.isClosed, 'the next valid id');
    return client;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const client of this.#clients) await client[Symbol.asyncDispose]();
    await this.venues[Symbol.asyncDispose]();
  }
}
