import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { formatFixed, PRODUCT_SCALE } from '@concord/model';
import type { CleanTrade } from '@concord/codec';
import { until } from '@concord/testkit';
import { describe, expect, it } from 'vitest';
import { runPipeline, type Read } from './pipeline-run.ts';

const REALDATA = join(import.meta.dirname, '../../shared/realdata');
const ORACLES = join(REALDATA, 'oracles.json');

interface TradeOracle {
  count: number;
  live: number;
  snapshot: number;
  buy_taker: number;
  sell_taker: number;
  qty: string;
  notional: string;
  first_id: number;
  last_id: number;
}

interface Oracle {
  trades: Record<string, TradeOracle>;
  trades_total: number;
}

const RECORDINGS = ['binance-2021-04-17', 'binance-2021-08-14', 'coinbase-advanced-2026-08-09'];
/** Of the recording's own pace; the clock of the whole pipeline runs as fast. */
const SPEED = 5;

/** How much later than recorded a record may be stamped: what a busy machine takes to read one burst. */
const LATE_MS = 3_000;

/** When each trade's frame was recorded, ms since 1970, by symbol and id. */
function timesOfTrades(file: string): Map<string, number> {
  const times = new Map<string, number>();
  for (const line of gunzipSync(readFileSync(file)).toString('utf8').split('\n')) {
    const { t, ts, data } = JSON.parse(line === '' ? '{}' : line) as {
      t?: string;
      ts?: number;
      data?: string;
    };
    if (t !== 'recv' || ts === undefined || data === undefined) continue;
    const binance = /"e":"aggTrade".*"s":"(\w+)","a":(\d+)/.exec(data);
    const found = binance === null ? [] : [binance];
    if (data.includes('"channel":"market_trades"')) {
      found.push(...data.matchAll(/"product_id":"([\w-]+)","trade_id":"(\d+)"/g));
    }
    for (const [, symbol, id] of found) {
      const key = `${symbol} ${id}`;
      if (!times.has(key)) times.set(key, ts * 1_000);
    }
  }
  return times;
}

function figuresOf(records: readonly CleanTrade[]): Record<string, unknown> {
  const count = (predicate: (trade: CleanTrade) => boolean): number => records.filter(predicate).length;
  const ids = records.flatMap(({ firstId, lastId }) => [Number(firstId), Number(lastId)]);
  return {
    count: records.length,
    live: count(({ origin }) => origin === 'LIVE'),
    snapshot: count(({ origin }) => origin === 'SNAPSHOT'),
    buy_taker: count(({ side }) => side === 'BUY'),
    sell_taker: count(({ side }) => side === 'SELL'),
    qty: formatFixed(records.reduce((sum, { size }) => sum + size, 0n)),
    notional: formatFixed(
      records.reduce((sum, { price, size }) => sum + price * size, 0n),
      PRODUCT_SCALE,
    ),
    first_id: Math.min(...ids),
    last_id: Math.max(...ids),
  };
}

function oracleFigures(oracle: TradeOracle): Record<string, unknown> {
  const { count, live, snapshot, buy_taker, sell_taker, qty, notional, first_id, last_id } = oracle;
  return { count, live, snapshot, buy_taker, sell_taker, qty, notional, first_id, last_id };
}

function bySymbol(trades: readonly Read<CleanTrade>[]): Map<string, CleanTrade[]> {
  const groups = new Map<string, CleanTrade[]>();
  for (const { value } of trades)
    groups.set(value.venueSymbol, [...(groups.get(value.venueSymbol) ?? []), value]);
  return groups;
}

describe.skipIf(!existsSync(ORACLES))(
  'a recording played through the whole pipeline (needs ../shared/realdata)',
  () => {
    const oracles = existsSync(ORACLES)
      ? (JSON.parse(readFileSync(ORACLES, 'utf8')) as Record<string, Oracle>)
      : {};

    it.each(RECORDINGS)(
      '%s arrives in clean.trades with every id once and the exact sums of its oracle',
      async (name) => {
        const file = `frames/${name}.jsonl.gz`;
        const oracle = oracles[file] as Oracle;
        await using run = await runPipeline({
          name: 'recording',
          mode: 'recording',
          recordings: [join(REALDATA, file)],
          speed: SPEED,
        });
        await run.pipeline.venues?.finished;
        const trades = await until(
          `all ${oracle.trades_total} trades in clean.trades`,
          async () => {
            const read = await run.read('clean.trades');
            return read.length >= oracle.trades_total ? read : undefined;
          },
          { everyMs: 200 },
        );
        expect(trades).toHaveLength(oracle.trades_total);
        const groups = bySymbol(trades);
        expect([...groups.keys()].sort()).toEqual(Object.keys(oracle.trades).sort());
        for (const [symbol, records] of groups) {
          const ids = new Set(records.map(({ firstId, lastId }) => `${firstId}-${lastId}`));
          expect(ids.size, `${symbol}: ids that arrived once`).toBe(records.length);
          expect(figuresOf(records), symbol).toEqual(oracleFigures(oracle.trades[symbol] as TradeOracle));
        }
        expect(await run.read('quarantine'), 'a clean recording leaves nothing in quarantine').toEqual([]);
        expect((await run.read('consensus.trades')).length).toBeGreaterThan(0);
        expect((await run.read('consensus.quotes')).length).toBeGreaterThan(0);
      },
    );

    it.each(RECORDINGS)(
      '%s, as fast as it is read, arrives with every id once, each at the time at which it was recorded',
      async (name) => {
        const file = join(REALDATA, `frames/${name}.jsonl.gz`);
        const oracle = oracles[`frames/${name}.jsonl.gz`] as Oracle;
        await using run = await runPipeline({
          name: 'recording-max',
          mode: 'recording',
          recordings: [file],
          speed: 'max',
        });
        await run.pipeline.venues?.finished;
        const trades = await until(
          `all ${oracle.trades_total} trades in clean.trades`,
          async () => {
            const read = await run.read('clean.trades');
            return read.length >= oracle.trades_total ? read : undefined;
          },
          { everyMs: 200 },
        );
        const ids = trades.map(
          ({ value }) => `${value.instrument} ${value.idKind} ${value.firstId}-${value.lastId}`,
        );
        expect(new Set(ids).size).toBe(oracle.trades_total);
        expect(ids).toHaveLength(oracle.trades_total);
        expect(await run.read('quarantine')).toEqual([]);
        const times = timesOfTrades(file);
        for (const { value, timestampMs } of trades) {
          const recordedMs = times.get(`${value.venueSymbol} ${value.firstId}`) ?? Number.NaN;
          const lateMs = value.receiveTime / 1_000 - recordedMs;
          // A frame's time is told a millisecond at a time, and the machine's own time goes on while the frames of one burst are read.
          expect(lateMs, ids[0]).toBeGreaterThan(-1.001);
          expect(lateMs, ids[0]).toBeLessThan(LATE_MS);
          expect(timestampMs - recordedMs, 'log time follows').toBeLessThan(LATE_MS);
        }
      },
    );
  },
);
