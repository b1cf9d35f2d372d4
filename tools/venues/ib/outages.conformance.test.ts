import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { AAPL, BTC, TestGateway, TwsClient } from './testing/gateway.ts';

describe('the simulated gateway on command', () => {
  let gateway: TestGateway;
  let client: TwsClient;
  beforeEach(async () => {
    gateway = await TestGateway.open({ limits: { 'tick-by-tick-repeat': 'off' }, rate: 300 });
    client = await gateway.client(1);
    subscribe(client);
    await client.until(() => trades(client).length > 3 && client.ofType(1).length > 12);
  });
  afterEach(() => gateway[Symbol.asyncDispose]());

  const subscribe = (one: TwsClient): void => {
    one.send(97, 1, ...AAPL, 'AllLast', 0, 0);
    one.send(1, 11, 2, ...AAPL, 0, '', 0, 0, '');
    one.send(20, 3, ...AAPL, 0, '', '1 min', '300 S', 0, 'TRADES', 2, 1, '');
  };
  const trades = (one: TwsClient): string[][] => one.ofType(99);
  const isData = ([type]: readonly string[]): boolean => ['1', '2', '46', '90', '99'].includes(type ?? '');
  /** Messages between two notices. */
  const between = (from: number, to: number): string[][] => {
    const at = (code: number): number =>
      client.messages.findIndex((one) => one[0] === '4' && one[3] === String(code));
    return client.messages.slice(at(from) + 1, at(to));
  };
  const more = async (count: number): Promise<string[][]> => {
    const { length } = client.messages;
    await client.until(() => client.messages.slice(length).filter(isData).length >= count, 'more data');
    return client.messages.slice(length);
  };

  it('loses connectivity and has it back with all lines: 1100, silence, 1102, and all goes on', async () => {
    gateway.inject({ kind: 'connectivity-lost', durationMs: 3_000 });
    await client.code(1100);
    client.send(9, 8, 40, ...AAPL, 0, '', '', '');
    await client.code(504, 40);
    await client.code(1102);
    expect(between(1100, 1102).filter(isData)).toEqual([]);
    const have = trades(client).length;
    await client.until(() => trades(client).length > have + 2);
  });

  it('loses connectivity and its data: 1100, 1101, and nothing comes until it is asked for again, with any id', async () => {
    gateway.inject({ kind: 'connectivity-lost', durationMs: 2_000, dataLost: true });
    await client.code(1101);
    expect(between(1100, 1101).filter(isData)).toEqual([]);
    const { length } = client.messages;
    const other = await gateway.client();
    subscribe(other);
    await other.until(() => trades(other).length > 10 && other.ofType(90).length > 0);
    expect(client.messages.slice(length).filter(isData)).toEqual([]);
    subscribe(client);
    await client.until(() => client.messages.slice(length).filter(isData).length > 20);
    expect(client.codes.some(([id]) => id > 0)).toBe(false);
  });

  it('loses the market data farm: 2103, no market data while history answers, 2104, and it goes on', async () => {
    gateway.inject({ kind: 'market-farm-broken', durationMs: 5_000 });
    await client.code(2103);
    client.send(20, 9, ...AAPL, 0, '', '1 min', '60 S', 0, 'TRADES', 2, 0, '');
    await client.until(() => client.ofType(17).some((fields) => fields[1] === '9'));
    await client.until(() => client.codes.filter(([, code]) => code === 2104).length > 1);
    const silent = client.messages.slice(client.messages.findIndex((one) => one[3] === '2103'));
    const end = silent.findIndex((one) => one[3] === '2104');
    expect(silent.slice(0, end).filter((one) => isData(one) && one[0] !== '90')).toEqual([]);
    await more(20);
  });

  it('may lose the lines of a farm without a word of it', async () => {
    gateway.inject({ kind: 'market-farm-broken', durationMs: 1_000, dataLost: true });
    await client.until(() => client.codes.filter(([, code]) => code === 2104).length > 1);
    const have = trades(client).length;
    await client.until(() => client.ofType(90).length > 2);
    expect(trades(client)).toHaveLength(have);
  });

  it('loses the history farm: 2105, requests get 162, 2106, and they are answered', async () => {
    gateway.inject({ kind: 'history-farm-broken', durationMs: 3_000 });
    await client.code(2105);
    client.send(20, 9, ...AAPL, 0, '', '1 min', '60 S', 0, 'TRADES', 2, 0, '');
    await client.code(162, 9);
    await client.until(() => client.codes.filter(([, code]) => code === 2106).length > 1);
    client.send(20, 10, ...AAPL, 0, '', '1 min', '60 S', 0, 'TRADES', 2, 0, '');
    await client.until(() => client.ofType(17).some((fields) => fields[1] === '10'));
  });

  it('says that a farm rests, which changes nothing', async () => {
    gateway.inject({ kind: 'farm-idle' });
    await client.code(2108);
    await more(20);
  });

  it('gives the market data to a competing session: 10197 for each line, silence, and it comes back', async () => {
    gateway.inject({ kind: 'competing-session', durationMs: 3_000 });
    await client.code(10197, 1);
    await client.code(10197, 2);
    client.send(97, 8, ...BTC, 'BidAsk', 0, 0);
    await client.code(10197, 8);
    const have = trades(client).length;
    await client.until(() => trades(client).length > have + 2);
    expect(client.has(10197, 3)).toBe(false);
  });

  it('restarts: connections drop, nothing listens for a while, then the same port answers', async () => {
    const { port } = gateway;
    gateway.inject({ kind: 'restart', durationMs: 5_000 });
    await client.closed;
    const early = gateway.dial();
    await early.closed;
    expect(early.messages).toEqual([]);
    for (;;) {
      const again = await gateway.client(1);
      if (again.isClosed) continue;
      subscribe(again);
      await again.until(() => trades(again).length > 2);
      break;
    }
    expect(gateway.port).toBe(port);
    expect(gateway.stats.faults['restart']).toBe(1);
  });

  it('moves to another port and says which', async () => {
    gateway.inject({ kind: 'port-reset' });
    await client.closed;
    const text = client.ofType(4).find((fields) => fields[3] === '1300')?.[4] ?? '';
    const moved = new TwsClient(Number(/(\d+)$/.exec(text)?.[1]));
    moved.greet();
    await moved.until(() => moved.messages.length > 0);
    await moved[Symbol.asyncDispose]();
    const old = gateway.dial();
    await old.closed;
  });

  it('cuts connections: at once, within a message, at an age, planned', async () => {
    gateway.inject({ kind: 'cut-mid-frame' });
    await client.closed;
    expect(client.pieces).toBeGreaterThan(0);
    for (const fault of [
      { kind: 'cut' },
      { kind: 'planned-cut', leadMs: 500 },
      { kind: 'session-limit', durationMs: 2_000 },
    ] as const) {
      const next = await gateway.client();
      gateway.inject(fault);
      await next.closed;
      expect(gateway.stats.faults[fault.kind]).toBe(1);
    }
  });

  it('says nothing, drops who connects, sends what makes no sense', async () => {
    gateway.inject({ kind: 'silence', durationMs: 2_000 });
    gateway.inject({ kind: 'refuse-upgrade', durationMs: 2_000 });
    const early = gateway.dial();
    await early.closed;
    await client.until(() => (gateway.stats.faults['silence'] ?? 0) > 5);
    for (const kind of ['garbage', 'half-frame', 'unknown-symbol', 'huge-frame'] as const)
      gateway.inject({ kind });
    await client.until(() => client.messages.some((fields) => (fields[4]?.length ?? 0) > 5_000_000));
    expect(client.messages.some(([type]) => type?.startsWith('<html>'))).toBe(true);
    expect(client.messages.some((fields) => fields[0] === '1' && fields.length === 3)).toBe(true);
    await more(10);
  });

  it('leaves out, doubles and mutes ticks of a symbol', async () => {
    const other = await gateway.client();
    other.send(97, 1, ...AAPL, 'AllLast', 0, 0);
    await other.until(() => trades(other).length > 1);
    const texts = (one: TwsClient): string[] => trades(one).map((fields) => fields.join('|'));
    gateway.inject({ kind: 'duplicate', symbol: 'AAPL', data: 'trades', count: 40 });
    const doubled = (): number => texts(other).filter((text, i, all) => text === all[i - 1]).length;
    await other.until(() => gateway.stats.faults['duplicate'] === 40 && doubled() > 0);
    gateway.inject({ kind: 'mute', symbol: 'AAPL', data: 'trades', durationMs: 2_000 });
    await client.until(() => (gateway.stats.faults['mute'] ?? 0) > 5);
    gateway.inject({ kind: 'gap', symbol: 'AAPL', data: 'trades', count: 5 });
    await client.until(() => gateway.stats.faults['gap'] === 5);
  });

  it('shows -1 where nobody bids or offers', async () => {
    gateway.inject({ kind: 'no-quote', symbol: 'AAPL', durationMs: 2_000 });
    const prices = (): string[] => client.ofType(1).filter((fields) => fields[3] === '1').map((fields) => `${fields[4]}/${fields[5]}`); // prettier-ignore
    await client.until(() => prices().includes('-1/-1'));
    const at = prices().length;
    await client.until(() => prices().length > at);
    expect(prices().at(-1)).not.toBe('-1/-1');
  });
});
