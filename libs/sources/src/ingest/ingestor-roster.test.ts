import { numberedCodec, type RepairMarker, type SourceState } from '@concord/codec';
import { configSchema } from '@concord/runtime';
import {
  askedHistory,
  FakeSockets,
  ManualClock,
  MemorySink,
  NO_HISTORY,
  silentLogger,
  TestDataSource,
  testContext,
  testListing,
  testVenue,
  venueTrade,
} from '@concord/testkit';
import { Registry } from 'prom-client';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { History } from '../history/history.ts';
import type { StreamCheckpoint } from '../session/stream-state.ts';
import { createIngestor, type Ingestor } from './ingestor.ts';
import type { SinkRecord } from './raw-sink.ts';
import type { Listing } from '../listing.ts';
import { Roster } from './roster.ts';

const codec = numberedCodec();
const CONFIG = configSchema.parse({
  partitions: 1,
  venues: { test: { kinds: ['trades'] } },
  instruments: [{ id: 'X-USD', base: 'X', quote: 'USD', partition: 0, priceScale: 2, venues: {} }],
});

function toldOf({ marker, body }: NonNullable<SinkRecord['headers']>): string[] {
  if (marker === 'gap') return ['gap'];
  if (marker !== 'repair') return [];
  const { firstId, lastId, outcome } = JSON.parse(String(body)) as RepairMarker;
  return [`${firstId}-${lastId} ${outcome}`];
}

const BACKFILL = {
  receiveTime: 1,
  eventTime: 1,
  precision: 'MICROSECOND',
  venueSequence: null,
  origin: 'BACKFILL',
} as const;

/** An ingestor whose instruments come and go: A in slot 0, B in slot 1. */
class Bench {
  readonly clock = new ManualClock();
  readonly sockets = new FakeSockets();
  readonly sink = new MemorySink();
  readonly roster = new Roster({ machineClock: this.clock });
  readonly checkpoints = new Map<string, StreamCheckpoint>();
  readonly ingestor: Ingestor;
  readonly #stop = new AbortController();
  readonly #running: Promise<void>;
  #accepted = false;

  constructor({ servesAlone = false, history = NO_HISTORY } = {}) {
    this.define('A', 'B');
    this.ingestor = createIngestor({
      config: CONFIG,
      venue: {
        source: 'test',
        servesAlone,
        createSource: (options) =>
          new TestDataSource(testVenue(), history, { ...options, openSocket: this.sockets.open }),
      },
      clock: this.clock,
      logger: silentLogger(this.clock),
      metrics: new Registry(),
      codec,
      replica: 'r1',
      openSink: this.sink.open,
      roster: this.roster,
      resume: ({ listing }) => this.checkpoints.get(listing.instrument),
    });
    this.#running = this.ingestor.run(this.#stop.signal);
  }

  define(...symbols: string[]): void {
    this.list(...symbols.map((symbol) => testListing('test', symbol)));
  }

  list(...listings: Listing[]): void {
    this.roster.define(listings.map((listing, place) => ({ place, listing })));
  }

  own(...slots: number[]): void {
    this.roster.assign({ count: 2, owned: new Set(slots) });
  }

