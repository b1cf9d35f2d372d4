import type { RawTrade } from '@concord/codec';
import {
  formatFixed,
  maximum,
  minimum,
  parseFixed,
  PRODUCT_SCALE,
  type Fixed,
  type Fixed24,
} from '@concord/model';
import type { TradeOracle } from './recordings.ts';

interface Sums {
  trades: RawTrade[];
  qty: Fixed;
  notional: Fixed24;
}

function tallyOne({ trades, qty, notional }: Sums): TradeOracle {
  const count = (wanted: (trade: RawTrade) => boolean): number => trades.filter(wanted).length;
  const times = trades.map((trade) => trade.eventTime ?? NaN);
  const ids = trades.map((trade) => Number(trade.firstId));
  const prices = trades.map((trade) => trade.price);
  return {
    count: trades.length,
    live: count((trade) => trade.origin === 'LIVE'),
    snapshot: count((trade) => trade.origin === 'SNAPSHOT'),
    unique_ids: new Set(trades.map((trade) => trade.firstId)).size,
    buy_taker: count((trade) => trade.side === 'BUY'),
    sell_taker: count((trade) => trade.side === 'SELL'),
    qty: formatFixed(qty),
    notional: formatFixed(notional, PRODUCT_SCALE),
    min_px: formatFixed(prices.reduce(minimum)),
    max_px: formatFixed(prices.reduce(maximum)),
    first_ts_us: Math.min(...times),
    last_ts_us: Math.max(...times),
    first_id: Math.min(...ids),
    last_id: Math.max(...ids),
  };
}

/** Counts and exact sums of trades by venue symbol, in the form of an oracle. */
export function tallyTrades(trades: readonly RawTrade[]): Record<string, TradeOracle> {
  const sums = new Map<string, Sums>();
  for (const trade of trades) {
    const sum = sums.get(trade.venueSymbol) ?? { trades: [], qty: 0n, notional: 0n };
    sum.trades.push(trade);
    sum.qty += trade.size;
    sum.notional += trade.size * trade.price;
    sums.set(trade.venueSymbol, sum);
  }
  return Object.fromEntries([...sums].map(([symbol, sum]) => [symbol, tallyOne(sum)]));
}

const TALLIED: readonly (keyof TradeOracle)[] = [
  'count',
  'live',
  'snapshot',
  'unique_ids',
  'buy_taker',
  'sell_taker',
  'qty',
  'notional',
  'min_px',
  'max_px',
  'first_ts_us',
  'last_ts_us',
  'first_id',
  'last_id',
];

function plain(decimal: string): string {
  return decimal.includes('.') ? decimal.replace(/\.?0+$/, '') : decimal;
}

/** An oracle's trades with only what `tallyTrades` tells, prices without trailing zeros, so that the two can be compared. */
export function comparableOracle(
  trades: Readonly<Record<string, TradeOracle>>,
): Record<string, Partial<TradeOracle>> {
  return Object.fromEntries(
    Object.entries(trades).map(([symbol, oracle]) => [
      symbol,
      {
        ...Object.fromEntries(TALLIED.map((name) => [name, oracle[name]])),
        // Written as 1E+2 where it is a round number.
        qty: formatFixed(parseFixed(oracle.qty) ?? 0n),
        min_px: plain(oracle.min_px),
        max_px: plain(oracle.max_px),
      },
    ]),
  );
}
