import type { QuoteEvent } from '../market/events.ts';
import type { Counter } from '../server/limits.ts';
import type { FrameTag } from '../server/connection.ts';
import type { Listing } from '../tape/listing.ts';
import type { TwsConnection } from './connection.ts';
import type { Contract } from './contracts.ts';
import type { LevelOne } from './level-one.ts';
import type { TickByTickType } from './requests.ts';
import type { PriceOf } from './bars.ts';

/** Live and delayed data; the frozen kinds (2, 4) are the same here, since nothing closes. */
export const LIVE = 1;
export const DELAYED = 3;

/** One client that has begun: its id, what it asked for. */
export class Client {
  readonly connection: TwsConnection;
  readonly messages: Counter;
  /** Its own id, once it has said it. */
  clientId: number | undefined;
  marketDataType = LIVE;
  #violations = 0;
  #violatedAtMs = Number.NEGATIVE_INFINITY;
  /** Historical requests that wait for their answer: what ends each. */
  readonly queries = new Map<number, () => void>();
  readonly lines = new Map<string, Line>();

  constructor(connection: TwsConnection, messages: Counter) {
    this.connection = connection;
    this.messages = messages;
  }

  /** Takes note of a message too many; gives the number of seconds in which there were any. */
  violate(nowMs: number): number {
    if (nowMs - this.#violatedAtMs >= 1_000) {
      this.#violatedAtMs = nowMs;
      this.#violations++;
    }
    return this.#violations;
  }

  send(text: string, tag: FrameTag = { kind: 'control' }): boolean {
    return this.connection.send(text, tag);
  }
}

interface LineOf<K extends string> {
  readonly kind: K;
  readonly client: Client;
  readonly id: number;
  readonly contract: Contract;
}

export interface LevelOneLine extends LineOf<'market-data'> {
  readonly isDelayed: boolean;
  /** What the client has been told. */
  shown: LevelOne | undefined;
}

export interface TickLine extends LineOf<'tick-by-tick'> {
  readonly type: TickByTickType;
  readonly ignoresSize: boolean;
  shown: QuoteEvent | undefined;
}

interface FiveSecondLine extends LineOf<'real-time-bars'> {
  readonly of: PriceOf;
}

export interface BarLine extends LineOf<'bars'> {
  readonly of: PriceOf;
  readonly lengthMicros: number;
  readonly date: (startMicros: number) => string;
  /** The last bar the client has been told of. */
  shown: { readonly start: number; readonly mark: string };
}

export type Line = LevelOneLine | TickLine | FiveSecondLine | BarLine;

const NOTHING: ReadonlySet<Line> = new Set();

/** The open lines of all clients. Ids of different kinds do not meet, as in TWS. */
export class Lines {
  readonly #byListing = new Map<Listing, Set<Line>>();
  readonly #counts: Record<Line['kind'], number> = {
    'market-data': 0,
    'tick-by-tick': 0,
    'real-time-bars': 0,
    bars: 0,
  };

  count(kind: Line['kind']): number {
    return this.#counts[kind];
  }

  has(client: Client, kind: Line['kind'], id: number): boolean {
    return client.lines.has(`${kind}|${id}`);
  }

  open(line: Line): void {
    line.client.lines.set(`${line.kind}|${line.id}`, line);
    this.#counts[line.kind]++;
    const { listing } = line.contract;
    const lines = this.#byListing.get(listing);
    if (lines === undefined) this.#byListing.set(listing, new Set([line]));
    else lines.add(line);
  }

  /** Whether there was such a line. */
  close(client: Client, kind: Line['kind'], id: number): boolean {
    const line = client.lines.get(`${kind}|${id}`);
    if (line === undefined) return false;
    client.lines.delete(`${kind}|${id}`);
    this.#counts[kind]--;
    this.#byListing.get(line.contract.listing)?.delete(line);
    return true;
  }

  drop(client: Client): void {
    for (const { kind, id } of client.lines.values()) this.close(client, kind, id);
  }

  of(listing: Listing): ReadonlySet<Line> {
    return this.#byListing.get(listing) ?? NOTHING;
  }

  *all(): Iterable<Line> {
    for (const lines of this.#byListing.values()) yield* lines;
  }
}