  /** The venue confirms a stream and sends trades with these ids. */
  async trades(symbol: string, ...ids: number[]): Promise<void> {
    await this.clock.pass(0);
    if (!this.#accepted) this.sockets.last.accept();
    this.#accepted = true;
    this.sockets.last.deliver({ acks: [`trades:${symbol}`] });
    this.sockets.last.deliver({ trades: symbol, ids });
    await this.clock.pass(0);
  }

  /** The newest state of a stream on `sources`; null where it was deleted. */
  state(instrument: string): SourceState | null | undefined {
    const record = this.sink.sent.findLast(({ key }) => key === `test:${instrument}:trades`);
    if (record === undefined || record.value === null) return record === undefined ? undefined : null;
    const decoded = codec.decode('sources', record.value);
    return decoded.ok ? decoded.value : undefined;
  }

  /** Ids of an instrument's trades in the log, and markers of gaps and of what became of them. */
  log(instrument: string): string[] {
    return this.sink.sent.flatMap(({ topic, key, value, headers }) => {
      if (topic !== 'raw.trades' || key !== instrument) return [];
      if (value === null) return headers === undefined ? [] : toldOf(headers);
      const decoded = codec.decode('raw.trades', value);
      return decoded.ok ? [`${decoded.value.firstId}`] : [];
    });
  }

  async stop(): Promise<void> {
    this.#stop.abort();
    await this.clock.pass(0);
    await this.#running;
    this.roster.stop();
  }
}

let bench: Bench;
beforeEach(() => {
  bench = new Bench();
});
afterEach(() => bench.stop());

describe('an ingestor whose instruments come and go', () => {
  it('opens nothing before an instrument is its own, and then takes up one after the other', async () => {
    await bench.clock.pass(5_000);
    expect(bench.sockets.connections).toEqual([]);
    expect(bench.sink.sent).toEqual([]);
    bench.own(0);
    await bench.trades('A', 1);
    bench.own(0, 1);
    await bench.trades('B', 7);
    expect([bench.log('A'), bench.log('B')]).toEqual([['1'], ['7']]);
    expect(bench.sockets.connections).toHaveLength(1);
  });

  it('says where another replica would go on as soon as there is such a place', async () => {
    bench.own(0);
    await bench.clock.pass(1_500);
    expect(bench.state('A')?.lastId).toBeNull();
    await bench.trades('A', 1);
    await bench.clock.pass(1_000);
    expect(bench.state('A')?.lastId).toBe('1');
  });

  it('lets stand what others said of a stream of which it has seen nothing itself, unless that was long ago', async () => {
    bench.own(0);
    await bench.clock.pass(1_500);
    bench.checkpoints.set('A', { lastId: 10, lastEventTime: 5, openHoles: [{ first: 3, last: 4 }] });
    await bench.clock.pass(1_000);
    expect(bench.state('A')).toMatchObject({ lastId: '10', openHoles: [{ firstId: '3', lastId: '4' }] });
    bench.checkpoints.set('A', { lastId: 10, lastEventTime: 5, openHoles: [], isOutdated: true });
    await bench.clock.pass(10_000);
    expect(bench.state('A')?.lastId).toBeNull();
  });

  it('says of a stream of which nothing was seen yet since when it is served', async () => {
    bench.own(0);
    await bench.clock.pass(0);
    expect(bench.state('A')?.lastEventTime ?? null).toBeNull();
    bench.sockets.last.accept();
    bench.sockets.last.deliver({ acks: ['trades:A'] });
    const servedAt = bench.clock.nowMicros();
    await bench.clock.pass(1_000);
    expect(bench.state('A')).toMatchObject({ lastId: null, lastEventTime: servedAt - 5_000_000 });
  });

  it('says on sources how far each stream is in the log, and no more than that', async () => {
    bench.own(0);
    await bench.trades('A', 1, 2, 5);
    await bench.clock.pass(10_000);
    // The venue has no past: what was jumped over is not waited for.
    expect(bench.state('A')).toMatchObject({ lastId: '5', openHoles: [], replica: 'r1' });
    bench.sink.isOpen = false;
    await bench.trades('A', 6, 7);
    await bench.clock.pass(20_000);
    bench.sink.isOpen = true;
    bench.sink.send();
    expect(bench.state('A')).toMatchObject({ lastId: '5' });
    await bench.clock.pass(20_000);
    expect(bench.state('A')).toMatchObject({ lastId: '7' });
  });

  it('goes on where another replica was, so that what it missed is a gap', async () => {
    bench.checkpoints.set('A', { lastId: 10, lastEventTime: 5, openHoles: [] });
    bench.own(0);
    await bench.clock.pass(1_000);
    expect(bench.state('A')).toMatchObject({ lastId: '10', lastEventTime: 5 });
    await bench.trades('A', 14);
    expect(bench.log('A')).toEqual(['gap', '14', '11-13 unrepairable']);
    await bench.clock.pass(10_000);
    expect(bench.state('A')?.lastId).toBe('14');
  });

  it('serves on what another replica was given, then leaves its state to that one', async () => {
    bench.own(0, 1);
    await bench.trades('A', 1);
    await bench.trades('B', 7);
    bench.own(0);
    await bench.clock.pass(14_000);
    await bench.trades('B', 8);
    await bench.clock.pass(1_000);
    expect(bench.sockets.last.sent).toContain('unsubscribe trades:B');
    expect(bench.log('B')).toEqual(['7', '8']);
    const written = bench.sink.sent.filter(({ key }) => key === 'test:B:trades').length;
    await bench.clock.pass(30_000);
    expect(bench.sink.sent.filter(({ key }) => key === 'test:B:trades')).toHaveLength(written);
    expect(bench.state('B')?.state).toBe('LIVE');
  });

  it('deletes the state of an instrument that is listed no more', async () => {
    bench.own(0, 1);
    await bench.trades('A', 1);
    await bench.trades('B', 7);
    await bench.clock.pass(1_000);
    expect(bench.state('B')?.state).toBe('LIVE');
    bench.define('A');
    await bench.clock.pass(0);
    expect(bench.state('B')).toBeNull();
    expect(bench.sockets.last.sent).toContain('unsubscribe trades:B');
  });

  describe('with ids missing that history does not have yet', () => {
    beforeEach(async () => {
      await bench.stop();
      bench = new Bench(askedHistory());
      bench.own(0, 1);
      await bench.trades('B', 7, 10);
      await bench.clock.pass(1_000);
    });

    it('states them as lost when the instrument is listed no more', async () => {
      expect(bench.log('B')).toEqual(['7', 'gap', '10']);
      bench.define('A');
      expect(bench.log('B')).toEqual(['7', 'gap', '10', '8-9 unrepairable']);
      await bench.clock.pass(600_000);
      expect(bench.log('B')).toHaveLength(4);
    });

    it('states them as lost when another symbol has the name of the instrument, and fetches them for none', async () => {
      const { instrument } = testListing('test', 'B');
      bench.list(testListing('test', 'A'), { ...testListing('test', 'Z'), instrument });
      expect(bench.log('B')).toEqual(['7', 'gap', '10', '8-9 unrepairable']);
      await bench.clock.pass(600_000);
      expect(bench.log('B')).toHaveLength(4);
    });

    it('looks for them on when the instrument is defined otherwise, and for what is missed meanwhile', async () => {
      bench.list(testListing('test', 'A'), { ...testListing('test', 'B'), sizeUnit: 'KB' });
      await bench.clock.pass(1_000);
      await bench.trades('B', 14);
      expect(bench.log('B')).toEqual(['7', 'gap', '10', 'gap', '14']);
      await bench.clock.pass(600_000);
      expect(bench.log('B').slice(5).sort()).toEqual(['11-13 unrepairable', '8-9 unrepairable']);
      expect(bench.state('B')).toMatchObject({ lastId: '14', openHoles: [], missingIds: 5 });
    });

    it('goes on where the others are with one that was defined otherwise while it was theirs', async () => {
      bench.own(0);
      bench.list(testListing('test', 'A'), { ...testListing('test', 'B'), sizeUnit: 'KB' });
      await bench.clock.pass(15_000);
      bench.checkpoints.set('B', { lastId: 100, lastEventTime: 5, openHoles: [] });
      bench.own(0, 1);
      await bench.trades('B', 101);
      expect(bench.log('B')).toEqual(['7', 'gap', '10', '101']);
    });

    it('leaves them to the replica that was given the instrument', async () => {
      bench.own(0);
      await bench.clock.pass(15_000);
      expect(bench.log('B')).toEqual(['7', 'gap', '10']);
      expect(bench.state('B')?.openHoles).toEqual([{ firstId: '8', lastId: '9' }]);
    });
  });

  it('tells nothing of what history answers for an instrument that is another one by then', async () => {
    await bench.stop();
    const asked = Promise.withResolvers<void>();
    const history: History = {
      ...NO_HISTORY,
      async *repair({ listing }) {
        await asked.promise;
        yield [8, 9].map((id) => venueTrade(testContext('test', ['B']), listing, id, BACKFILL));
      },
    };
    bench = new Bench({ history });
    bench.own(0, 1);
    await bench.trades('B', 7, 10);
    const { instrument } = testListing('test', 'B');
    bench.list(testListing('test', 'A'), { ...testListing('test', 'Z'), instrument });
    asked.resolve();
    await bench.clock.pass(600_000);
    expect(bench.log('B')).toEqual(['7', 'gap', '10', '8-9 unrepairable']);
  });

  it('says nothing more of what it has handed over when it stops', async () => {
    bench.own(0);
    await bench.trades('A', 1);
    await bench.clock.pass(1_000);
    bench.roster.release();
    await bench.stop();
    expect(bench.state('A')?.state).toBe('LIVE');
    expect(bench.roster.listings.size).toBe(0);
  });

  it('says that its streams are down when it stops and nobody takes them', async () => {
    bench.own(0);
    await bench.trades('A', 1);
    await bench.clock.pass(1_000);
    await bench.stop();
    expect(bench.state('A')).toMatchObject({ state: 'DOWN', message: 'stopped', lastId: '1' });
  });

  it('has the last word on a stream that no other replica may serve beside it: all that it has told', async () => {
    const alone = new Bench({ servesAlone: true });
    alone.own(0, 1);
    await alone.trades('A', 1);
    await alone.trades('B', 7);
    await alone.clock.pass(1_000);
    alone.sink.isOpen = false;
    await alone.trades('B', 8);
    alone.roster.release();
    alone.sink.isOpen = true;
    alone.sink.send();
    expect(alone.log('B')).toEqual(['7', '8']);
    expect(alone.sink.sent.at(-1)?.topic).toBe('sources');
    expect(alone.state('B')).toMatchObject({ state: 'DOWN', lastId: '8' });
    await alone.stop();
  });
});
