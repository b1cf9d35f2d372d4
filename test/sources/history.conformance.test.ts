import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { BinanceHistory } from '@concord/ingestor-binance';
import { CoinbaseHistory } from '@concord/ingestor-coinbase';
import { KrakenHistory } from '@concord/ingestor-kraken';
import { OkxHistory } from '@concord/ingestor-okx';
import { parseFixed, type Micros } from '@concord/model';
import { SystemClock } from '@concord/runtime';
import {
  NotOffered,
  type History,
  type HistoryOptions,
  type Hole,
  type Listing,
  type RestReading,
} from '@concord/sources';
import { collect, until } from '@concord/testkit';
import type { RawTrade } from '@concord/codec';
import {
  startVenues,
  type VenueName,
  type Venues,
  type VenuesOptions,
  type VenueStats,
} from '@concord/venues';
import { afterEach, describe, expect, it } from 'vitest';

const SEED = 20_261_123;
const SYMBOLS = { binance: 'BTCUSDT', coinbase: 'BTC-USDT', kraken: 'BTC/USDT', okx: 'BTC-USDT' } as const;
type Source = keyof typeof SYMBOLS;

const BINANCE = { barInterval: '1m', timeUnit: 'millisecond', streamsPerConnection: 200 } as const;

const HISTORIES: Readonly<
  Record<string, { source: Source; open: (urls: readonly string[], options: HistoryOptions) => History }>
> = {
  'binance, aggregates': {
    source: 'binance',
    open: (urls, options) => new BinanceHistory(urls, { ...BINANCE, tradeStream: 'aggTrade' }, options),
  },
  'binance, single trades': {
    source: 'binance',
    open: (urls, options) => new BinanceHistory(urls, { ...BINANCE, tradeStream: 'trade' }, options),
  },
  coinbase: { source: 'coinbase', open: (urls, options) => new CoinbaseHistory(urls, options) },
  kraken: { source: 'kraken', open: (urls, options) => new KrakenHistory(urls, options) },
  okx: { source: 'okx', open: (urls, options) => new OkxHistory(urls, options) },
};

/** A clock that runs faster throughout: venue and client live by it, limits and waits included. */
class FastClock extends SystemClock {
  override monotonicMs(): number {
    return this.nowMicros() / 1_000;
  }
}

/** A history on its simulated venue over real sockets. */
class Tested implements AsyncDisposable {
  readonly url: string;
  readonly listing: Listing;
  readonly history: History;
  readonly readings = new Map<string, () => RestReading>();
  readonly #venues: readonly Venues[];
  readonly #clock: FastClock;
  readonly #name: string;
  readonly #source: Source;
  readonly #dir: string;

  private constructor(name: string, clock: FastClock, venues: readonly Venues[], dir: string) {
    const { source, open } = HISTORIES[name] ?? { source: 'binance', open: () => undefined as never };
    this.#name = name;
    this.#source = source;
    this.#clock = clock;
    this.#venues = venues;
    this.#dir = dir;
    this.listing = {
      source,
      instrument: 'BTC-USDT',
      symbol: SYMBOLS[source],
      market: null,
      currency: 'USDT',
      sizeUnit: 'BTC',
      partition: 0,
    };
    const urls = venues.map(({ addresses }) => addresses[source]?.restUrl ?? '');
    this.url = urls[0] ?? '';
    const restHost = (host: string, read: () => RestReading): void => void this.readings.set(host, read);
    this.history = open(urls, { clock, replica: 'test', counters: { restHost } });
  }

  static async open(
    name: string,
    options: Partial<VenuesOptions> & { clockSpeed?: number; hosts?: number } = {},
  ): Promise<Tested> {
    const { clockSpeed = 1, hosts = 1, ...more } = options;
    const clock = new FastClock({ speed: clockSpeed });
    const dir = mkdtempSync(join(tmpdir(), 'concord-history-'));
    const source: VenueName = HISTORIES[name]?.source ?? 'binance';
    const instrument = {
      id: 'BTC-USDT',
      symbols: SYMBOLS,
      priceTick: '0.01',
      sizeStep: '0.00001',
      startPrice: 65_000,
    };
    const venues: Venues[] = [];
    for (let host = 0; host < hosts; host++) {
      const truth = host === 0 ? { truthFile: join(dir, 'truth.jsonl') } : {};
      venues.push(
        await startVenues({
          clock,
          seed: SEED,
          instruments: [instrument],
          venues: [source],
          ...truth,
          ...more,
        }),
      );
    }
    return new Tested(name, clock, venues, dir);
  }

  inject(kind: 'rest-down' | 'rest-lag', durationMs: number, lagMs = 0): void {
    this.#venues[0]?.inject({ kind, durationMs, lagMs });
  }

