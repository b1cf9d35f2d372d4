import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SystemClock } from '@concord/runtime';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { AAPL, BTC, TestGateway, type TwsClient } from './testing/gateway.ts';
import { encodeMessages, message } from './wire.ts';

describe('the simulated gateway', () => {
  let gateway: TestGateway;
  beforeAll(async () => {
    gateway = await TestGateway.open();
  });
  afterAll(() => gateway[Symbol.asyncDispose]());

  const marketData = (client: TwsClient, id: number, snapshot = 0, contract = AAPL): void =>
    client.send(1, 11, id, ...contract, 0, '', snapshot, 0, '');

  describe('at the handshake', () => {
    it('gives its version and time, the accounts, the next id and the state of the data farms', async () => {
      const client = await gateway.client();
      await client.code(2158);
      const [greeting, accounts, nextId, ...notices] = client.messages;
      expect(greeting).toEqual(['176', expect.stringMatching(/^\d{8} \d\d:\d\d:\d\d UTC$/)]);
      expect(accounts).toEqual(['15', '1', 'DU1234567']);
      expect(nextId).toEqual(['9', '1', '1']);
      expect(notices.map((fields) => fields.slice(0, 4))).toEqual(
        ['2104', '2106', '2158'].map((code) => ['4', '2', '-1', code]),
      );
    });

    it('reads a client whose bytes come one at a time', async () => {
      const client = gateway.dial();
      const greeting = Buffer.concat([Buffer.from('API\0'), encodeMessages(['v157..178'])]);
      for (const byte of greeting) client.write(Buffer.from([byte]));
      await client.until(() => client.messages.length === 1);
      for (const byte of encodeMessages([message(71, 2, 4711, '')])) client.write(Buffer.from([byte]));
      await client.some(9);
    });

    it('drops who is no client of the protocol, or of none of its versions', async () => {
      for (const greeting of ['GET / HTTP/1.1\r\n\r\n', 'API\0\0\0\0\x04nope']) {
        const client = gateway.dial();
        client.write(greeting);
        await client.closed;
        expect(client.messages).toEqual([]);
      }
      for (const versions of ['v100..175', 'v177..193']) {
        const client = gateway.dial();
        client.greet(versions);
        await client.closed;
      }
    });

    it('turns away a client id that is in use', async () => {
      await gateway.client(99);
      const second = await gateway.client(99);
      await second.closed;
      expect(second.codes).toEqual([[-1, 326]]);
    });
  });

  describe('about contracts', () => {
    it('gives the details of a share by symbol, of crypto by contract id, and 200 for what it does not list', async () => {
      const client = await gateway.client();
      client.send(9, 8, 1, ...AAPL, 0, '', '', '');
      client.send(9, 8, 2, ...BTC, 0, '', '', '');
      client.send(9, 8, 3, '', 'NOPE', ...AAPL.slice(2), 0, '', '', '');
      await client.code(200, 3);
      const [share, crypto] = client.ofType(10);
      expect(share?.slice(0, 14)).toEqual(
        ['10', '1', 'AAPL', 'STK', '', '0', '', 'SMART', 'USD', 'AAPL', 'NMS', 'NMS', '265598', '0.01'],
      ); // prettier-ignore
      expect(share).toContain('COMMON');
      expect(crypto?.slice(0, 14)).toEqual(
        ['10', '2', 'BTC', 'CRYPTO', '', '0', '', 'PAXOS', 'USD', 'BTC.USD', 'BTC', 'BTC', '479624278', '0.25'],
      ); // prettier-ignore
      expect(client.ofType(52)).toEqual([['52', '1', '1'], ['52', '1', '2']]); // prettier-ignore
    });

    it('gives the bands of a market rule that the details name', async () => {
      const client = await gateway.client();
      client.send(91, 26);
      client.send(91, 4);
      await client.until(() => client.codes.some(([, code]) => code === 321));
      expect(client.ofType(93)).toEqual([['93', '26', '1', '0.0', '0.01']]);
    });

    it('finds contracts by the beginning of their symbol', async () => {
      const client = await gateway.client();
      client.send(81, 5, 'ib');
      const [samples = []] = await client.some(79);
      expect(samples.slice(0, 7)).toEqual(['79', '5', '1', samples[3], 'IBM', 'STK', 'NYSE']);
    });

    it('tells the time, and that accounts and orders are empty', async () => {
      const client = await gateway.client();
      client.send(49, 1);
      for (const [type, ...fields] of [[61, 1], [5, 1], [7, 3, 8], [99, 0], [6, 2, 1, 'DU1234567'], [62, 1, 9]])
        client.send(type ?? 0, ...fields); // prettier-ignore
      const [time] = await client.some(49);
      expect(Math.abs(Number(time?.[2]) - Date.now() / 1_000)).toBeLessThan(3_600);
      for (const end of [62, 53, 55, 102, 54, 64]) await client.some(end);
      client.send(3, 1);
      await client.code(505);
    });
  });

  describe('on a line of market data', () => {
    it('begins with the kind of data, the steps and every tick there is, then tells what changes', async () => {
      const client = await gateway.client();
      marketData(client, 7);
      await client.until(() => client.messages.length > 80);
      const own = client.messages.slice(client.messages.findIndex((fields) => fields[0] === '58'));
      expect(own[0]).toEqual(['58', '1', '7', '1']);
      expect(own[1]?.slice(0, 3)).toEqual(['81', '7', '0.01']);
      const first = own.slice(2, 11).map((fields) => [fields[0], fields[3]]);
      expect(first).toEqual([
        ['1', '1'], ['1', '2'], ['46', '45'], ['1', '4'], ['2', '8'], ['1', '6'], ['1', '7'], ['1', '9'], ['1', '14'],
      ]); // prettier-ignore
      for (const [, , id, , price] of client.ofType(1)) {
        expect(id).toBe('7');
        expect(Number(price)).toBeGreaterThan(150);
        expect(price).toMatch(/^\d+(\.\d{1,2})?$/);
      }
      // A size alone is a message when the price beside it stays.
      await client.until(() => client.ofType(2).some((fields) => fields[3] === '0' || fields[3] === '3'));
    });

    it('never lowers the volume, and gives the time of the last trade in whole seconds', async () => {
      const client = await gateway.client();
      marketData(client, 7);
      await client.until(() => client.ofType(46).length > 3);
      const volumes = client.ofType(2).filter((fields) => fields[3] === '8').map((fields) => Number(fields[4])); // prettier-ignore
      expect(volumes).toEqual(volumes.toSorted((a, b) => a - b));
      expect(client.ofType(46).every((fields) => /^\d{10}$/.test(fields[4] ?? ''))).toBe(true);
    });

    it('gives a snapshot and ends it', async () => {
      const client = await gateway.client();
      marketData(client, 8, 1);
      await client.some(57);
      const { length } = client.messages;
      marketData(client, 9);
      await client.until(() => client.messages.length > length + 40);
      const later = client.messages.slice(length);
      expect(later.some((fields) => fields[2] === '8')).toBe(false);
    });

    it('samples the book every 250 ms: less often than it changes, and what it shows is what is there', async () => {
      const folder = await mkdtemp(join(tmpdir(), 'concord-ib-'));
      onTestFinished(() => rm(folder, { recursive: true }));
      const truthFile = join(folder, 'truth.jsonl');
      const bench = await TestGateway.open({ truthFile, rate: 2_000, clock: new SystemClock({ speed: 2 }) });
      const client = await bench.client();
      marketData(client, 1);
      await client.until(() => client.ofType(1).length > 40);
      bench.inject({ kind: 'silence', durationMs: 60_000 });
      await bench[Symbol.asyncDispose]();
      const lines = (await readFile(truthFile, 'utf8')).trimEnd().split('\n').map((line) => JSON.parse(line) as Truth); // prettier-ignore
      const quotes = lines.filter((line) => line.kind === 'quotes' && line.symbol === 'AAPL');
      const sampled = quotes.filter((line) => line.sampled === true);
      expect(sampled.length).toBeGreaterThan(5);
      expect(quotes.length).toBeGreaterThan(3 * sampled.length);
      const bids = client.ofType(1).filter((fields) => fields[3] === '1').map((fields) => Number(fields[4])); // prettier-ignore
      const wanted = sampled.map((line) => Number(line.bid));
      const changes = wanted.filter((bid, i) => bid !== wanted[i - 1]);
      expect(bids).toEqual(changes.slice(0, bids.length));
      expect(changes.length - bids.length).toBeLessThan(2);
    });

    it('ends when it is cancelled, and 300 is the answer to what is not open', async () => {
      const client = await gateway.client();
      marketData(client, 7);
      await client.until(() => client.ofType(1).length > 10);
      client.send(2, 1, 7);
      client.send(2, 1, 7);
      await client.code(300, 7);
      const { length } = client.messages;
      marketData(client, 8);
      await client.until(() => client.messages.length > length + 20);
      expect(client.messages.slice(length).some((fields) => fields[2] === '7')).toBe(false);
    });

    it('refuses an id that is open already with 322', async () => {
      const client = await gateway.client();
      marketData(client, 7);
      marketData(client, 7);
      await client.code(322, 7);
    });
  });

  describe('of a symbol that is not subscribed', () => {
    it('says 354 until delayed data is asked for, then 10167 and the delayed ticks', async () => {
      await using bench = await TestGateway.open({ unsubscribed: ['AAPL'] });
      const client = await bench.client();
      marketData(client, 1);
      await client.code(354, 1);
      client.send(59, 1, 3);
      marketData(client, 2);
      await client.code(10167, 2);
      await client.some(1, 3);
      expect(client.ofType(58)).toEqual([['58', '1', '2', '3']]);
      const types = new Set([...client.ofType(1), ...client.ofType(2), ...client.ofType(46)].map((one) => Number(one[3]))); // prettier-ignore
      expect([...types].every((type) => (type >= 66 && type <= 76) || type === 88)).toBe(true);
      expect([66, 67, 68].filter((type) => types.has(type))).toEqual([66, 67, 68]);
      client.send(97, 3, ...AAPL, 'AllLast', 0, 0);
      await client.code(10089, 3);
    });

    it('shows what was there a quarter of an hour before', async () => {
      const clock = new SystemClock({ speed: 600 });
      await using bench = await TestGateway.open({ unsubscribed: ['AAPL'], clock, rate: 20 });
      const client = await bench.client();
      client.send(59, 1, 3);
      marketData(client, 1);
      const lags = (): number[] => client.ofType(46).map((one) => clock.nowMs() / 1_000 - Number(one[4]));
      await client.until(() => client.ofType(46).length > 10);
      expect(Math.min(...lags().slice(0, 3))).toBeGreaterThan(60);
      const told = client.ofType(46).length;
      await client.until(() => client.ofType(46).length > told);
      expect(lags().at(-1)).toBeGreaterThan(900);
    });
  });
});

interface Truth {
  readonly kind: string;
  readonly symbol: string;
  readonly bid?: string;
  readonly sampled?: boolean;
}
