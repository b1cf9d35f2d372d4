import { numberedCodec, type SourceState } from '@concord/codec';
import { configSchema } from '@concord/runtime';
import {
  FakeSockets,
  ManualClock,
  MemorySink,
  silentLogger,
  TestDataSource,
  testVenue,
} from '@concord/testkit';
import { Registry } from 'prom-client';
import { expect, it } from 'vitest';
import { HistoryFailed } from '../errors.ts';
import type { FrameParser, ParserContext } from '../frame/frame.ts';
import type { History } from '../history/history.ts';
import type { Kind } from '@concord/model';
import { testContext, venueTrade } from '@concord/testkit';
import type { StreamCheckpoint } from '../session/stream-state.ts';
import { createIngestor, type IngestorOptions } from './ingestor.ts';

const SECOND = 1_000;
const codec = numberedCodec();

function opaque(context: ParserContext): FrameParser {
  const parser = testVenue().createParser(context);
  return {
    parse: (text, receiveTime) => {
      const frame = parser.parse(text, receiveTime);
      return { ...frame, trades: frame.trades.map((trade) => ({ ...trade, idKind: 'OPAQUE' as const })) };
    },
  };
}

const AWAY: History = {
  pages: () => {
    throw new Error('not asked for');
  },
  repair: () => {
    throw new HistoryFailed('history-unreachable', 'the venue is away');
  },
};

it('tells whoever takes a stream over to begin before the hole, also when records came before the session was live', async () => {
  const clock = new ManualClock();
  const sockets = new FakeSockets();
  const sink = new MemorySink();
  const config = configSchema.parse({
    partitions: 2,
    venues: { test: { kinds: ['trades'] } },
    instruments: [
      { id: 'A-USD', base: 'A', quote: 'USD', partition: 1, priceScale: 2, venues: { test: 'A' } },
      { id: 'B-USD', base: 'B', quote: 'USD', partition: 0, priceScale: 2, venues: { test: 'B' } },
    ],
  });
  const stop = new AbortController();
  const ingestor = createIngestor({
    config,
    venue: {
      source: 'test',
      createSource: (options) =>
        new TestDataSource(testVenue({ createParser: opaque }), AWAY, {
          ...options,
          openSocket: sockets.open,
        }),
    },
    clock,
    logger: silentLogger(clock),
    metrics: new Registry(),
    codec,
    replica: 'r1',
    openSink: sink.open,
  });
  const running = ingestor.run(stop.signal);
  await clock.pass(0);
  sockets.last.accept().deliver({ acks: ['trades:A', 'trades:B'] });
  sockets.last.deliver({ trades: 'A', ids: [1] });
  const before = clock.nowMicros();
  await clock.pass(5 * SECOND);
  sockets.last.fail('closed');
  await clock.pass(5 * SECOND);
  // First data of A, then the venue confirms the rest.
  sockets.last.accept().deliver({ trades: 'A', ids: [9] });
  await clock.pass(SECOND);
  sockets.last.deliver({ acks: ['trades:B'] });
  await clock.pass(15 * SECOND);
  const told = sink.sent.flatMap(({ topic, key, value }): SourceState[] => {
    if (topic !== 'sources' || key !== 'test:A-USD:trades') return [];
    const decoded = codec.decode('sources', value);
    return decoded.ok ? [decoded.value] : [];
  });
  expect(told.at(-1)?.openHoles).toHaveLength(1);
  expect(told.at(-1)?.lastEventTime).toBeLessThanOrEqual(before);
  stop.abort();
  await clock.pass(0);
  await running;
});

it('what a replica missed before it was killed is fetched by the one after it, or stated as lost', async () => {
  const clock = new ManualClock();
  const t0 = clock.nowMicros();
  const at = (seconds: number): number => t0 + seconds * 1_000_000;
  // The replica before lost its connection after the trade at 0 and had one at 10 before its new session was live; REST was away, then it was killed.
  const sink = new MemorySink();
  const first = await killed(clock, sink);
  const made = [-2, -1, 0, 3, 5, 7, 10, 12];
  const history: History = {
    pages: () => {
      throw new Error('not asked for');
    },
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
  const repairs = sink.sent.flatMap(({ headers }) =>
    headers?.['marker'] === 'repair'
      ? [(JSON.parse(String(headers['body'])) as { outcome: string }).outcome]
      : [],
  );
  const ids = new Set(
    sink.sent.flatMap(({ topic, value }) => {
      const d = topic === 'raw.trades' && value !== null ? codec.decode('raw.trades', value) : undefined;
      return d?.ok === true ? [Number(d.value.lastId) - 100] : [];
    }),
  );
  const lost = [3, 5, 7].filter((n) => !ids.has(n));
  expect({ lost, repairs }).not.toEqual({ lost: [3, 5, 7], repairs: ['filled', 'filled'] });
  expect(lost).toEqual([]);
});

/** The checkpoint of a replica that is killed while REST is away. */
async function killed(clock: ManualClock, sink: MemorySink): Promise<StreamCheckpoint> {
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
  const { lastEventTime = null } = told.at(-1) ?? {};
  stop.abort();
  await clock.pass(0);
  await running;
  return { lastId: null, lastEventTime, openHoles: [], uncounted: 1 };
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
        new TestDataSource(testVenue({ createParser: opaque }), history, {
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
