import { askedHistory, opaqueTrades, settle, TestSubscription } from '@concord/testkit';
import { describe, expect, it } from 'vitest';

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const symbols = Array.from({ length: 10 }, (_, n) => `S${n}`);

describe('sockets side by side whose trades have no arithmetic in their ids', () => {
  it('ask history for what was made while one was away and the other was mute', async () => {
    const { history, asked } = askedHistory();
    const test = new TestSubscription({ sockets: 2, history, venue: { createParser: opaqueTrades } });
    await test.clock.pass(0);
    const [one, mute] = test.sockets.connections;
    for (const socket of [one, mute]) socket?.accept().deliver({ acks: ['trades:A'] });
    one?.deliver({ trades: 'A', ids: [1] });
    await test.clock.pass(SECOND);
    one?.fail('closed');
    await test.clock.pass(2 * SECOND); // 2 and 3 are made now
    test.sockets.last.accept().deliver({ acks: ['trades:A'] });
    test.sockets.last.deliver({ trades: 'A', ids: [4] });
    await test.clock.pass(10 * SECOND);
    await settle();
    expect({ story: test.story(['session']), asked: asked.length > 0 }).toEqual({
      story: [1, 'reconnect', 'gap', 4],
      asked: true,
    });
    await test.stop();
  });

  it('ask history for what was on its way on the one that lags when it is cut too', async () => {
    const { history, asked } = askedHistory();
    const test = new TestSubscription({ sockets: 2, history, venue: { createParser: opaqueTrades } });
    await test.clock.pass(0);
    const [one, lagging] = test.sockets.connections;
    for (const socket of [one, lagging]) socket?.accept().deliver({ acks: ['trades:A'] });
    one?.deliver({ trades: 'A', ids: [1] });
    await test.clock.pass(SECOND);
    one?.deliver({ trades: 'A', ids: [2] });
    lagging?.deliver({ trades: 'A', ids: [1] });
    one?.fail('closed');
    await test.clock.pass(SECOND); // 3 is made now, and is on its way on the socket that lags
    test.sockets.last.accept().deliver({ acks: ['trades:A'] });
    test.sockets.last.deliver({ trades: 'A', ids: [4] });
    lagging?.deliver({ trades: 'A', ids: [2] });
    lagging?.fail('closed');
    await test.clock.pass(2 * SECOND);
    test.sockets.last.accept().deliver({ acks: ['trades:A'] });
    test.sockets.last.deliver({ trades: 'A', ids: [5] });
    await test.clock.pass(10 * SECOND);
    expect({
      gaps: test.markers('gap').length > 0,
      asked: asked.length > 0,
      story: test.story(['session']),
    }).toMatchObject({ gaps: true, asked: true });
    await test.stop();
  });
});

it('a replaced connection of opaque trades that lagged leaves a hole that is told', async () => {
  const { history, asked } = askedHistory();
  const test = new TestSubscription({ history, venue: { createParser: opaqueTrades } });
  await test.live('trades:A');
  const [old] = test.sockets.connections;
  old?.deliver({ trades: 'A', ids: [1] });
  old?.deliver({ closing: 'maintenance' });
  await test.clock.pass(SECOND);
  // 2 is on its way
  test.sockets.last.accept().deliver({ acks: ['trades:A'] });
  test.sockets.last.deliver({ trades: 'A', ids: [3] });
  await test.clock.pass(0);
  expect(old?.closed).toBe(true);
  old?.deliver({ trades: 'A', ids: [2] });
  await test.clock.pass(10 * SECOND);
  expect({ story: test.story(['session']), asked: asked.length > 0 }).toMatchObject({ asked: true });
  await test.stop();
});

