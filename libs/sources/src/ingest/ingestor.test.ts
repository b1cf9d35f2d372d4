import { numberedCodec, type SourceState } from '@concord/codec';
import { configSchema, type ConcordConfig } from '@concord/runtime';
import {
  FakeSockets,
  ManualClock,
  MemorySink,
  NO_HISTORY,
  silentLogger,
  TestDataSource,
  testVenue,
} from '@concord/testkit';
import { Registry } from 'prom-client';
import { describe, expect, it } from 'vitest';
import { createIngestor, type Ingestor, type IngestorOptions } from './ingestor.ts';
import type { IdInterval } from '../session/gaps.ts';
import type { SinkRecord } from './raw-sink.ts';

const CONFIG: ConcordConfig = configSchema.parse({
  partitions: 2,
  venues: { test: { kinds: ['trades', 'quotes'] } },
  instruments: [
    { id: 'A-USD', base: 'A', quote: 'USD', partition: 1, priceScale: 2, venues: { test: 'A' } },
    { id: 'B-USD', base: 'B', quote: 'USD', partition: 0, priceScale: 2, venues: { test: 'B' } },
  ],
});
const codec = numberedCodec();

class Bench {
  readonly clock = new ManualClock();
  readonly sockets = new FakeSockets();
  readonly metrics = new Registry();
  readonly sink: MemorySink;
  readonly ingestor: Ingestor;
  readonly #stop = new AbortController();
  readonly #running: Promise<void>;

  constructor(capacity?: number, resume?: IngestorOptions['resume']) {
    this.sink = new MemorySink(capacity);
    this.ingestor = createIngestor({
      config: CONFIG,
      venue: {
        source: 'test',
        createSource: (options) =>
          new TestDataSource(testVenue(), NO_HISTORY, { ...options, openSocket: this.sockets.open }),
      },
      clock: this.clock,
      logger: silentLogger(this.clock),
      metrics: this.metrics,
      codec,
      replica: 'r1',
      openSink: this.sink.open,
      ...(resume === undefined ? {} : { resume }),
      ...(capacity === undefined ? {} : { highWaterRecords: capacity / 2 }),
    });
    this.#running = this.ingestor.run(this.#stop.signal);
  }

  async live(): Promise<void> {
    await this.clock.pass(0);
    this.sockets.last.accept().deliver({ acks: ['trades:A', 'trades:B', 'quotes:A', 'quotes:B'] });
    await this.clock.pass(0);
  }

  async stop(): Promise<void> {
    this.#stop.abort();
    await this.clock.pass(0);
    await this.#running;
  }

  raw(topic: string): SinkRecord[] {
    return this.sink.sent.filter((record) => record.topic === topic);
  }

  /** The log of one partition in short: trade ids and marker types. */
  story(topic: string, partition: number): (string | null)[] {
    return this.raw(topic).flatMap((record) => {
      if (record.partition !== partition || record.headers?.['marker'] === 'session') return [];
      if (record.value === null) return [String(record.headers?.['marker'])];
      const decoded = codec.decode('raw.trades', record.value);
      return decoded.ok ? [decoded.value.firstId] : ['undecodable'];
    });
  }

  states(): Map<string, SourceState> {
    const states = new Map<string, SourceState>();
    for (const { key, value } of this.raw('sources')) {
      const decoded = codec.decode('sources', value);
      if (decoded.ok && key !== null) states.set(key, decoded.value);
    }
    return states;
  }

  async metric(name: string): Promise<number> {
    const metric = await this.metrics.getSingleMetric(name)?.get();
    return (metric?.values ?? []).reduce((sum, { value }) => sum + value, 0);
  }
}

