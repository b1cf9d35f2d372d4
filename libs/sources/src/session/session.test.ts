import { settle, TestSubscription } from '@concord/testkit';
import { describe, expect, it } from 'vitest';

describe('a session', () => {
  it('says connecting, then live once every stream is confirmed, then down', async () => {
    const test = new TestSubscription({ symbols: ['A', 'B'] });
    await test.live('trades:A');
    expect(test.story()).toEqual(['connecting']);
    test.sockets.last.deliver({ acks: ['trades:B'] });
    await test.stop();
    expect(test.story()).toEqual(['connecting', 'live', 'down']);
  });

  it('takes first data of a stream for its confirmation', async () => {
    const test = new TestSubscription({ symbols: ['A', 'B'] });
    await test.live('trades:A');
    test.sockets.last.deliver({ trades: 'B', ids: [1] });
    await test.stop();
    expect(test.story()).toEqual(['connecting', 1, 'live', 'down']);
  });

  it('sends the subscriptions once the socket is open, no faster than the venue takes them', async () => {
    const test = new TestSubscription({
      symbols: ['A', 'B', 'C'],
      venue: { limits: { messageGapMs: 200, connectGapMs: 0 } },
    });
    await test.clock.pass(0);
    expect(test.sockets.last.sent).toEqual([]);
    test.sockets.last.accept();
    await test.clock.pass(200);
    expect(test.sockets.last.sent).toEqual(['subscribe trades:A', 'subscribe trades:B']);
    await test.clock.pass(200);
    expect(test.sockets.last.sent).toHaveLength(3);
    await test.stop();
  });

  it('marks itself every second in every partition it feeds, idle or not', async () => {
    const test = new TestSubscription();
    await test.live('trades:A');
    await test.clock.pass(5_000);
    const lives = test.markers('session').filter(({ state }) => state === 'live');
    expect(lives).toHaveLength(6);
    expect(new Set(lives.map(({ receiveTime }) => receiveTime)).size).toBe(6);
    await test.stop();
  });

  it('stamps records with the time at which the frame came, and numbers them', async () => {
    const test = new TestSubscription();
    await test.live('trades:A');
    await test.clock.pass(1_234);
    test.sockets.last.deliver({ trades: 'A', ids: [1, 2] });
    await settle();
    const trades = test.events.flatMap((event) => (event.type === 'records' ? event.trades : []));
    expect(trades.map(({ receiveTime }) => receiveTime)).toEqual([
      test.clock.nowMicros(),
      test.clock.nowMicros(),
    ]);
    expect(trades.map(({ ordinal }) => ordinal)).toEqual([1, 2]);
    await test.stop();
  });

  it('puts a gap marker exactly between the records it lies between', async () => {
    const test = new TestSubscription();
    await test.live('trades:A');
    test.sockets.last.deliver({ trades: 'A', ids: [1, 2, 6, 7] });
    await settle();
    expect(test.story(['session', 'repair'])).toEqual([1, 2, 'gap', 6, 7]);
    expect(test.markers('gap')).toMatchObject([
      { instrument: 'A', kind: 'trades', firstId: '3', lastId: '5', missing: 3 },
    ]);
    await test.stop();
  });

  it('keeps the frame of a record whose id is absurdly far from all before, and finds gaps after it as ever', async () => {
    const test = new TestSubscription();
    await test.live('trades:A');
    test.sockets.last.deliver({ trades: 'A', ids: [1, 1_795_407_516_223, 2, 4] });
    await settle();
    expect(test.story(['session', 'repair'])).toEqual([1, 'refused', 2, 'gap', 4]);
    expect(test.markers('refused')).toMatchObject([{ code: 'invalid-record', instrument: 'A' }]);
    expect(test.markers('gap')).toMatchObject([{ firstId: '3', lastId: '3', missing: 1 }]);
    await test.stop();
  });

  it('tells that late ids filled a gap', async () => {
    const test = new TestSubscription();
    await test.live('trades:A');
    test.sockets.last.deliver({ trades: 'A', ids: [1, 4, 2, 3] });
    await settle();
    expect(test.story(['session'])).toEqual([1, 'gap', 4, 2, 'repair', 3]);
    expect(test.markers('repair')).toMatchObject([{ firstId: '2', lastId: '3', outcome: 'filled' }]);
    await test.stop();
  });

  it('keeps a refused frame with its bytes and goes on', async () => {
    const test = new TestSubscription();
    await test.live('trades:A');
    test.sockets.last.deliver('<html>502 Bad Gateway</html>');
    test.sockets.last.deliver({ trades: 'A', ids: [1] });
    await settle();
    expect(test.story(['session'])).toEqual(['refused', 1]);
    const refused = test.events.find((event) => event.type === 'marker' && event.marker.type === 'refused');
    expect(refused).toMatchObject({
      marker: { code: 'not-json', source: 'test', ordinal: 1, truncated: false },
      bytes: Buffer.from('<html>502 Bad Gateway</html>'),
      targets: [{ kind: 'trades', partition: 0 }],
    });
    await test.stop();
  });

  it('keeps only the beginning of a large refused frame, and says so', async () => {
    const test = new TestSubscription();
    await test.live('trades:A');
    test.sockets.last.deliver('x'.repeat(1_000_000));
    await settle();
    const refused = test.events.find((event) => event.type === 'marker' && event.marker.type === 'refused');
    expect(refused).toMatchObject({ marker: { truncated: true } });
    expect(refused?.type === 'marker' ? refused.bytes?.length : 0).toBe(384 * 1_024);
    await test.stop();
  });

  it('tells what several records of one frame have in common once, and passes the good ones on', async () => {
    const test = new TestSubscription();
    await test.live('trades:A');
    test.sockets.last.deliver({ trades: 'A', ids: [1, -1, 2, -1] });
    await settle();
    expect(test.story(['session'])).toEqual([1, 2, 'refused']);
    expect(test.markers('refused')).toMatchObject([
      { code: 'bad-field', venueSymbol: 'A', instrument: 'A', message: 'negative id (2 times in the frame)' },
    ]);
    await test.stop();
  });

  it('leaves out a record that breaks the common format, and keeps the frame', async () => {
    const test = new TestSubscription({
      refuses: (record) => record.firstId === '2' || record.firstId === '4',
    });
    await test.live('trades:A');
    test.sockets.last.deliver({ trades: 'A', ids: [1, 2, 3, 4] });
    await settle();
    expect(test.story(['session', 'repair'])).toEqual([1, 'refused', 'gap', 3, 'refused']);
    expect(test.markers('refused').map(({ code }) => code)).toEqual(['invalid-record', 'invalid-record']);
    await test.stop();
  });

  it('survives a parser that breaks, with the frame kept', async () => {
    const test = new TestSubscription();
    await test.live('trades:A');
    test.sockets.last.deliver({ breaks: true });
    test.sockets.last.deliver({ trades: 'A', ids: [1] });
    await settle();
    expect(test.markers('refused')).toMatchObject([{ code: 'parser-broke' }]);
    expect(test.story(['session'])).toEqual(['refused', 1]);
    await test.stop();
  });

  it('marks a resync and asks for that stream alone again', async () => {
    const test = new TestSubscription({ symbols: ['A', 'B'], kinds: ['quotes'] });
    await test.live('quotes:A', 'quotes:B');
    test.sockets.last.deliver({ resync: 'B' });
    await settle();
    expect(test.markers('resync')).toMatchObject([{ instrument: 'B', kind: 'quotes', reason: 'test' }]);
    expect(test.sockets.last.sent.slice(2)).toEqual(['unsubscribe quotes:B', 'subscribe quotes:B']);
    await test.stop();
  });

  it('goes live without a stream that the venue rejects, and says which', async () => {
    const test = new TestSubscription({ symbols: ['A', 'B'] });
    await test.live('trades:A');
    test.sockets.last.deliver({ rejects: 'trades:B', why: 'no such pair' });
    await test.clock.pass(60_000);
    expect(test.sockets.connections).toHaveLength(2);
    test.sockets.last.accept().deliver({ acks: ['trades:A'] });
    test.sockets.last.deliver({ rejects: 'trades:B', why: 'no such pair' });
    await settle();
    const { streams, state } = test.source.status();
    expect(state).toBe('LIVE');
    expect(streams.map(({ state: { stream, rejection } }) => [stream.key, rejection])).toEqual([
      ['trades:A', null],
      ['trades:B', 'no such pair'],
    ]);
    await test.stop();
  });

  it('does not take a confirmed stream for rejected when an error names it later', async () => {
    const test = new TestSubscription();
    await test.live('trades:A');
    test.sockets.last.deliver({ rejects: 'trades:A', why: 'already subscribed' });
    await settle();
    expect(test.source.status().streams.map(({ state }) => state.rejection)).toEqual([null]);
    await test.stop();
  });
});
