import { settle, TestSubscription, testListing } from '@concord/testkit';
import { describe, expect, it } from 'vitest';
import { ConnectionFailed, NotConnected, NotOffered } from '../errors.ts';
import { ConcordError } from '@concord/model';

describe('WebSocketDataSource', () => {
  it('pauses its socket when the reader does not come back for more, and resumes at half', async () => {
    const test = new TestSubscription({ queueRecordsMax: 10 });
    await test.live('trades:A');
    test.hold();
    const { last: socket } = test.sockets;
    for (let id = 1; id <= 9; id++) socket.deliver({ trades: 'A', ids: [id] });
    await settle();
    expect(socket.paused).toBe(false);
    socket.deliver({ trades: 'A', ids: [10, 11] });
    expect(socket.paused).toBe(true);
    test.release();
    await settle();
    expect(socket.paused).toBe(false);
    expect(test.story(['session'])).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11]);
    await test.stop();
  });

  it('does not take its own pause for silence of the venue', async () => {
    const test = new TestSubscription({ queueRecordsMax: 2, venue: { heartbeat: { silenceMs: 10_000 } } });
    await test.live('trades:A');
    test.hold();
    test.sockets.last.deliver({ trades: 'A', ids: [1, 2, 3] });
    await settle();
    expect(test.sockets.last.paused).toBe(true);
    await test.clock.pass(60_000);
    test.release();
    await settle();
    await test.clock.pass(5_000);
    expect(test.sockets.connections).toHaveLength(1);
    await test.stop();
  });

  it('opens a connection made during a pause paused', async () => {
    const test = new TestSubscription({ queueRecordsMax: 2 });
    await test.live('trades:A');
    test.hold();
    test.sockets.last.deliver({ trades: 'A', ids: [1, 2, 3] });
    test.sockets.last.fail('closed');
    await test.clock.pass(1_000);
    expect(test.sockets.connections).toHaveLength(2);
    test.sockets.last.accept();
    expect(test.sockets.last.paused).toBe(true);
    await test.stop();
  });

  it('ends after its signal with a last marker, a closed socket and no timer left', async () => {
    const test = new TestSubscription();
    await test.live('trades:A');
    await test.stop();
    expect(test.story().at(-1)).toBe('down');
    expect(test.sockets.last.closed).toBe(true);
    expect(test.clock.pending).toBe(0);
    expect(test.source.status()).toMatchObject({ state: 'DOWN', sessions: [], streams: [] });
  });

  it('ends every subscription on disconnect, also while it waits to connect again', async () => {
    const test = new TestSubscription();
    await test.clock.pass(0);
    test.sockets.last.fail('unreachable');
    await test.clock.pass(1);
    await test.source.disconnect();
    await test.source.disconnect();
    await test.stop();
    expect(test.clock.pending).toBe(0);
  });

  it('ends when the reader stops reading', async () => {
    const test = new TestSubscription();
    await test.stop();
    await test.source.connect();
    const reading = (async (): Promise<void> => {
      for await (const _ of test.source.subscribeRealtime(['A'], ['trades'])) break;
    })();
    await test.clock.pass(0);
    await reading;
    expect(test.sockets.last.closed).toBe(true);
    expect(test.clock.pending).toBe(0);
  });

  it('refuses a subscription before connect and an instrument that it does not list', async () => {
    const test = new TestSubscription();
    await test.stop();
    await test.source.disconnect();
    expect(() => test.source.subscribeRealtime(['A'], ['trades'])).toThrow(NotConnected);
    await test.source.connect();
    expect(() => test.source.subscribeRealtime(['Z'], ['trades'])).toThrow(NotOffered);
    await test.source.disconnect();
    await test.source.connect();
    expect(() => test.source.getHistoricalData('A', 'bars', null, 0, 1)).toThrow(NotOffered);
    expect(() => test.source.getHistoricalData('A', 'trades', '1m', 0, 1)).toThrow(NotOffered);
    for (const [from, to] of [
      [NaN, 1],
      [0, Infinity],
      [0.5, 1],
      [-1, 1],
    ] as const)
      expect(() => test.source.getHistoricalData('A', 'trades', null, from, to)).toThrow(NotOffered);
  });

  it('gives each instrument to the partition of its listing', async () => {
    const listings = [testListing('test', 'A', { partition: 0 }), testListing('test', 'B', { partition: 3 })];
    const test = new TestSubscription({ listings, kinds: ['trades', 'quotes'] });
    await test.live('trades:A', 'trades:B', 'quotes:A', 'quotes:B');
    test.sockets.last.deliver({ trades: 'B', ids: [1, 3] });
    await settle();
    const targets = (type: string): unknown =>
      test.events.find((event) => event.type === 'marker' && event.marker.type === type);
    expect(targets('gap')).toMatchObject({ targets: [{ kind: 'trades', partition: 3 }] });
    expect(targets('session')).toMatchObject({
      targets: [
        { kind: 'trades', partition: 0 },
        { kind: 'quotes', partition: 0 },
        { kind: 'trades', partition: 3 },
        { kind: 'quotes', partition: 3 },
      ],
    });
    await test.stop();
  });

  it('decides what an error means', async () => {
    const { source, stop } = await stopped();
    expect(source.handleErrors(new ConnectionFailed('handshake-refused', '', { retryAfterMs: 5 }))).toEqual({
      fate: 'retry',
      code: 'handshake-refused',
      retryAfterMs: 5,
    });
    expect(source.handleErrors(new ConcordError('some-code', 'quarantine', ''))).toMatchObject({
      fate: 'quarantine',
      code: 'some-code',
    });
    expect(source.handleErrors(new TypeError('broken'))).toMatchObject({ fate: 'fatal', code: 'unexpected' });
    await stop();
  });
});

async function stopped(): Promise<{ source: TestSubscription['source']; stop: () => Promise<void> }> {
  const test = new TestSubscription();
  return { source: test.source, stop: () => test.stop() };
}
