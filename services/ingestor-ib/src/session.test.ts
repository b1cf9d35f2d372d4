import type { Kind } from '@concord/model';
import type { VenueConfig } from '@concord/runtime';
import { settle } from '@concord/testkit';
import { afterEach, describe, expect, it } from 'vitest';
import { Bench } from './testing/bench.ts';
import type { FakeGateway } from './testing/fake-gateway.ts';
import { AT, SECONDS } from './testing/tws.ts';

describe('a session', () => {
  let bench: Bench;
  const open = async (
    kinds: readonly Kind[],
    options?: VenueConfig['options'],
    queueRecordsMax?: number,
  ): Promise<FakeGateway> => {
    bench = new Bench(kinds, options, queueRecordsMax);
    await settle();
    return bench.gateway;
  };
  afterEach(() => bench[Symbol.asyncDispose]());

  it('asks for nothing before TWS is ready, and is live once what TWS confirms is confirmed', async () => {
    const gateway = await open(['quotes', 'bars']);
    expect(gateway.requests).toEqual([]);
    gateway.ready();
    expect(gateway.requests.map(({ type }) => type)).toEqual(['market-data', 'bars']);
    gateway.say(`81|${gateway.newest('market-data')}|0.01|9c0001|3`);
    await settle();
    expect(bench.state).toBe('connecting');
    gateway.say(`17|${gateway.newest('bars')}|||0`);
    await settle();
    expect(bench.state).toBe('live');
  });

  it('takes prints that TWS does not refuse for served, and samples beyond its lines', async () => {
    const gateway = await open(['trades'], { tickByTickLines: 1 });
    bench.subscription.add(['IBM.US']);
    gateway.ready();
    expect(gateway.requests).toMatchObject([
      { type: 'tick-by-tick', of: 'AllLast', contract: { symbol: 'AAPL' } },
      { type: 'market-data', contract: { symbol: 'IBM', primaryExch: 'NYSE' } },
    ]);
    gateway.say(`81|${gateway.newest('market-data')}|0.01||3`);
    await bench.pass(4_000);
    expect(bench.state).toBe('live');
  });

  it('waits 15 s before it asks for prints of an instrument again, and takes none of the old request', async () => {
    const gateway = await open(['trades']);
    gateway.ready();
    const old = gateway.newest('tick-by-tick');
    gateway.say(`99|${old}|2|${SECONDS}|271|100|0|ARCA|`);
    gateway.notice(1101);
    gateway.say(`99|${old}|2|${SECONDS}|271|100|0|ARCA|`);
    await bench.pass(10_000);
    expect(gateway.ofType('tick-by-tick')).toHaveLength(1);
    await bench.pass(7_000);
    expect(gateway.ofType('tick-by-tick')).toHaveLength(2);
    gateway.say(`99|${gateway.newest('tick-by-tick')}|2|${SECONDS + 17}|272|100|0|ARCA|`);
    await settle();
    expect(bench.count('trades')).toBe(2);
    expect(gateway.ofType('cancel')).toEqual([]);
  });

  it('tells a sample at the marker when nothing comes after it', async () => {
    const gateway = await open(['quotes']);
    gateway.ready();
    const id = gateway.newest('market-data');
    gateway.say(`1|6|${id}|1|271.01|300|1`, `1|6|${id}|2|271.03|500|1`);
    await settle();
    expect(bench.count('quotes')).toBe(0);
    await bench.pass(1_000);
    expect(bench.count('quotes')).toBe(1);
  });

  it('asks once more for what is not confirmed, gives it up then, and the connection when that is everything', async () => {
    const gateway = await open(['quotes', 'bars']);
    gateway.ready();
    gateway.say(`17|${gateway.newest('bars')}|||0`);
    await bench.pass(11_000);
    expect(gateway.ofType('market-data')).toHaveLength(2);
    expect(gateway.ofType('cancel')).toMatchObject([{ what: 'market-data', id: 1 }]);
    await bench.pass(11_000);
    const [quotes] = bench.source.status().streams;
    expect(quotes?.state.rejection).toBe('never confirmed');
    expect(bench.state).toBe('live');
    gateway.drop();
    await bench.pass(2_000);
    bench.gateway.ready();
    await bench.pass(30_000);
    expect(bench.markers('reconnect').length).toBeGreaterThan(0);
    expect(bench.source.status().message).toMatch(/unconfirmed/);
  });

  it('gives a request whose number is in use another one, far from it', async () => {
    const gateway = await open(['quotes']);
    gateway.ready();
    gateway.notice(322, "Error processing request.-'bW' : cause - Duplicate ticker id", 1);
    expect(gateway.newest('market-data')).toBeGreaterThan(1_000);
    gateway.notice(102, 'Duplicate ticker ID', gateway.newest('market-data'));
    expect(gateway.newest('market-data')).toBeGreaterThan(2_000);
  });

  it('ends when TWS is not ready in time, or answers no ping, and tries again', async () => {
    await open(['quotes']);
    await bench.pass(17_000);
    expect(bench.source.status().message).toMatch(/did not say that it is ready/);
    await bench.pass(2_000);
    const { gateway } = bench;
    gateway.ready();
    gateway.say(`81|${gateway.newest('market-data')}|0.01||3`);
    await bench.pass(12_000);
    expect(gateway.ofType('current-time')).toHaveLength(1);
    gateway.say('49|1|1767625200');
    await bench.pass(30_000);
    expect(bench.gateways.all.at(-1)).toBe(gateway);
    await bench.pass(7_000);
    expect(bench.source.status().message).toMatch(/silent/);
  });

  it('does not go on with another account than the one that is configured', async () => {
    const gateway = await open(['quotes'], { account: 'DU2' });
    gateway.ready();
    await settle();
    expect(gateway.isClosed).toBe(true);
    expect(gateway.requests).toEqual([]);
    expect(bench.source.status().message).toMatch(/account DU2 is not logged in/);
  });

  it('is down while TWS has lost the venue, and judges nothing meanwhile', async () => {
    const gateway = await open(['quotes']);
    gateway.ready();
    gateway.say(`81|${gateway.newest('market-data')}|0.01||3`);
    gateway.notice(1100);
    for (let minute = 0; minute < 5; minute++) {
      gateway.say('49|1|1767625200');
      await bench.pass(30_000);
    }
    expect(bench.state).toBe('down');
    expect(gateway.ofType('market-data')).toHaveLength(1);
    gateway.notice(1102);
    await bench.pass(1_000);
    expect(bench.state).toBe('live');
    expect(gateway.ofType('market-data')).toHaveLength(1);
  });

  it('takes prints for served only when the farm is there that TWS said is cut off before they were asked for', async () => {
    const gateway = await open(['trades']);
    const stream = (): { readonly stale: boolean } => {
      const [only] = bench.source.status().streams;
      if (only === undefined) throw new Error('nothing is followed');
      return only.state;
    };
    gateway.notice(2103, 'Market data farm connection is broken:usfarm');
    gateway.notice(2103, 'Market data farm connection is broken:usfuture');
    gateway.ready();
    await bench.pass(5_000);
    expect(bench.state).toBe('live');
    expect(stream().stale).toBe(true);
    gateway.notice(2104, 'Market data farm connection is OK:usfuture');
    expect(stream().stale).toBe(true);
    gateway.notice(2104, 'Market data farm connection is OK:usfarm');
    expect(stream().stale).toBe(false);
  });

  it('states holes that another replica left open, and fetches nothing that came live after them', async () => {
    const left = { lastId: null, lastEventTime: AT - 60_000_000, openHoles: [], uncounted: 2 };
    bench = new Bench(['trades'], {}, undefined, () => left);
    await settle();
    bench.gateway.ready();
    bench.gateway.say(`99|1|2|${SECONDS}|271|100|0|ARCA|`);
    await bench.pass(20_000);
    expect(bench.markers('repair')).toMatchObject([
      { kind: 'trades', instrument: 'AAPL.US', firstId: null, outcome: 'unrepairable' },
      { outcome: 'unrepairable' },
    ]);
    expect(bench.markers('gap')).toEqual([]);
    expect(bench.source.status().streams[0]?.state.suspect).toBe(2);
    expect(bench.gateways.all).toHaveLength(1);
  });

  it('takes instruments on and gives them up without a word about the others', async () => {
    const gateway = await open(['quotes']);
    gateway.ready();
    gateway.say('81|1|0.01||3');
    bench.subscription.add(['IBM.US', 'AAPL.US']);
    expect(gateway.ofType('market-data').map(({ contract }) => contract.symbol)).toEqual(['AAPL', 'IBM']);
    gateway.say('1|6|2|1|240|100|0', '1|6|2|2|241|100|0');
    bench.subscription.remove(['AAPL.US']);
    expect(gateway.ofType('cancel')).toMatchObject([{ id: 1, what: 'market-data' }]);
    gateway.say('1|6|1|1|271|100|0');
    await bench.pass(1_000);
    expect(bench.count('quotes')).toBe(1);
    expect(bench.source.status().streams.map(({ state }) => state.stream.listing.instrument)).toEqual([
      'IBM.US',
    ]);
  });

  it('does not take more lines than the account has', async () => {
    const gateway = await open(['quotes'], { marketDataLines: 1 });
    bench.subscription.add(['IBM.US']);
    gateway.ready();
    expect(gateway.ofType('market-data')).toHaveLength(1);
    expect(bench.source.status().streams[1]?.state.rejection).toMatch(/all 1 lines/);
  });

  it('stops reading while nobody takes what came', async () => {
    const gateway = await open(['trades'], {}, 3);
    gateway.ready();
    for (let index = 0; index < 3; index++) gateway.say(`99|1|2|${SECONDS}|27${index}|100|0|ARCA|`);
    expect(gateway.isPaused).toBe(true);
    const reader = bench.subscription[Symbol.asyncIterator]();
    await reader.next();
    expect(gateway.isPaused).toBe(true); // what it has taken is still in memory
    void reader.next();
    await settle();
    expect(gateway.isPaused).toBe(false);
  });

  it('puts a message that it cannot read aside with its bytes, and goes on', async () => {
    const gateway = await open(['trades']);
    gateway.ready();
    gateway.say(`99|1|2|${SECONDS}|27x|100|0|ARCA|`, `99|1|2|${SECONDS}|271|100|0|ARCA|`);
    await settle();
    expect(bench.count('trades')).toBe(1);
    expect(bench.markers('refused')).toMatchObject([{ code: 'bad-number', instrument: 'AAPL.US' }]);
    const [refused] = bench.events.filter(
      (event) => event.type === 'marker' && event.marker.type === 'refused',
    );
    expect(refused !== undefined && 'bytes' in refused && refused.bytes?.toString()).toBe(
      `99|1|2|${SECONDS}|27x|100|0|ARCA||`.replaceAll('|', '\0'),
    );
  });
});
