import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { once } from 'node:events';
import { binance } from '@concord/ingestor-binance';
import { bybit } from '@concord/ingestor-bybit';
import { coinbase } from '@concord/ingestor-coinbase';
import { ib } from '@concord/ingestor-ib';
import { kraken } from '@concord/ingestor-kraken';
import { okx } from '@concord/ingestor-okx';
import { SystemClock } from '@concord/runtime';
import {
  HistoryFailed,
  StreamingDataSource,
  type AbstractDataSource,
  type HistoricalPage,
  type Listing,
  type VenueModule,
} from '@concord/sources';
import { silentLogger } from '@concord/testkit';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

const VENUES: readonly (readonly [VenueModule, symbol: string])[] = [
  [binance, 'BTCUSDT'],
  [bybit, 'BTCUSDT'],
  [coinbase, 'BTC-USDT'],
  [kraken, 'BTC/USDT'],
  [okx, 'BTC-USDT'],
  [ib, 'AAPL'],
];
const INSTRUMENT = 'A';
const MINUTE = 60_000_000;

function listingOf(source: string, symbol: string): Listing {
  return {
    source,
    instrument: INSTRUMENT,
    symbol,
    market: null,
    currency: 'USD',
    sizeUnit: 'A',
    partition: 0,
  };
}

describe.each(VENUES)('a request for the past of $source that is aborted', (venue, symbol) => {
  let server: Server;
  let source: AbstractDataSource;
  const sockets = new Set<Socket>();

  /** A venue that takes connections and says nothing. */
  beforeEach(async () => {
    server = createServer((socket) => void sockets.add(socket.on('error', () => undefined))).listen(
      0,
      '127.0.0.1',
    );
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    source = venue.createSource({
      venue: {
        host: '127.0.0.1',
        port,
        restUrl: [`http://127.0.0.1:${port}`],
        kinds: ['bars'],
        quotesEveryChange: false,
        sockets: 1,
        options: {},
      },
      listings: new Map([[INSTRUMENT, listingOf(venue.source, symbol)]]),
      clock: new SystemClock(),
      logger: silentLogger(),
      replica: 'test',
    });
  });
  afterEach(async () => {
    await source.disconnect();
    for (const socket of sockets) socket.destroy();
    sockets.clear();
    server.close();
  });

  async function read(signal: AbortSignal): Promise<void> {
    const now = Math.floor(Date.now() / 60_000) * MINUTE;
    for await (const page of source.getHistoricalData(
      INSTRUMENT,
      'bars',
      '1m',
      now - 10 * MINUTE,
      now,
      signal,
    ))
      void page;
  }

  it('before it began throws the AbortError of its signal, and asks for nothing', async () => {
    const signal = AbortSignal.abort();
    await expect(read(signal)).rejects.toBe(signal.reason);
    await expect(read(signal)).rejects.toMatchObject({ name: 'AbortError' });
    expect(sockets.size).toBe(0);
  });

  it('while the venue owes an answer throws the AbortError of its signal', async () => {
    const abort = new AbortController();
    const reading = read(abort.signal);
    reading.catch(() => undefined);
    await once(server, 'connection');
    abort.abort();
    await expect(reading).rejects.toBe(abort.signal.reason as Error);
    await expect(reading).rejects.toMatchObject({ name: 'AbortError' });
  });

  it('with a reason throws that', async () => {
    const abort = new AbortController();
    const reason = new RangeError('no longer wanted');
    const reading = read(abort.signal);
    reading.catch(() => undefined);
    await once(server, 'connection');
    abort.abort(reason);
    await expect(reading).rejects.toBe(reason);
  });

  it('between two tries throws the AbortError of its signal', async () => {
    const abort = new AbortController();
    server.on('connection', (socket) => socket.destroy());
    const reading = read(abort.signal);
    reading.catch(() => undefined);
    await once(server, 'connection');
    await once(server, 'connection');
    abort.abort();
    await expect(reading).rejects.toMatchObject({ name: 'AbortError' });
  });
});

/** A source whose past is what a test says. */
class Told extends StreamingDataSource<never> {
  protected override readonly history: { pages: () => AsyncIterable<HistoricalPage> };

  constructor(pages: () => AsyncIterable<HistoricalPage>) {
    super('told', {
      listings: new Map([[INSTRUMENT, listingOf('told', 'A')]]),
      clock: new SystemClock(),
      logger: silentLogger(),
      replica: 'test',
    });
    this.history = { pages };
  }

  protected override subscription(): never {
    throw new Error('nothing is live');
  }

  protected override served(): readonly [] {
    return [];
  }

  override refetch(): void {}
}

describe('a request for the past that is aborted', () => {
  const ask = (source: AbstractDataSource, signal: AbortSignal): AsyncIterable<HistoricalPage> =>
    source.getHistoricalData(INSTRUMENT, 'bars', '1m', 0, MINUTE, signal);

  it('throws after the page that it was aborted at, though it was the last one', async () => {
    const abort = new AbortController();
    const source = new Told(async function* () {
      yield [];
    });
    let pages = 0;
    const reading = (async () => {
      for await (const _ of ask(source, abort.signal)) {
        pages++;
        abort.abort();
      }
    })();
    await expect(reading).rejects.toMatchObject({ name: 'AbortError' });
    expect(pages).toBe(1);
  });

  it('throws the reason of its signal in place of what failed by it, and of nothing else', async () => {
    const abort = new AbortController();
    const failure = new HistoryFailed('history-unreachable', 'told');
    let isAborting = false;
    const source = new Told(async function* () {
      yield [];
      if (isAborting) abort.abort();
      throw failure;
    });
    const read = async (): Promise<void> => {
      for await (const _ of ask(source, abort.signal)) void _;
    };
    await expect(read()).rejects.toBe(failure);
    isAborting = true;
    await expect(read()).rejects.toMatchObject({ name: 'AbortError' });
  });
});