describe('an ingestor', () => {
  it('puts each record into its topic and into the partition of its instrument, keyed by it', async () => {
    const bench = new Bench();
    await bench.live();
    bench.sockets.last.deliver({ trades: 'A', ids: [7] });
    bench.sockets.last.deliver({ quote: 'B' });
    await bench.stop();
    const [trade] = bench.raw('raw.trades').filter(({ value }) => value !== null);
    const [quote] = bench.raw('raw.quotes').filter(({ value }) => value !== null);
    expect(trade).toMatchObject({ key: 'A-USD', partition: 1, timestampMs: bench.clock.nowMs() });
    expect(quote).toMatchObject({ key: 'B-USD', partition: 0 });
    expect(codec.decode('raw.trades', trade?.value ?? null)).toMatchObject({
      ok: true,
      value: { instrument: 'A-USD', source: 'test', venueSymbol: 'A', firstId: '7', currency: 'USD' },
    });
  });

  it('writes the session markers of each second into every partition of every kind it feeds', async () => {
    const bench = new Bench();
    await bench.live();
    await bench.clock.pass(3_000);
    for (const topic of ['raw.trades', 'raw.quotes']) {
      for (const partition of [0, 1]) {
        const markers = bench.raw(topic).filter((record) => record.partition === partition);
        const states = markers.map(
          ({ headers }) => (JSON.parse(String(headers?.['body'])) as { state: string }).state,
        );
        expect(states).toEqual(['connecting', 'live', 'live', 'live', 'live']);
      }
    }
    expect(bench.raw('raw.bars')).toEqual([]);
    await bench.stop();
  });

  it('writes a refused frame once, with its bytes', async () => {
    const bench = new Bench();
    await bench.live();
    bench.sockets.last.deliver('garbage');
    await bench.stop();
    const refused = bench.sink.sent.filter(({ headers }) => headers?.['marker'] === 'refused');
    expect(refused).toHaveLength(1);
    expect(refused[0]).toMatchObject({ value: null, headers: { bytes: Buffer.from('garbage') } });
    expect(await bench.metric('concord_ingestor_refused_total')).toBe(1);
  });

  it('reads on after ten seconds of a full buffer, drops, and tells the count in the place of what was lost', async () => {
    const bench = new Bench(8);
    await bench.live();
    bench.sink.isOpen = false;
    for (let id = 1; id <= 10; id++) bench.sockets.last.deliver({ trades: 'A', ids: [id] });
    await bench.clock.pass(5_000);
    bench.sockets.last.deliver({ trades: 'A', ids: [11] });
    expect(bench.ingestor.status().queued).toBe(8);
    await bench.clock.pass(6_000);
    expect(bench.ingestor.status().dropped).toBe(3);
    // Given up once, it does not wait again before the buffer has emptied.
    bench.sockets.last.deliver({ trades: 'A', ids: [12] });
    await bench.clock.pass(0);
    expect(bench.ingestor.status().dropped).toBe(4);
    bench.sink.isOpen = true;
    bench.sink.send();
    await bench.clock.pass(1_000);
    bench.sockets.last.deliver({ trades: 'A', ids: [13] });
    await bench.stop();
    const story = bench.story('raw.trades', 1);
    expect(story).toEqual(['1', '2', '3', '4', '5', '6', '7', '8', 'dropped', 'gap', 'repair', '13']);
    const gap = bench.raw('raw.trades').find(({ headers }) => headers?.['marker'] === 'gap');
    expect(JSON.parse(String(gap?.headers?.['body']))).toMatchObject({ firstId: '9', lastId: '12' });
    const dropped = bench.raw('raw.trades').find(({ headers }) => headers?.['marker'] === 'dropped');
    const body = JSON.parse(String(dropped?.headers?.['body'])) as {
      kind: string;
      count: number;
      source: string;
    };
    expect(body).toMatchObject({ kind: 'trades', source: 'test', instrument: null });
    // Ids 9 to 12, and the markers that found no room.
    expect(body.count).toBeGreaterThanOrEqual(4);
    expect(await bench.metric('concord_ingestor_dropped_total')).toBe(4);
  });

  it('writes the state of the source and of each stream when it changes, and every ten seconds', async () => {
    const bench = new Bench();
    await bench.live();
    bench.sockets.last.deliver({ trades: 'A', ids: [1, 4] });
    await bench.clock.pass(1_000);
    expect([...bench.states().keys()].sort()).toEqual(
      ['test:*:*', 'test:A-USD:quotes', 'test:A-USD:trades', 'test:B-USD:quotes', 'test:B-USD:trades'].sort(),
    );
    const written = bench.raw('sources').length;
    await bench.clock.pass(8_000);
    expect(bench.raw('sources')).toHaveLength(written);
    await bench.clock.pass(2_000);
    expect(bench.raw('sources')).toHaveLength(written * 2);
    expect(bench.states().get('test:A-USD:trades')).toMatchObject({
      state: 'LIVE',
      replica: 'r1',
      received: 2,
      gaps: 1,
      missingIds: 2,
      verified: 2,
      suspect: 2,
    });
    expect(bench.states().get('test:*:*')).toMatchObject({ state: 'LIVE', instrument: null, received: 2 });
    await bench.stop();
    expect(bench.states().get('test:*:*')).toMatchObject({ state: 'DOWN', message: 'stopped' });
  });

  it('shows where it stands', async () => {
    const bench = new Bench();
    await bench.live();
    bench.sockets.last.deliver({ trades: 'A', ids: [1, 2] });
    bench.sockets.last.deliver({ quote: 'A' });
    await bench.clock.pass(0);
    expect(bench.ingestor.status()).toMatchObject({
      source: 'test',
      state: 'LIVE',
      instruments: { 'A-USD': { trades: 2, quotes: 1 }, 'B-USD': { trades: 0, quotes: 0 } },
      refused: 0,
      reconnects: 0,
      queued: 0,
    });
    await bench.stop();
  });

  it('has every metric series from the start, at 0', async () => {
    const bench = new Bench();
    const text = await bench.metrics.metrics();
    for (const series of [
      'concord_ingestor_frames_total{source="test"} 0',
      'concord_ingestor_records_total{source="test",kind="bars"} 0',
      'concord_ingestor_refused_total{source="test",code="not-json"} 0',
      'concord_ingestor_reconnects_total{source="test",reason="silent"} 0',
      'concord_ingestor_gaps_total{source="test",kind="trades"} 0',
      'concord_ingestor_dropped_total{source="test",kind="quotes"} 0',
      'concord_ingestor_lag_seconds{source="test"} 0',
    ]) {
      expect(text).toContain(series);
    }
    await bench.stop();
  });

  it('drains what it has read, then stops its sink, on a stop and on a second one', async () => {
    const bench = new Bench();
    await bench.live();
    bench.sink.isOpen = false;
    bench.sockets.last.deliver({ trades: 'A', ids: [1] });
    await bench.stop();
    await bench.ingestor[Symbol.asyncDispose]();
    expect(bench.sink.stopped).toBe(true);
    expect(bench.story('raw.trades', 1)).toEqual(['1']);
    expect(bench.clock.pending).toBe(0);
  });

  it('refuses a venue that is not in the configuration', () => {
    expect(() =>
      createIngestor({
        config: { ...CONFIG, venues: {} },
        venue: { source: 'test', createSource: () => expect.unreachable() },
        clock: new ManualClock(),
        logger: silentLogger(),
        metrics: new Registry(),
        codec,
        replica: 'r1',
        openSink: new MemorySink().open,
      }),
    ).toThrow(/venues.test is not in the configuration/);
  });
});