describe('a connection that was confirmed and never brings anything', () => {
  it('of trades alone is made anew, though its socket answers pings', async () => {
    const test = new TestSubscription({ symbols, kinds: ['trades'] });
    await test.live(...symbols.map((symbol) => `trades:${symbol}`));
    for (let n = 0; n < 240 && test.sockets.connections.length < 2; n++) {
      await test.clock.pass(15 * SECOND);
      test.sockets.last.beat();
    }
    expect({
      connections: test.sockets.connections.length,
      state: test.source.status().state,
      afterMinutes: test.clock.monotonicMs() / MINUTE,
    }).toMatchObject({ connections: 2 });
    await test.stop();
  });

  it('is found beside others that serve', async () => {
    const test = new TestSubscription({
      symbols,
      kinds: ['trades'],
      venue: { limits: { streamsPerConnection: 5 } },
    });
    await test.clock.pass(0);
    const [good, dead] = test.sockets.connections;
    good?.accept().deliver({ acks: symbols.slice(0, 5).map((symbol) => `trades:${symbol}`) });
    dead?.accept().deliver({ acks: symbols.slice(5).map((symbol) => `trades:${symbol}`) });
    let id = 1;
    for (let n = 0; n < 3600 && test.sockets.connections.length < 3; n++) {
      await test.clock.pass(SECOND);
      for (const symbol of symbols.slice(0, 5)) good?.deliver({ trades: symbol, ids: [id] });
      id++;
      dead?.beat();
    }
    expect({
      connections: test.sockets.connections.length,
      state: test.source.status().state,
      afterMinutes: test.clock.monotonicMs() / MINUTE,
    }).toMatchObject({ connections: 3 });
    await test.stop();
  });

  it('is found beside a socket that carries the same', async () => {
    const test = new TestSubscription({ sockets: 2, kinds: ['trades'] });
    await test.clock.pass(0);
    const [good, dead] = test.sockets.connections;
    for (const socket of [good, dead]) socket?.accept().deliver({ acks: ['trades:A'] });
    for (let n = 0; n < 3600 && test.sockets.connections.length < 3; n++) {
      await test.clock.pass(SECOND);
      good?.deliver({ trades: 'A', ids: [n + 1] });
      dead?.beat();
    }
    expect({
      connections: test.sockets.connections.length,
      afterMinutes: test.clock.monotonicMs() / MINUTE,
    }).toMatchObject({ connections: 3 });
    await test.stop();
  });
});

describe('a connection that served for half a minute and is silent then, while its socket answers pings', () => {
  for (const kind of ['trades', 'quotes'] as const)
    it(`of ${kind} is made anew within a quarter of an hour`, async () => {
      const test = new TestSubscription({ symbols, kinds: [kind] });
      await test.live(...symbols.map((symbol) => `${kind}:${symbol}`));
      for (let n = 1; n <= 30; n++) {
        await test.clock.pass(SECOND);
        for (const symbol of symbols)
          test.sockets.last.deliver(kind === 'trades' ? { trades: symbol, ids: [n] } : { quote: symbol });
      }
      for (let n = 0; n < 1440 && test.sockets.connections.length < 2; n++) {
        await test.clock.pass(15 * SECOND);
        test.sockets.last.beat();
      }
      const minutes = Math.round(test.clock.monotonicMs() / MINUTE);
      await test.stop();
      expect({ isAnew: test.sockets.connections.length > 1, minutes }).toEqual({
        isAnew: true,
        minutes: expect.any(Number),
      });
      expect(minutes).toBeLessThan(20);
    });
});

it('a stream that the venue rejected is asked for again while the connection goes on', async () => {
  const test = new TestSubscription({ symbols: ['A', 'B'], kinds: ['trades'] });
  await test.live('trades:A');
  test.sockets.last.deliver({ rejects: 'trades:B', why: 'too many requests' });
  const before = test.sockets.last.sent.length;
  for (let n = 0; n < 3600; n++) {
    await test.clock.pass(SECOND);
    test.sockets.last.deliver({ trades: 'A', ids: [n + 1] });
  }
  expect(test.sockets.connections).toHaveLength(1);
  expect(test.sockets.last.sent.slice(before)).toContain('subscribe trades:B');
  await test.stop();
});
