import { createParser as binance } from '@concord/ingestor-binance';
import { createParser as coinbase } from '@concord/ingestor-coinbase';
import { createParser as kraken } from '@concord/ingestor-kraken';
import {
  byVenueSymbol,
  parseExactJson,
  type FrameParser,
  type Listing,
  type ParserContext,
} from '@concord/sources';
import type { Measure, Scenario, ScenarioContext } from './harness/scenario.ts';
import { medianMeasure } from './harness/statistics.ts';

const FRAMES = 4_000;
const PASS_MS = 400;
const RECEIVED = 1_786_309_560_500_000;

interface Load {
  readonly name: string;
  readonly symbol: string;
  readonly createParser: (context: ParserContext) => FrameParser;
  /** Frame `n` of a session, as the venue writes it. */
  frame(n: number): string;
  readonly atLeast?: number;
}

function price(n: number): string {
  return (65_000 + ((n * 7) % 9_973) / 100).toFixed(2);
}

function size(n: number): string {
  return (((n * 13) % 99_991) / 100_000 + 0.000_01).toFixed(8);
}

function rfc3339(n: number): string {
  const second = String(n % 60).padStart(2, '0');
  return `2026-08-09T21:05:${second}.${String((n * 7_919) % 1_000_000).padStart(6, '0')}Z`;
}

const LOADS: readonly Load[] = [
  {
    name: 'binance aggTrade',
    symbol: 'BTCUSDT',
    createParser: binance,
    frame: (n) =>
      `{"stream":"btcusdt@aggTrade","data":{"e":"aggTrade","E":${1_786_309_560_400 + n},"s":"BTCUSDT","a":${3_170_000 + n},"p":"${price(n)}0000","q":"${size(n)}","f":${5_248_910 + 2 * n},"l":${5_248_911 + 2 * n},"T":${1_786_309_560_399 + n},"m":${n % 2 === 0},"M":true}}`,
    atLeast: 500_000,
  },
  {
    name: 'binance bookTicker',
    symbol: 'BTCUSDT',
    createParser: binance,
    frame: (n) =>
      `{"stream":"btcusdt@bookTicker","data":{"u":${400_900_217 + n},"s":"BTCUSDT","b":"${price(n)}0000","B":"${size(n)}","a":"${price(n + 1)}0000","A":"${size(n + 1)}"}}`,
    atLeast: 500_000,
  },
  {
    name: 'coinbase market_trades',
    symbol: 'BTC-USD',
    createParser: coinbase,
    frame: (n) =>
      `{"channel":"market_trades","timestamp":"${rfc3339(n)}","sequence_num":${n},"events":[{"type":"update","trades":[{"product_id":"BTC-USD","trade_id":"${1_068_572_091 + n}","price":"${price(n)}","size":"${size(n)}","time":"${rfc3339(n)}","side":"SELL"}]}]}`,
    atLeast: 250_000,
  },
  {
    name: 'coinbase l2_data',
    symbol: 'BTC-USD',
    createParser: coinbase,
    frame: (n) => {
      const level = (side: string, at: string, of: string): string =>
        `{"side":"${side}","event_time":"${rfc3339(n)}","price_level":"${at}","new_quantity":"${of}"}`;
      const updates =
        n === 0
          ? [level('bid', '64000.00', '1'), level('offer', '66000.00', '1')]
          : [level('bid', '64000.00', size(n)), level('offer', (65_100 + (n % 50)).toFixed(2), size(n + 1))];
      return `{"channel":"l2_data","timestamp":"${rfc3339(n)}","sequence_num":${n},"events":[{"type":"${n === 0 ? 'snapshot' : 'update'}","product_id":"BTC-USD","updates":[${updates.join(',')}]}]}`;
    },
    atLeast: 250_000,
  },
  {
    name: 'kraken trade',
    symbol: 'BTC/USD',
    createParser: kraken,
    frame: (n) =>
      `{"channel":"trade","type":"update","data":[{"symbol":"BTC/USD","side":"buy","price":${price(n)},"qty":${size(n)},"ord_type":"limit","trade_id":${4_665_906 + n},"timestamp":"${rfc3339(n)}"}]}`,
    atLeast: 250_000,
  },
  {
    name: 'kraken ticker',
    symbol: 'BTC/USD',
    createParser: kraken,
    frame: (n) =>
      `{"channel":"ticker","type":"update","data":[{"symbol":"BTC/USD","bid":${price(n)},"bid_qty":${size(n)},"ask":${price(n + 1)},"ask_qty":${size(n + 1)},"last":${price(n)},"volume":2867.54532609,"vwap":${price(n)},"low":64675.2,"high":65252.9,"change":62.1,"change_pct":0.1,"timestamp":"${rfc3339(n)}"}]}`,
    atLeast: 250_000,
  },
];

