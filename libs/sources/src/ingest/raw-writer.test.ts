import { EncodeError, numberedCodec } from '@concord/codec';
import { ONE } from '@concord/model';
import { ManualClock, MemorySink, silentLogger, testContext, testListing } from '@concord/testkit';
import { describe, expect, it } from 'vitest';
import { Acknowledged } from './acknowledged.ts';
import { RawWriter } from './raw-writer.ts';
import { tradeRecord } from '../frame/records.ts';

const listing = testListing('test', 'A', { partition: 3 });
const context = testContext('test', ['A']);

function tradesEvent(price: bigint, receiveTime = 2_000_000): Parameters<RawWriter['write']>[0] {
  const trade = tradeRecord(context, listing, {
    receiveTime,
    origin: 'LIVE',
    eventTime: 1_000_000,
    precision: 'MILLISECOND',
    venueSequence: null,
    idKind: 'TRADE',
    firstId: '1',
    lastId: '1',
    fills: null,
    price,
    size: ONE,
    side: 'BUY',
  });
  return { type: 'records', trades: [trade], quotes: [], bars: [] };
}

function open(
  clock = new ManualClock(),
  acknowledged = new Acknowledged(),
): { writer: RawWriter; sink: MemorySink; told: string[] } {
  const told: string[] = [];
  const writer = new RawWriter({
    source: 'test',
    acknowledged,
    listings: new Map([[listing.instrument, listing]]),
    codec: numberedCodec(),
    clock,
    logger: silentLogger(),
    metrics: {
      dropped: (kind) => told.push(`dropped ${kind}`),
      refused: (code) => told.push(code),
      delay: (seconds) => told.push(`delay ${seconds}`),
    },
  });
  return { writer, sink: new MemorySink(), told };
}

describe('RawWriter', () => {
  it('gives records the time at which they were received, and never lets it fall', () => {
    const { writer, sink } = open();
    for (const micros of [1_000_000, 900_000, 1_100_999]) writer.write(tradesEvent(ONE, micros), sink);
    expect(sink.sent.map(({ timestampMs }) => timestampMs)).toEqual([1_000, 1_000, 1_100]);
  });

  it('leaves out what was still on its way of a symbol that bore the name of the instrument before', () => {
    const { writer, sink } = open();
    const event = tradesEvent(ONE);
    const before = { ...recordOf(event), venueSymbol: 'OLD' };
    writer.write({ type: 'records', trades: [before, recordOf(event)], quotes: [], bars: [] }, sink);
    expect(sink.sent).toHaveLength(1);
  });

  it('measures how long live records took', () => {
    const { writer, sink, told } = open();
    writer.write(tradesEvent(ONE), sink);
    expect(told).toEqual(['delay 1']);
  });

  it('writes a record that its schema does not hold as a refusal with its text, and goes on', () => {
    const { writer, sink, told } = open();
    const tooLarge = 10n ** 39n;
    expect(() => numberedCodec().encode('raw.trades', { ...recordOf(tradesEvent(tooLarge)) })).toThrow(
      EncodeError,
    );
    writer.write(tradesEvent(tooLarge), sink);
    writer.write(tradesEvent(ONE), sink);
    expect(told).toContain('invalid-record');
    expect(sink.sent).toHaveLength(2);
    const [refused] = sink.sent;
    expect(refused).toMatchObject({ topic: 'raw.trades', partition: 3, value: null, timestampMs: 2_000 });
    expect(refused?.headers).toMatchObject({ marker: 'refused' });
    expect(JSON.parse(String(refused?.headers?.['body']))).toMatchObject({
      source: 'test',
      session: 'session-1',
      code: 'invalid-record',
      instrument: listing.instrument,
      venueSymbol: 'A',
      receiveTime: 2_000_000,
      truncated: false,
    });
    expect(JSON.parse(String(refused?.headers?.['bytes']))).toMatchObject({
      firstId: '1',
      price: '1000000000000000000000000000',
      size: '1',
    });
  });

  it('lets a checkpoint stay before a hole without ids until a marker says what became of it', () => {
    const acknowledged = new Acknowledged();
    const { writer, sink } = open(new ManualClock(), acknowledged);
    const { instrument } = listing;
    const told = {
      source: 'test',
      session: 's',
      instrument,
      kind: 'trades',
      firstId: null,
      lastId: null,
    } as const;
    const targets = [{ kind: 'trades', partition: 3 }] as const;
    const uncounted = (): number | undefined => {
      acknowledged.settle({ accepted: 0, settled: 0 });
      return acknowledged.of(instrument, 'trades')?.uncounted;
    };
    const gap = { type: 'gap', ...told, missing: null, receiveTime: 1 } as const;
    writer.write({ type: 'marker', marker: gap, targets }, sink);
    expect(uncounted()).toBe(1);
    const repair = { type: 'repair', ...told, outcome: 'unrepairable', receiveTime: 2 } as const;
    writer.write({ type: 'marker', marker: repair, targets }, sink);
    expect(uncounted()).toBe(0);
  });

  it('tells a loss in the name of the session that wrote there last, and none for other topics', () => {
    const { writer, sink } = open();
    writer.write(tradesEvent(ONE), sink);
    const marker = writer.lossMarker({ topic: 'raw.trades', partition: 3, count: 7 });
    expect(marker).toMatchObject({
      topic: 'raw.trades',
      partition: 3,
      value: null,
      headers: { marker: 'dropped' },
    });
    expect(JSON.parse(String(marker?.headers?.['body']))).toMatchObject({ session: 'session-1', count: 7 });
    expect(writer.lossMarker({ topic: 'sources', partition: 0, count: 1 })).toBeUndefined();
  });
});

function recordOf(event: Parameters<RawWriter['write']>[0]): ReturnType<typeof tradeRecord> {
  const trade = event.type === 'records' ? event.trades[0] : undefined;
  if (trade === undefined) throw new Error('no trade in the event');
  return trade;
}