  stats(host = 0): VenueStats {
    const stats = this.#venues[host]?.stats().venues[this.#source];
    if (stats === undefined) throw new Error(`no statistics of ${this.#source}`);
    return stats;
  }

  breakers(): string[] {
    return [...this.readings.values()].map((read) => read().breaker);
  }

  now(): Micros {
    return this.#clock.nowMicros();
  }

  hole(over: Partial<Hole>): Hole {
    return {
      listing: this.listing,
      kind: 'trades',
      ids: null,
      from: null,
      after: null,
      before: null,
      ...over,
    };
  }

  /** The trades of the last `seconds` that the venue has, oldest first: it may have begun later. */
  async recent(seconds: number): Promise<RawTrade[]> {
    const to = this.now();
    const pages = this.history.pages(this.listing, 'trades', null, to - seconds * 1_000_000, to, undefined);
    const trades: RawTrade[] = [];
    try {
      for await (const page of pages) trades.push(...(page as RawTrade[]));
    } catch (error) {
      if (!(error instanceof NotOffered)) throw error;
    }
    return trades;
  }

  async repair(hole: Hole): Promise<RawTrade[]> {
    return (await collect(this.history.repair(hole, undefined))) as RawTrade[];
  }

  /** Ends the venue and gives what it made: the ids of trades, or of the trades in an aggregate, with price, size and taker's side. */
  async truth(): Promise<{ ids: { first: number; last: number }; text: string }[]> {
    await this.#close();
    const lines = readFileSync(join(this.#dir, 'truth.jsonl'), 'utf8').split('\n').slice(0, -1);
    return lines.flatMap((line) => {
      const value = JSON.parse(line) as Readonly<Record<string, string>>;
      if (value['kind'] !== 'trades') return [];
      const { id = '', firstTradeId = id, lastTradeId = id, price = '', size = '', side } = value;
      const isAggregates = this.#name === 'binance, aggregates';
      const [first, last] = isAggregates ? [id, id] : [firstTradeId, lastTradeId];
      const text = `${parseFixed(price)} ${parseFixed(size)} ${side}`;
      return [{ ids: { first: Number(first), last: Number(last) }, text }];
    });
  }

  async #close(): Promise<void> {
    for (const one of this.#venues) await one[Symbol.asyncDispose]();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#close();
    rmSync(this.#dir, { recursive: true, force: true });
  }
}

function range(first: number, last: number): number[] {
  return Array.from({ length: last - first + 1 }, (_, index) => first + index);
}

const idOf = (trade: RawTrade | undefined): number => Number(trade?.firstId);

describe.each(Object.keys(HISTORIES))(`repair at the simulated venue: %s (seed ${SEED})`, (name) => {
  const cleanUps: Tested[] = [];
  afterEach(async () => {
    for (const one of cleanUps.splice(0)) await one[Symbol.asyncDispose]();
  });

  async function open(options: Parameters<typeof Tested.open>[1]): Promise<Tested> {
    const tested = await Tested.open(name, options);
    cleanUps.push(tested);
    return tested;
  }

  it('fills a hole of thousands of trades: each id once asked for is there, as the venue made it', async () => {
    const tested = await open({ clockSpeed: 20, rate: 40 });
    let past: RawTrade[] = [];
    await until('2,600 trades', async () => (past = await tested.recent(600)).length > 2_600, {
      everyMs: 500,
    });
    const after = past[10];
    const before = past[2_500];
    const [first, last] = [idOf(after) + 1, idOf(before) - 1];
    const hole = tested.hole({
      ids: { first, last },
      from: after?.eventTime ?? null,
      after: after ?? null,
      before: before ?? null,
    });
    const repaired = new Map((await tested.repair(hole)).map((trade) => [idOf(trade), trade]));
    const missing = range(first, last).filter((id) => !repaired.has(id));
    expect(missing).toEqual([]);
    expect(tested.stats().breaches).toEqual({});
    const truth = (await tested.truth()).filter(({ ids }) => first <= ids.first && ids.last <= last);
    expect(truth.length).toBeGreaterThan(300);
    const wrong = truth.filter(({ ids, text }) => {
      const trades = range(ids.first, ids.last).map((id) => repaired.get(id));
      const size = trades.reduce((sum, trade) => sum + (trade?.size ?? 0n), 0n);
      return trades.some((trade) => text !== `${trade?.price} ${size} ${trade?.side}`);
    });
    expect(wrong).toEqual([]);
  });

  it('gives all trades since a time where no id is known', async () => {
    const tested = await open({ clockSpeed: 20, rate: 40 });
    let past: RawTrade[] = [];
    await until('600 trades', async () => (past = await tested.recent(600)).length > 600, { everyMs: 500 });
    const from = past[100]?.eventTime ?? 0;
    const ids = new Set((await tested.repair(tested.hole({ ids: null, from }))).map(idOf));
    const wanted = past.filter(({ eventTime }) => (eventTime ?? 0) >= from).map(idOf);
    expect(wanted.length).toBeGreaterThan(400);
    expect(wanted.filter((id) => !ids.has(id))).toEqual([]);
  });

  it('gives what is there while REST lags behind, and the rest when asked again', async () => {
    const tested = await open({ clockSpeed: 5, rate: 40 });
    await until('trades', async () => (await tested.recent(600)).length > 100);
    const past = await tested.recent(600);
    tested.inject('rest-lag', 600_000, 8_000);
    const [after, newest] = [past.at(-60), past.at(-1)];
    const ids = { first: idOf(after) + 1, last: idOf(newest) };
    const hole = tested.hole({ ids, from: after?.eventTime ?? null, after: after ?? null });
    const seen = new Set<number>();
    let attempts = 0;
    await until('the whole hole', async () => {
      attempts++;
      for (const trade of await tested.repair(hole)) seen.add(idOf(trade));
      return range(ids.first, ids.last).every((id) => seen.has(id));
    });
    expect(attempts).toBeGreaterThan(1);
  });
});

describe('budgets at the simulated venues', () => {
  it.each([
    ['binance, aggregates', 10],
    ['coinbase', 5],
    ['kraken', 80],
    ['okx', 10],
  ])('two hundred requests at once break no limit of %s', async (name, clockSpeed) => {
    await using tested = await Tested.open(name, { clockSpeed, rate: 5 });
    // An id that is not reached yet, so that one request tells all that there is.
    const ids = { first: Number.MAX_SAFE_INTEGER, last: Number.MAX_SAFE_INTEGER };
    const hole = tested.hole({ ids, from: tested.now() - 60_000_000 });
    await Promise.all(Array.from({ length: 200 }, () => tested.repair(hole)));
    expect(tested.stats().requests).toBeGreaterThanOrEqual(200);
    expect(tested.stats().breaches).toEqual({});
  });

  it('leaves to others with the same address what the headers say they have used', async () => {
    await using tested = await Tested.open('binance, aggregates', { clockSpeed: 20 });
    for (let i = 0; i < 23; i++) await fetch(`${tested.url}/api/v3/depth?symbol=BTCUSDT&limit=5000`);
    const hole = tested.hole({ ids: { first: 1, last: 1 } });
    await Promise.all(Array.from({ length: 200 }, () => tested.repair(hole)));
    expect(tested.stats().breaches).toEqual({});
    expect(tested.stats().peaks['weight']).toBeGreaterThan(5_900);
  });

  it('waits after a 429 as long as the venue says, everybody with it, and goes on without being banned', async () => {
    await using tested = await Tested.open('binance, aggregates', {
      clockSpeed: 20,
      limits: { weight: 0.02 },
    });
    const hole = tested.hole({ ids: { first: 1, last: 1 } });
    await Promise.all(Array.from({ length: 60 }, () => tested.repair(hole)));
    const { breaches } = tested.stats();
    expect(breaches['weight']).toBeGreaterThan(0);
    expect(breaches['ignored-waits']).toBeUndefined();
  });

  it('tells at once of a ban', async () => {
    await using tested = await Tested.open('binance, aggregates', { limits: { weight: 0.002 } });
    for (let i = 0; i < 20; i++) await fetch(`${tested.url}/api/v3/ping`);
    await expect(tested.repair(tested.hole({ ids: { first: 1, last: 1 } }))).rejects.toMatchObject({
      code: 'history-refused',
      status: 418,
      fate: 'retry',
    });
  });
});

describe('hosts that fail', () => {
  it('are left alone for a while; the next host answers, and the first again when it is back', async () => {
    await using tested = await Tested.open('binance, aggregates', { clockSpeed: 20, hosts: 2 });
    const hole = tested.hole({ ids: { first: 1, last: 1 } });
    tested.inject('rest-down', 30_000);
    for (let i = 0; i < 20; i++) await tested.repair(hole);
    expect(tested.breakers()[0]).not.toBe('CLOSED');
    expect(tested.stats(0).requests).toBeLessThan(12);
    expect(tested.stats(1).requests).toBe(20);
    await until('the first host is used again', async () => {
      await tested.repair(hole);
      return tested.breakers()[0] === 'CLOSED';
    });
    const before = tested.stats(1).requests;
    await tested.repair(hole);
    expect(tested.stats(1).requests).toBe(before);
  });
});
