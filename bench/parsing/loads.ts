import { createParser as binance } from '@concord/ingestor-binance';
import { createParser as bybit } from '@concord/ingestor-bybit';
import { createParser as coinbase } from '@concord/ingestor-coinbase';
import { createParser as kraken } from '@concord/ingestor-kraken';
import { createParser as okx } from '@concord/ingestor-okx';
import type { FrameParser, ParserContext } from '@concord/sources';
import type { MappedExchange } from './mappers.ts';

/** Frames of one type of one venue, as the venue writes them. */
export interface Load {
  readonly name: string;
  readonly symbol: string;
  readonly createParser: (context: ParserContext) => FrameParser;
  /** Frame `n` of a session. */
  frame(n: number): string;
  /** Frames a second. */
  readonly atLeast: number;
  /** The exchange whose mapper of tardis-dev reads the very same frames, where there is one. */
  readonly mapper: { readonly exchange: MappedExchange; readonly kind: 'trades' | 'quotes' } | null;
}

const MS = 1_786_309_560_400;

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

function list(count: number, entry: (index: number) => string): string {
  return Array.from({ length: count }, (_, index) => entry(index)).join(',');
}

const BINANCE: readonly Load[] = [
  {
    name: 'binance trade',
    symbol: 'BTCUSDT',
    createParser: binance,
    frame: (n) =>
      `{"stream":"btcusdt@trade","data":{"e":"trade","E":${MS + n},"s":"BTCUSDT","t":${5_248_910 + n},"p":"${price(n)}0000","q":"${size(n)}","T":${MS - 1 + n},"m":${n % 2 === 0},"M":true}}`,
    atLeast: 500_000,
    mapper: { exchange: 'binance', kind: 'trades' },
  },
  {
    name: 'binance aggTrade',
    symbol: 'BTCUSDT',
    createParser: binance,
    frame: (n) =>
      `{"stream":"btcusdt@aggTrade","data":{"e":"aggTrade","E":${MS + n},"s":"BTCUSDT","a":${3_170_000 + n},"p":"${price(n)}0000","q":"${size(n)}","f":${5_248_910 + 2 * n},"l":${5_248_911 + 2 * n},"T":${MS - 1 + n},"m":${n % 2 === 0},"M":true}}`,
    atLeast: 500_000,
    mapper: null,
  },
  {
    name: 'binance bookTicker',
    symbol: 'BTCUSDT',
    createParser: binance,
    frame: (n) =>
      `{"stream":"btcusdt@bookTicker","data":{"u":${400_900_217 + n},"s":"BTCUSDT","b":"${price(n)}0000","B":"${size(n)}","a":"${price(n + 1)}0000","A":"${size(n + 1)}"}}`,
    atLeast: 500_000,
    mapper: { exchange: 'binance', kind: 'quotes' },
  },
];

function level2(n: number): string {
  const level = (side: string, at: string, of: string): string =>
    `{"side":"${side}","event_time":"${rfc3339(n)}","price_level":"${at}","new_quantity":"${of}"}`;
  const updates =
    n === 0
      ? [level('bid', '64000.00', '1'), level('offer', '66000.00', '1')]
      : [level('bid', '64000.00', size(n)), level('offer', (65_100 + (n % 50)).toFixed(2), size(n + 1))];
  return `{"channel":"l2_data","client_id":"","timestamp":"${rfc3339(n)}","sequence_num":${n},"events":[{"type":"${n === 0 ? 'snapshot' : 'update'}","product_id":"BTC-USD","updates":[${updates.join(',')}]}]}`;
}

const COINBASE: readonly Load[] = [
  {
    name: 'coinbase market_trades',
    symbol: 'BTC-USD',
    createParser: coinbase,
    frame: (n) =>
      `{"channel":"market_trades","client_id":"","timestamp":"${rfc3339(n)}","sequence_num":${n},"events":[{"type":"update","trades":[{"product_id":"BTC-USD","trade_id":"${1_068_572_091 + n}","price":"${price(n)}","size":"${size(n)}","time":"${rfc3339(n)}","side":"SELL"}]}]}`,
    atLeast: 250_000,
    mapper: null,
  },
  {
    name: 'coinbase l2_data',
    symbol: 'BTC-USD',
    createParser: coinbase,
    frame: level2,
    atLeast: 250_000,
    mapper: null,
  },
];

