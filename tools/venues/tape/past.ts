import { powerOf10, roundTo, type Grid } from '../grid.ts';
import { Random } from '../market/random.ts';
import { emptyBar, type Bar } from './bar-book.ts';

const MINUTE = 60_000_000;
const MINUTES_PER_YEAR = 365 * 24 * 60;

export interface PastOptions {
  readonly seed: number;
  readonly name: string;
  readonly instrument: string;
  /** The first real bar's start, and the price there (points). */
  readonly beforeMicros: number;
  readonly price: number;
  readonly firstId: number;
  readonly minutes: number;
  readonly annualVolatility: number;
  readonly tradesPerMinute: number;
  readonly tradeSizeMedian: number;
  readonly priceGrid: Grid;
  readonly sizeGrid: Grid;
}

/**
 * One-minute bars from before the market began, walked backwards from its first price, so that a client finds a history. The
 * walk is the instrument's, the same at every venue; ranges and volumes are the listing's own.
 */
export function pastBars(options: PastOptions): Bar[] {
  const shared = new Random(options.seed, `${options.instrument}/past`);
  const own = new Random(options.seed, `${options.name}/past`);
  const { priceGrid: grid, sizeGrid } = options;
  const sd = options.annualVolatility / Math.sqrt(MINUTES_PER_YEAR);
  const inPrice = powerOf10(grid.decimals);
  const bars: Bar[] = [];
  let close = options.price;
  let id = options.firstId;
  for (let i = 1; i <= options.minutes; i++) {
    const start = options.beforeMicros - i * MINUTE;
    const open = Math.max(grid.unit, roundTo(grid, (close / inPrice) * Math.exp(-sd * shared.normal())));
    const trades = Math.max(1, own.poisson(options.tradesPerMinute));
    const bar = emptyBar(start, open, id - trades);
    const reach = Math.exp(sd * Math.abs(own.normal()) * 0.5);
    bar.close = close;
    bar.high = Math.max(open, close, roundTo(grid, (Math.max(open, close) / inPrice) * reach));
    bar.low = Math.max(
      grid.unit,
      Math.min(open, close, roundTo(grid, Math.min(open, close) / inPrice / reach)),
    );
    const size = (trades * options.tradeSizeMedian * inPrice) / close;
    bar.volume = Math.max(sizeGrid.unit, roundTo(sizeGrid, size * (0.5 + own.uniform())));
    bar.notional = BigInt(Math.round((open + close) / 2)) * BigInt(bar.volume);
    bar.takerBuyVolume = Math.floor((bar.volume * own.uniform()) / sizeGrid.unit) * sizeGrid.unit;
    bar.takerBuyNotional = BigInt(Math.round((open + close) / 2)) * BigInt(bar.takerBuyVolume);
    bar.trades = trades;
    bar.lastId = id - 1;
    id -= trades;
    bars.push(bar);
    close = open;
  }
  return bars.reverse();
}
