import type { RawBar, RawTrade } from '@concord/codec';
import { binance, BinanceHistory, binanceOptions, binanceVenue } from '@concord/ingestor-binance';
import { bybit } from '@concord/ingestor-bybit';
import { coinbase } from '@concord/ingestor-coinbase';
import { kraken } from '@concord/ingestor-kraken';
import { okx } from '@concord/ingestor-okx';
import { parseFixed } from '@concord/model';
import { addressesOf, type RawRecord, type VenueModule } from '@concord/sources';
import { TestDataSource } from '@concord/testkit';
import type { VenueInstrument, VenueName } from '@concord/venues';
import { describe, expect, it } from 'vitest';
import { INSTRUMENTS, SimulatedSource } from './simulated.ts';

const SEED = 20_261_124;
const SECOND_MICROS = 1_000_000;
/** On two busy cores. */

/** So many instruments, written as each venue writes its symbols. */
function pairs(count: number, more: Partial<VenueInstrument> = {}): VenueInstrument[] {
  return Array.from({ length: count }, (_, index) => {
    const base = `C${String(index).padStart(3, '0')}`;
    const [joined, dashed, slashed] = [`${base}USDT`, `${base}-USDT`, `${base}/USDT`];
    return {
      id: dashed,
      symbols: { binance: joined, bybit: joined, coinbase: dashed, okx: dashed, kraken: slashed },
      priceTick: '0.01',
      sizeStep: '0.001',
      startPrice: 100,
      ...more,
    };
  });
}

function tradesOf(test: SimulatedSource): RawTrade[] {
  return test.events.flatMap((event) => (event.type === 'records' ? event.trades : []));
}

function barsOf(test: SimulatedSource): RawBar[] {
  return test.events.flatMap((event) => (event.type === 'records' ? event.bars : []));
}

/** Binance with a day of so many milliseconds. */
function withDayOf(connectionMsMax: number): VenueModule {
  return {
    source: binance.source,
    createSource: (options) => {
      const own = binanceOptions(options.venue);
      const { endpoints, restUrls } = addressesOf(options.venue, { endpoints: [], restUrls: [] });
      const venue = binanceVenue(endpoints, own);
      const limits = { ...venue.limits, connectionMsMax };
      return new TestDataSource({ ...venue, limits }, new BinanceHistory(restUrls, own, options), options);
    },
  };
}