function contextFor(symbol: string): ParserContext {
  const listing: Listing = {
    source: 'bench',
    instrument: 'BTC-USD',
    symbol,
    market: null,
    currency: 'USD',
    sizeUnit: 'BTC',
    partition: 0,
  };
  return { session: 'bench', ordinals: { next: 1 }, listings: byVenueSymbol([listing]) };
}

/** CPU time of this thread: what other processes take of the core does not count. */
function cpuMs(): number {
  const { user, system } = process.threadCpuUsage();
  return (user + system) / 1_000;
}

/** Frames a second of one core over one pass; every frame must give at least one record. */
function framesPerSecond(texts: readonly string[], read: (text: string) => number): number {
  let frames = 0;
  let records = 0;
  const startMs = cpuMs();
  let elapsedMs = 0;
  while (elapsedMs < PASS_MS) {
    for (const text of texts) records += read(text);
    frames += texts.length;
    elapsedMs = cpuMs() - startMs;
  }
  if (records < frames) throw new Error(`${frames - records} frames gave no record`);
  return frames / (elapsedMs / 1_000);
}

function once(load: Load): number {
  const texts = Array.from({ length: FRAMES }, (_, n) => load.frame(n));
  let parser = load.createParser(contextFor(load.symbol));
  let seen = 0;
  return framesPerSecond(texts, (text) => {
    // A session's sequence begins anew with each pass over the frames.
    if (seen++ % FRAMES === 0) parser = load.createParser(contextFor(load.symbol));
    const { trades, quotes } = parser.parse(text, RECEIVED);
    return trades.length + quotes.length;
  });
}

async function run({ rounds, onProgress }: ScenarioContext): Promise<Measure[]> {
  const results = new Map<string, number[]>();
  const note = (name: string, value: number): void => {
    results.set(name, [...(results.get(name) ?? []), value]);
  };
  for (let round = 0; round <= rounds; round++) {
    onProgress(round === 0 ? 'warming up' : `round ${round}`);
    for (const load of LOADS) {
      const texts = Array.from({ length: FRAMES }, (_, n) => load.frame(n));
      const figures = [
        [load.name, once(load)],
        [
          `${load.name}, JSON.parse alone`,
          framesPerSecond(texts, (text) => (JSON.parse(text) === null ? 0 : 1)),
        ],
      ] as const;
      if (round > 0) for (const [name, figure] of figures) note(name, figure);
    }
    const text = LOADS[4]?.frame(1) ?? '';
    const exact = framesPerSecond([text], (one) => (parseExactJson(one) === undefined ? 0 : 1));
    if (round > 0) note('exact JSON of a kraken trade', exact);
  }
  const bound = new Map(LOADS.map(({ name, atLeast }) => [name, atLeast]));
  return [...results].map(([name, values]) => {
    const atLeast = bound.get(name);
    return medianMeasure(name, 'frames/s', values.map(Math.round), atLeast === undefined ? {} : { atLeast });
  });
}

export const scenario: Scenario = {
  says: 'parsing alone: frame text to exact raw records, one core, beside JSON.parse of the same text',
  run,
};
