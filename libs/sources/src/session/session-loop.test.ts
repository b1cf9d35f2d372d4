import { settle, TestSubscription } from '@concord/testkit';
import { describe, expect, it } from 'vitest';

const SECOND = 1_000;

/** Ends the newest connection and lets the source make the next; returns how long that took. */
async function fail(test: TestSubscription, end: () => void): Promise<number> {
  const connections = test.sockets.connections.length;
  end();
  for (let waited = 0; waited <= 120 * SECOND; waited += 10) {
    await test.clock.pass(10);
    if (test.sockets.connections.length > connections) return waited;
  }
  throw new Error('no new connection within two minutes');
}

describe('the session loop', () => {
  it('connects again after a cut, under a new session that names the one before and why it ended', async () => {
    const test = new TestSubscription();
    await test.live('trades:A');
    test.sockets.last.deliver({ trades: 'A', ids: [1] });
    await fail(test, () => test.sockets.last.fail('closed'));
    await test.live('trades:A');
    const [first, second] = [...new Set(test.markers('session').map(({ session }) => session))];
    expect(test.markers('reconnect')).toMatchObject([
      { session: second, previousSession: first, reason: 'closed' },
    ]);
    await test.stop();
  });

  it('tells the ids that were missed while it was away', async () => {
    const test = new TestSubscription();
    await test.live('trades:A');
    test.sockets.last.deliver({ trades: 'A', ids: [1, 2] });
    await fail(test, () => test.sockets.last.fail('closed'));
    await test.live('trades:A');
    test.sockets.last.deliver({ trades: 'A', ids: [5] });
    await settle();
    expect(test.story(['session', 'repair'])).toEqual([1, 2, 'reconnect', 'gap', 5]);
    expect(test.markers('gap')).toMatchObject([{ firstId: '3', lastId: '4', missing: 2 }]);
    await test.stop();
  });

  it('waits longer and longer for a venue that accepts and says nothing, and less again after first data', async () => {
    // So many that none is left alone for its failures: these pauses are the loop's own.
    const endpoints = Array.from({ length: 16 }, (_, i) => `ws://test-${i}`);
    const test = new TestSubscription({ seed: 11, venue: { endpoints } });
    await test.clock.pass(0);
    const waits: number[] = [];
    for (let attempt = 0; attempt < 12; attempt++) {
      test.sockets.last.accept();
      waits.push(await fail(test, () => test.sockets.last.fail('closed')));
    }
    expect(waits[0]).toBeLessThanOrEqual(1 * SECOND);
    expect(Math.max(...waits)).toBeGreaterThan(8 * SECOND);
    expect(Math.max(...waits)).toBeLessThanOrEqual(30 * SECOND);
    await test.live('trades:A');
    test.sockets.last.deliver({ trades: 'A', ids: [1] });
    expect(await fail(test, () => test.sockets.last.fail('closed'))).toBeLessThanOrEqual(SECOND / 2);
    await test.stop();
  });

  it('leaves a venue alone for as long as it asks', async () => {
    const test = new TestSubscription();
    await test.clock.pass(0);
    const waited = await fail(test, () =>
      test.sockets.last.fail('handshake-refused', { status: 429, retryAfterMs: 60 * SECOND }),
    );
    expect(waited).toBeGreaterThanOrEqual(60 * SECOND - 10);
    await test.stop();
  });

  it('makes no more connections than the venue allows', async () => {
    const test = new TestSubscription({ venue: { limits: { messageGapMs: 0, connectGapMs: 4_000 } } });
    await test.clock.pass(0);
    for (let attempt = 0; attempt < 30; attempt++) {
      await test.clock.pass(1_000);
      if (!test.sockets.last.closed) {
        test.sockets.last.accept().deliver({ trades: 'A', ids: [attempt] });
        test.sockets.last.fail('closed');
      }
    }
    expect(test.sockets.connections.length).toBeGreaterThan(5);
    expect(test.sockets.connections.length).toBeLessThanOrEqual(8);
    await test.stop();
  });

  it('asks for unconfirmed streams one by one, and gives the connection up when none is confirmed then', async () => {
    const test = new TestSubscription({ symbols: ['A', 'B'], venue: { heartbeat: { silenceMs: 600_000 } } });
    await test.live();
    await test.clock.pass(11 * SECOND);
    expect(test.sockets.last.sent.slice(2)).toEqual([
      'unsubscribe trades:A',
      'subscribe trades:A',
      'unsubscribe trades:B',
      'subscribe trades:B',
    ]);
    expect(test.sockets.connections).toHaveLength(1);
    expect(await fail(test, () => undefined)).toBeLessThan(12 * SECOND);
    await test.live('trades:A', 'trades:B');
    expect(test.markers('reconnect')).toMatchObject([{ reason: 'unconfirmed' }]);
    await test.stop();
  });

  it('goes on without a stream that is never confirmed, so that one unknown symbol does not cost the others', async () => {
    const test = new TestSubscription({ symbols: ['A', 'B'], venue: { heartbeat: { silenceMs: 600_000 } } });
    await test.live();
    await test.clock.pass(11 * SECOND);
    test.sockets.last.deliver({ acks: ['trades:A'] });
    await test.clock.pass(11 * SECOND);
    expect(test.sockets.connections).toHaveLength(1);
    expect(test.source.status()).toMatchObject({ state: 'LIVE' });
    expect(test.source.status().streams.map(({ state }) => state.rejection)).toEqual([
      null,
      'never confirmed',
    ]);
    await test.stop();
  });

  it('finds a socket that is open and silent by the rule of the venue', async () => {
    const test = new TestSubscription({ venue: { heartbeat: { silenceMs: 10_000 } } });
    await test.live('trades:A');
    for (let beats = 0; beats < 20; beats++) {
      await test.clock.pass(5_000);
      if (beats % 2 === 0) test.sockets.last.beat();
      else test.sockets.last.deliver({ beat: true });
    }
    expect(test.sockets.connections).toHaveLength(1);
    await fail(test, () => undefined);
    await test.live('trades:A');
    expect(test.markers('reconnect')).toMatchObject([{ reason: 'silent' }]);
    await test.stop();
  });

  it("finds a mute socket within its own rhythm, long before the venue's rule would", async () => {
    const test = new TestSubscription({ venue: { heartbeat: { silenceMs: 600_000 } } });
    await test.live('trades:A');
    for (let id = 0; id < 240; id++) {
      await test.clock.pass(SECOND / 2);
      test.sockets.last.deliver({ trades: 'A', ids: [id] });
    }
    const waited = await fail(test, () => undefined);
    expect(waited).toBeGreaterThanOrEqual(4 * SECOND);
    expect(waited).toBeLessThan(7 * SECOND);
    await test.live('trades:A');
    expect(test.markers('reconnect')).toMatchObject([{ reason: 'silent' }]);
    await test.stop();
  });

  it('subscribes a mute stream anew, and reconnects when that does not help', async () => {
    const test = new TestSubscription({
      symbols: ['A', 'B'],
      kinds: ['quotes'],
      venue: { heartbeat: { silenceMs: 600_000 } },
    });
    await test.live('quotes:A', 'quotes:B');
    for (let at = 0; at < 120; at++) {
      await test.clock.pass(SECOND);
      for (const symbol of ['A', 'B']) test.sockets.last.deliver({ quote: symbol });
    }
    for (let at = 0; at < 12; at++) {
      await test.clock.pass(SECOND);
      test.sockets.last.deliver({ quote: 'A' });
    }
    expect(test.markers('resync')).toMatchObject([{ instrument: 'B', kind: 'quotes' }]);
    expect(test.sockets.last.sent.slice(2)).toEqual(['unsubscribe quotes:B', 'subscribe quotes:B']);
    expect(test.sockets.connections).toHaveLength(1);
    const states = (): boolean[] => test.source.status().streams.map(({ state }) => state.stale);
    expect(states()).toEqual([false, true]);
    for (let at = 0; at < 12; at++) {
      await test.clock.pass(SECOND);
      if (test.sockets.connections.length === 1) test.sockets.last.deliver({ quote: 'A' });
    }
    await test.live('quotes:A', 'quotes:B');
    expect(test.markers('reconnect')).toMatchObject([{ reason: 'stale' }]);
    await test.stop();
  });

  it('leaves a stream alone that rests and of which the venue says that it lives', async () => {
    const test = new TestSubscription({ kinds: ['quotes'], venue: { heartbeat: { silenceMs: 600_000 } } });
    await test.live('quotes:A');
    for (let at = 0; at < 120; at++) {
      await test.clock.pass(SECOND);
      test.sockets.last.deliver({ quote: 'A' });
    }
    for (let at = 0; at < 40; at++) {
      await test.clock.pass(3 * SECOND);
      test.sockets.last.deliver({ alive: ['quotes:A'] });
    }
    expect(test.markers('resync')).toEqual([]);
    expect(test.source.status().streams.map(({ state }) => state.stale)).toEqual([false]);
    expect(test.sockets.connections).toHaveLength(1);
    await test.stop();
  });

  it('never reconnects for a market that trades once in ten minutes', async () => {
    const test = new TestSubscription({ venue: { heartbeat: { silenceMs: 30_000 } } });
    await test.live('trades:A');
    for (let minute = 0; minute < 120; minute++) {
      if (minute % 10 === 0) test.sockets.last.deliver({ trades: 'A', ids: [minute / 10] });
      for (let part = 0; part < 3; part++) {
        await test.clock.pass(20 * SECOND);
        test.sockets.last.beat();
      }
    }
    expect(test.sockets.connections).toHaveLength(1);
    expect(test.markers('resync')).toEqual([]);
    await test.stop();
  });

  it('reconnects when the venue announces that it will close', async () => {
    const test = new TestSubscription();
    await test.live('trades:A');
    await fail(test, () => test.sockets.last.deliver({ closing: 'server shutdown' }));
    await test.live('trades:A');
    expect(test.markers('reconnect')).toMatchObject([{ reason: 'closing' }]);
    await test.stop();
  });

  it('tells of a frame too large for it before it reconnects', async () => {
    const test = new TestSubscription();
    await test.live('trades:A');
    await fail(test, () => test.sockets.last.fail('frame-too-large'));
    expect(test.markers('refused')).toMatchObject([{ code: 'frame-too-large' }]);
    await test.stop();
  });

  it('says ping as often as the venue wants it', async () => {
    const test = new TestSubscription({
      venue: { heartbeat: { silenceMs: 600_000, ping: { everyMs: 20_000, text: 'ping' } } },
    });
    await test.live('trades:A');
    await test.clock.pass(61_000);
    expect(test.sockets.last.sent.filter((text) => text === 'ping')).toHaveLength(3);
    await test.stop();
  });

  it('goes on marking its state while it waits to try again', async () => {
    const test = new TestSubscription();
    await test.clock.pass(0);
    test.sockets.last.fail('handshake-refused', { status: 503, retryAfterMs: 20 * SECOND });
    await test.clock.pass(15 * SECOND);
    const downs = test.markers('session').filter(({ state }) => state === 'down');
    expect(downs.length).toBeGreaterThanOrEqual(15);
    expect(test.source.status()).toMatchObject({ state: 'DOWN', reconnects: 1 });
    await test.stop();
  });
});
