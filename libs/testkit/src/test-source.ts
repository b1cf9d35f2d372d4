import type { Marker, MarkerType } from '@concord/codec';
import type { Kind } from '@concord/model';
import { createLogger, type Logger } from '@concord/runtime';
import {
  NotOffered,
  refusal,
  WebSocketDataSource,
  type History,
  type Hole,
  type Listing,
  type LiveSubscription,
  type RawRecord,
  type Refusal,
  type SourceEvent,
  type Venue,
  type WebSocketSourceOptions,
} from '@concord/sources';
import { FakeSockets } from './fake-socket.ts';
import { ManualClock, settle } from './manual-clock.ts';
import { testListing } from './parsing.ts';
import { testVenue, type TestVenueOptions } from './test-venue.ts';

/** A logger that says nothing. */
export function silentLogger(clock: ManualClock = new ManualClock()): Logger {
  const logger = createLogger({ name: 'test', level: 'error', clock });
  logger.level = 'silent';
  return logger;
}

/** A venue that has no past. */
export const NO_HISTORY: History = {
  pages: () => {
    throw new NotOffered('the test venue has no history');
  },
  repair: () => {
    throw new NotOffered('the test venue has no history');
  },
};

/** A past that has nothing; `asked` are the holes for which it is asked. */
export function askedHistory(): { readonly history: History; readonly asked: Hole[] } {
  const asked: Hole[] = [];
  const history: History = {
    ...NO_HISTORY,
    // oxlint-disable-next-line require-yield
    async *repair(hole) {
      asked.push(hole);
      await Promise.resolve();
    },
  };
  return { history, asked };
}

/** A data source for any venue. It refuses what `refuses` says, beside what every source does. */
export class TestDataSource extends WebSocketDataSource {
  readonly #refuses: (record: RawRecord) => boolean;

  constructor(
    venue: Venue,
    history: History,
    options: WebSocketSourceOptions,
    refuses: (record: RawRecord) => boolean = () => false,
  ) {
    super(venue, history, options);
    this.#refuses = refuses;
  }

  override validateData(record: RawRecord): Refusal | undefined {
    const refused = this.#refuses(record)
      ? refusal('invalid-record', 'the test refuses it', record.venueSymbol)
      : undefined;
    return refused ?? super.validateData(record);
  }
}

export interface TestSourceOptions {
  readonly venue?: TestVenueOptions;
  readonly history?: History;
  readonly sockets?: number;
  readonly resume?: WebSocketSourceOptions['resume'];
  readonly symbols?: readonly string[];
  readonly kinds?: readonly Kind[];
  readonly listings?: readonly Listing[];
  readonly queueRecordsMax?: number;
  readonly seed?: number;
  readonly refuses?: (record: RawRecord) => boolean;
}

/** A source with a clock that stands still, sockets that a test plays, and a reader that notes every event. */
export class TestSubscription {
  readonly clock: ManualClock;
  readonly sockets = new FakeSockets();
  readonly source: TestDataSource;
  readonly events: SourceEvent[] = [];
  /** What the source lists; a test may add to it. */
  readonly listings = new Map<string, Listing>();
  readonly #stop = new AbortController();
  readonly #reading: Promise<void>;
  #subscription: LiveSubscription | undefined;
  #held: Promise<void> | undefined;
  #release: (() => void) | undefined;

  constructor(options: TestSourceOptions = {}) {
    this.clock = new ManualClock({ seed: options.seed ?? 1 });
    const listings =
      options.listings ?? (options.symbols ?? ['A']).map((symbol) => testListing('test', symbol));
    this.source = new TestDataSource(
      testVenue(options.venue),
      options.history ?? NO_HISTORY,
      {
        listings: this.listings,
        clock: this.clock,
        logger: silentLogger(this.clock),
        replica: 'r1',
        openSocket: this.sockets.open,
        sockets: options.sockets ?? 1,
        ...(options.resume === undefined ? {} : { resume: options.resume }),
        ...(options.queueRecordsMax === undefined ? {} : { queueRecordsMax: options.queueRecordsMax }),
      },
      options.refuses,
    );
    for (const listing of listings) this.listings.set(listing.instrument, listing);
    const instruments = listings.map(({ instrument }) => instrument);
    this.#reading = this.#read(instruments, options.kinds ?? ['trades']);
  }

  async #read(instruments: readonly string[], kinds: readonly Kind[]): Promise<void> {
    await this.source.connect();
    const subscription = this.source.subscribeRealtime(instruments, kinds, this.#stop.signal);
    this.#subscription = subscription;
    for await (const batch of subscription) {
      this.events.push(...batch);
      await this.#held;
    }
  }

  /** Undefined until the source is connected. */
  get subscription(): LiveSubscription | undefined {
    return this.#subscription;
  }

  /** The reader does not come back for more until `release`. */
  hold(): void {
    this.#held = new Promise((resolve) => {
      this.#release = resolve;
    });
  }

  release(): void {
    this.#held = undefined;
    this.#release?.();
  }

  /** Accepts the newest connection and confirms these streams. */
  async live(...acks: string[]): Promise<void> {
    await this.clock.pass(0);
    this.sockets.last.accept().deliver({ acks });
    await settle();
  }

  async stop(): Promise<void> {
    this.#stop.abort();
    this.release();
    await this.clock.pass(0);
    await this.#reading;
  }

  markers<T extends MarkerType>(type: T): Extract<Marker, { type: T }>[] {
    return this.events.flatMap((event) =>
      event.type === 'marker' && event.marker.type === type
        ? [event.marker as Extract<Marker, { type: T }>]
        : [],
    );
  }

  /** The log in short: ids of trades, types of markers, states of sessions. */
  story(without: readonly MarkerType[] = []): (string | number)[] {
    return this.events.flatMap((event): (string | number)[] => {
      if (event.type === 'records') {
        return [...event.trades.map((trade) => Number(trade.firstId)), ...event.quotes.map(() => 'quote')];
      }
      if (without.includes(event.marker.type)) return [];
      return [event.marker.type === 'session' ? event.marker.state : event.marker.type];
    });
  }
}