const KRAKEN: readonly Load[] = [
  {
    name: 'kraken trade',
    symbol: 'BTC/USD',
    createParser: kraken,
    frame: (n) =>
      `{"channel":"trade","type":"update","data":[{"symbol":"BTC/USD","side":"buy","price":${price(n)},"qty":${size(n)},"ord_type":"limit","trade_id":${4_665_906 + n},"timestamp":"${rfc3339(n)}"}]}`,
    atLeast: 250_000,
    mapper: null,
  },
  {
    name: 'kraken ticker',
    symbol: 'BTC/USD',
    createParser: kraken,
    frame: (n) =>
      `{"channel":"ticker","type":"update","data":[{"symbol":"BTC/USD","bid":${price(n)},"bid_qty":${size(n)},"ask":${price(n + 1)},"ask_qty":${size(n + 1)},"last":${price(n)},"volume":2867.54532609,"vwap":${price(n)},"low":64675.2,"high":65252.9,"change":62.1,"change_pct":0.1,"timestamp":"${rfc3339(n)}"}]}`,
    atLeast: 250_000,
    mapper: null,
  },
];

const OKX: readonly Load[] = [
  {
    name: 'okx trades',
    symbol: 'BTC-USDT',
    createParser: okx,
    frame: (n) =>
      `{"arg":{"channel":"trades","instId":"BTC-USDT"},"data":[{"instId":"BTC-USDT","tradeId":"${130_639_474 + n}","px":"${price(n)}","sz":"${size(n)}","side":"buy","ts":"${MS + n}","count":"1","seqId":${1_234 + n}}]}`,
    atLeast: 250_000,
    mapper: { exchange: 'okex', kind: 'trades' },
  },
  {
    name: 'okx bbo-tbt',
    symbol: 'BTC-USDT',
    createParser: okx,
    frame: (n) =>
      `{"arg":{"channel":"bbo-tbt","instId":"BTC-USDT"},"data":[{"asks":[["${price(n + 1)}","${size(n)}","0","2"]],"bids":[["${price(n)}","${size(n + 1)}","0","1"]],"ts":"${MS + n}","seqId":${363_996_337 + n}}]}`,
    atLeast: 250_000,
    mapper: { exchange: 'okex', kind: 'quotes' },
  },
];

const BYBIT: readonly Load[] = [
  {
    name: 'bybit publicTrade, 3 a frame',
    symbol: 'BTCUSDT',
    createParser: bybit,
    frame: (n) =>
      `{"topic":"publicTrade.BTCUSDT","type":"snapshot","ts":${MS + n},"data":[${list(
        3,
        (index) =>
          `{"T":${MS - 2 + n},"s":"BTCUSDT","S":"Buy","v":"${size(n + index)}","p":"${price(n)}","L":"PlusTick","i":"20f43950-d8dd-5b31-9112-${String(3 * n + index).padStart(12, '0')}","BT":false,"RPI":false,"seq":${18_446_744 + n}}`,
      )}]}`,
    atLeast: 250_000,
    mapper: { exchange: 'bybit', kind: 'trades' },
  },
  {
    name: 'bybit orderbook.1',
    symbol: 'BTCUSDT',
    createParser: bybit,
    frame: (n) =>
      `{"topic":"orderbook.1.BTCUSDT","type":"snapshot","ts":${MS + n},"data":{"s":"BTCUSDT","b":[["${price(n)}","${size(n)}"]],"a":[["${price(n + 1)}","${size(n + 1)}"]],"u":${18_521_288 + n},"seq":${7_961_638_724 + n}},"cts":${MS - 3 + n}}`,
    atLeast: 250_000,
    mapper: { exchange: 'bybit', kind: 'quotes' },
  },
];

/** By venue: each is measured in a process of its own, as an ingestor is one. */
export const LOADS: Readonly<Record<string, readonly Load[]>> = {
  binance: BINANCE,
  coinbase: COINBASE,
  kraken: KRAKEN,
  okx: OKX,
  bybit: BYBIT,
};