describe('an ingestor that was away for too long to fetch what it missed', () => {
  async function returned(lastId: number | null, openHoles: IdInterval[], uncounted = 0): Promise<Bench> {
    const checkpoint = { lastId, lastEventTime: 5, openHoles, uncounted, isOutdated: true };
    const bench = new Bench(undefined, ({ kind, listing }) =>
      kind === 'trades' && listing.instrument === 'A-USD' ? checkpoint : undefined,
    );
    await bench.live();
    bench.sockets.last.deliver({ trades: 'A', ids: [700] });
    await bench.clock.pass(20_000);
    return bench;
  }

  it('states the time of it as lost before the first record, where no ids show it, and lowers coverage', async () => {
    const bench = await returned(null, [], 1);
    expect(bench.story('raw.trades', 1)).toEqual(['repair', 'gap', 'repair', '700']);
    const repairs = bench.raw('raw.trades').filter(({ headers }) => headers?.['marker'] === 'repair');
    for (const { headers } of repairs)
      expect(JSON.parse(String(headers?.['body']))).toMatchObject({ firstId: null, outcome: 'unrepairable' });
    expect(bench.states().get('test:A-USD:trades')).toMatchObject({ gaps: 1, suspect: 2 });
    expect(bench.story('raw.trades', 0)).toEqual([]);
    await bench.stop();
  });

  it('states only the holes that were open where ids show the rest', async () => {
    const bench = await returned(500, [{ first: 400, last: 402 }]);
    expect(bench.story('raw.trades', 1)).toEqual(['repair', '700']);
    const repair = bench.raw('raw.trades').find(({ headers }) => headers?.['marker'] === 'repair');
    const told = { firstId: '400', lastId: '402', outcome: 'unrepairable' };
    expect(JSON.parse(String(repair?.headers?.['body']))).toMatchObject(told);
    expect(bench.states().get('test:A-USD:trades')).toMatchObject({
      gaps: 0,
      missingIds: 3,
      suspect: 3,
    });
    await bench.stop();
  });
});