describe(`on its simulated venue (seed ${SEED})`, () => {
  it('Binance cuts each connection at the end of its day, and announces a shutdown: no trade is missed, and the venue has nothing to cut', async () => {
    const dayMs = 4_000;
    await using test = await SimulatedSource.start(withDayOf(dayMs), SEED, ['trades', 'quotes']);
    // The real margin is an hour and more; this one is for two busy cores.
    test.inject({ kind: 'session-limit', durationMs: dayMs + 6_000 });
    await test.until('three days', () => test.stats.connectionsTotal >= 4);
    const before = test.stats.connectionsTotal;
    test.inject({ kind: 'planned-cut', leadMs: 3_000 });
    await test.until('another connection', () => test.stats.connectionsTotal > before);
    await test.moreTrades();
    const { breaches, peaks, faults } = test.stats;
    expect(breaches).toEqual({});
    expect(peaks['messages'] ?? 0).toBeLessThanOrEqual(5);
    expect(faults['session-limit']).toBeUndefined();
    expect(test.markers('gap')).toEqual([]);
    expect(test.markers('reconnect').map(({ reason }) => reason)).not.toContain('closed');
    const made = await test.finish();
    for (const { id } of INSTRUMENTS) {
      const received = new Set(test.tradeIds(id));
      const [first, last] = [Math.min(...received), Math.max(...received)];
      expect(test.tradeIds(id)).toHaveLength(received.size);
      expect(made.get(id)?.filter((one) => one >= first && one <= last && !received.has(one))).toEqual([]);
    }
  });

  it.each([binance, coinbase, kraken, okx, bybit])(
    '$source is cut again and again with holes in every stream: repairs and new connections keep each of its limits',
    async (module) => {
      const instruments = pairs(8);
      await using test = await SimulatedSource.start(module, SEED, ['trades'], { instruments, rate: 12 });
      const isLive = (): boolean => test.source.status().state === 'LIVE';
      // What Bybit missed has no ids: a cut while the hole of the last one is still asked for makes that one wider, and its repair tells of both.
      const told = (): number =>
        test.markers('gap').length + (module === bybit ? test.markers('repair').length : 0);
      await test.until('live', isLive);
      for (let cut = 1; cut <= 3; cut++) {
        // A stream that has said nothing since the cut before has one hole, not two.
        await test.moreTrades();
        const [reconnects, before] = [test.source.status().reconnects, told()];
        test.inject({ kind: 'refuse-upgrade', durationMs: 1_000 });
        test.inject({ kind: 'cut' });
        await test.until('cut', () => test.source.status().reconnects > reconnects);
        await test.until('live again', isLive);
        // What a cut took may stand in the snapshots that come first; what is left out later does not.
        for (const { symbols } of instruments) {
          const symbol = symbols[module.source as VenueName] ?? '';
          test.inject({ kind: 'gap', data: 'trades', count: 1, symbol });
        }
        await test.until('holes', () => told() >= before + instruments.length);
      }
      const isWhole = (): boolean => instruments.every(({ id }) => test.missing(id).size === 0);
      await test.until('every hole is told of as closed or lost', isWhole);
      expect(test.stats.requests).toBeGreaterThan(0);
      expect(test.stats.breaches).toEqual({});
    },
  );

  it('1,050 streams of Binance are spread over connections that are each within its limit, and all of them come', async () => {
    const instruments = pairs(350);
    const options = { streamsPerConnection: 300 };
    await using test = await SimulatedSource.start(binance, SEED, ['trades', 'quotes', 'bars'], {
      instruments,
      options,
      rate: 0.2,
    });
    const { streams } = test.source.status();
    await test.until('live', () => test.source.status().state === 'LIVE');
    const quoted = (): Set<string> =>
      new Set(
        test.events.flatMap((event) =>
          event.type === 'records' ? event.quotes.map(({ instrument }) => instrument) : [],
        ),
      );
    await test.until('a quote of each', () => quoted().size === instruments.length);
    expect(streams.length).toBe(1_050);
    expect(test.stats.connections).toBe(4);
    expect(test.stats.peaks['streams']).toBeLessThanOrEqual(300);
    expect(test.stats.breaches).toEqual({});
  });

  it('Binance closes candles that are those of its trades, each window once, and REST has the same', async () => {
    await using test = await SimulatedSource.start(binance, SEED, ['trades', 'bars'], {
      options: { barInterval: '1s' },
    });
    const closed = (): RawBar[] => barsOf(test).filter(({ final }) => final);
    await test.until('closed candles', () => closed().length > 12);
    for (const { id } of INSTRUMENTS) {
      const trades = tradesOf(test).filter(({ instrument }) => instrument === id);
      const from = Math.ceil((trades[0]?.eventTime ?? 0) / SECOND_MICROS) * SECOND_MICROS;
      const to = Math.floor((trades.at(-1)?.eventTime ?? 0) / SECOND_MICROS) * SECOND_MICROS;
      const bars = closed().filter(
        ({ instrument, start, end }) => instrument === id && start >= from && end <= to,
      );
      expect(bars.length).toBeGreaterThan(2);
      expect(new Set(bars.map(({ start }) => start)).size).toBe(bars.length);
      const official: RawBar[] = [];
      for await (const page of test.source.getHistoricalData(id, 'bars', '1s', from, to))
        official.push(...page.filter(isBar));
      for (const { start, end, open, high, low, close, volume } of bars) {
        const inside = trades.filter(({ eventTime }) => (eventTime ?? 0) >= start && (eventTime ?? 0) < end);
        const told = { open, high, low, close, volume };
        if (inside.length > 0) expect(told).toEqual(candleOf(inside));
        expect(official.find((bar) => bar.start === start)).toMatchObject(told);
      }
    }
  });

  it.each([binance, coinbase, kraken, okx, bybit])(
    '$source tells prices of a hundred-millionth and sizes of millions exactly',
    async (module) => {
      const instruments = pairs(1, { priceTick: '0.00000001', sizeStep: '1', startPrice: '0.00000712' });
      await using test = await SimulatedSource.start(module, SEED, ['trades'], { instruments });
      const live = (): RawTrade[] => tradesOf(test).filter(({ origin }) => origin === 'LIVE');
      await test.until('trades', () => live().length > 20);
      const told = live();
      const sent = (await test.finishTrades()).filter(({ sentTo }) => sentTo > 0);
      const made = new Map(sent.map((trade) => [Number(trade.id), trade]));
      const compared = told.filter(({ lastId }) => made.has(Number(lastId)));
      expect(compared.length).toBeGreaterThan(10);
      for (const { firstId, lastId, price, size } of compared) {
        // OKX tells as one what filled one order.
        const [first, last] = [Number(firstId), Number(lastId)];
        const fills = Array.from({ length: last - first + 1 }, (_, index) => made.get(first + index));
        const sizes = fills.map((fill) => parseFixed(fill?.size ?? '') ?? 0n);
        expect(size).toBe(sizes.reduce((sum, one) => sum + one, 0n));
        for (const fill of fills) expect(price).toBe(parseFixed(fill?.price ?? ''));
        expect(price).toBeLessThan(parseFixed('0.0001') ?? 0n);
      }
    },
  );
});

function isBar(record: RawRecord): record is RawBar {
  return 'interval' in record;
}

function candleOf(trades: readonly RawTrade[]): Pick<RawBar, 'open' | 'high' | 'low' | 'close' | 'volume'> {
  const prices = trades.map(({ price }) => price);
  const [open = 0n, close = 0n] = [prices[0], prices.at(-1)];
  return {
    open,
    close,
    high: prices.reduce((a, b) => (a > b ? a : b), open),
    low: prices.reduce((a, b) => (a < b ? a : b), open),
    volume: trades.reduce((sum, { size }) => sum + (size ?? 0n), 0n),
  };
}
