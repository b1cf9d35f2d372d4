import { numberedCodec, type SourceState } from '@concord/codec';
import { configSchema } from '@concord/runtime';
import type { Kind } from '@concord/model';
import {
  FakeSockets,
  ManualClock,
  MemorySink,
  NO_HISTORY,
  opaqueTrades,
  silentLogger,
  testContext,
  TestDataSource,
  testVenue,
  venueTrade,
} from '@concord/testkit';
import { Registry } from 'prom-client';
import { expect, it } from 'vitest';
import { HistoryFailed } from '../errors.ts';
import type { History } from '../history/history.ts';
import { createIngestor, type IngestorOptions } from './ingestor.ts';

const SECOND = 1_000;
const codec = numberedCodec();

const AWAY: History = {
  ...NO_HISTORY,
  repair: () => {
    throw new HistoryFailed('history-unreachable', 'the venue is away');
  },
};

it('tells whoever takes a stream over to begin before the hole, also when records came before the session was live', async () => {
  const clock = new ManualClock();
  const before = clock.nowMicros();
  const { openHoles, lastEventTime } = await killed(clock, new MemorySink());
  expect(openHoles).toHaveLength(1);
  expect(lastEventTime).toBeLessThanOrEqual(before);
});

it('what a replica missed before it was killed is fetched by the one after it, or stated as lost', async () => {
  const clock = new ManualClock();
  const t0 = clock.nowMicros();
  const at = (seconds: number): number => t0 + seconds * 1_000_000;
  // The replica before lost its connection after the trade at 0 and had one at 10 before its new session was live; REST was away, then it was killed.
  const sink = new MemorySink();
  const { lastEventTime } = await killed(clock, sink);
  const first = { lastId: null, lastEventTime, openHoles: [], uncounted: 1 };
  const made = [-2, -1, 0, 3, 5, 7, 10, 12];
  const history: History = {
    ...NO_HISTORY,
    async *repair({ listing }) {
      await Promise.resolve();
      const context = testContext('test', ['A']);
      yield made.map((n) => ({
        ...venueTrade(context, listing, 100 + n, {
          receiveTime: clock.nowMicros(),
          origin: 'BACKFILL',
          eventTime: at(n),
          precision: 'MICROSECOND',
          venueSequence: null,
        }),
        idKind: 'OPAQUE' as const,
      }));
    },
  };
  const sockets = new FakeSockets();
  const stop = new AbortController();
  const ingestor = ingestorOf({
    clock,
    sockets,
    sink,
    history,
    replica: 'r2',
    resume: ({ kind }) => (kind === 'trades' ? first : undefined),
  });
  const running = ingestor.run(stop.signal);
  await clock.pass(0);
  sockets.last.accept().deliver({ acks: ['trades:A', 'trades:B'] });
  await clock.pass(SECOND);
  sockets.last.deliver({ trades: 'A', ids: [112] });
  await clock.pass(60 * SECOND);
  stop.abort();
  await clock.pass(0);
  await running;
  const ids = new Set(
    sink.sent.flatMap(({ topic, value }) => {
      const d = topic === 'raw.trades' && value !== null ? codec.decode('raw.trades', value) : undefined;
      return d?.ok === true ? [Number(d.value.lastId) - 100] : [];
    }),
  );
  expect([3, 5, 7].filter((n) => !ids.has(n))).toEqual([]);
});

/** The last state of a replica that is killed while REST is away. */
async function killed(clock: ManualClock, sink: MemorySink): Promise<SourceState> {
  const sockets = new FakeSockets();
  const stop = new AbortController();
  const ingestor = ingestorOf({ clock, sockets, sink, history: AWAY, replica: 'r1' });
  const running = ingestor.run(stop.signal);
  await clock.pass(0);
  sockets.last.accept().deliver({ acks: ['trades:A', 'trades:B'] });
  sockets.last.deliver({ trades: 'A', ids: [100] });
  await clock.pass(5 * SECOND);
  sockets.last.fail('closed');
  await clock.pass(5 * SECOND);
  sockets.last.accept().deliver({ trades: 'A', ids: [110] });
  await clock.pass(SECOND);
  sockets.last.deliver({ acks: ['trades:B'] });
  await clock.pass(15 * SECOND);
  const told = sink.sent.flatMap(({ topic, key, value }): SourceState[] => {
    if (topic !== 'sources' || key !== 'test:A-USD:trades') return [];
    const decoded = codec.decode('sources', value);
    return decoded.ok ? [decoded.value] : [];
  });
  stop.abort();
  await clock.pass(0);
  await running;
  const last = told.at(-1);
  if (last === undefined) throw new Error('the replica said nothing');
  return last;
}

function ingestorOf(
  own: Pick<IngestorOptions, 'clock' | 'replica'> & {
    sockets: FakeSockets;
    sink: MemorySink;
    history: History;
    resume?: IngestorOptions['resume'];
  },
) {
  const { clock, sockets, sink, history, replica, resume } = own;
  const config = configSchema.parse({
    partitions: 2,
    venues: { test: { kinds: ['trades'] } },
    instruments: [
      { id: 'A-USD', base: 'A', quote: 'USD', partition: 1, priceScale: 2, venues: { test: 'A' } },
      { id: 'B-USD', base: 'B', quote: 'USD', partition: 0, priceScale: 2, venues: { test: 'B' } },
    ],
  });
  return createIngestor({
    config,
    venue: {
      source: 'test',
      createSource: (options) =>
        new TestDataSource(testVenue({ createParser: opaqueTrades }), history, {
          ...options,
          openSocket: sockets.open,
        }),
    },
    clock,
    logger: silentLogger(),
    metrics: new Registry(),
    codec,
    replica,
    openSink: sink.open,
    ...(resume === undefined
      ? {}
      : {
          resume: (stream: { listing: { symbol: string }; kind: Kind }) =>
            stream.listing.symbol === 'A' ? resume(stream as never) : undefined,
        }),
  });
}
