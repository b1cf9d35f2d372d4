import type { DataKind } from '../server/connection.ts';
import type { RecordedFrame } from '../recording/files.ts';
import type { PreparedFrame } from '../recording/prepared.ts';
import type { PricedBar } from './bars.ts';
import { barUpdate, tickPrice, tickSize } from './messages.ts';

/** A recorded tick or bar as `recording/ib-files.ts` writes it. */
interface RecordedTick {
  readonly symbol: string;
  readonly price: number;
  readonly size: number;
  readonly tickType: number;
}
interface RecordedBar {
  readonly symbol: string;
  readonly start: number;
  readonly open: number;
  readonly high: number;
  readonly low: number;
  readonly close: number;
  readonly volume: number;
  readonly average: number;
  readonly barCount: number;
}

/** Bid, ask and last come with their size; the other types are sizes. */
const PRICED: readonly number[] = [1, 2, 4];
const OF_TRADES: readonly number[] = [4, 5, 8];

/** The message is made without the id of a line; `partFrom` is where it belongs. */
export function prepare(frame: RecordedFrame): PreparedFrame | undefined {
  const one = JSON.parse(frame.text) as RecordedTick | RecordedBar;
  const { symbol } = one;
  const isBar = 'barCount' in one;
  const text = isBar ? barText(one) : tickText(one);
  const kind: DataKind = isBar ? 'bars' : OF_TRADES.includes(one.tickType) ? 'trades' : 'quotes';
  const partFrom = text.indexOf(PLACE);
  const partTo = partFrom + PLACE.length;
  return { ...frame, text, keys: [symbol], tag: { kind, symbol }, values: 1, partFrom, partTo };
}

/** Stands for the id of a line; no message has such a number. */
const PLACE_ID = -7_777_777;
const PLACE = String(PLACE_ID);

function tickText({ tickType, price, size }: RecordedTick): string {
  return PRICED.includes(tickType)
    ? tickPrice(PLACE_ID, tickType, String(price), String(size))
    : tickSize(PLACE_ID, tickType, String(size));
}

function barText(bar: RecordedBar): string {
  const { open, high, low, close, volume, average, barCount } = bar;
  const texts = {
    open: String(open),
    high: String(high),
    low: String(low),
    close: String(close),
    volume: String(volume),
    average: String(average),
    count: String(barCount),
  };
  return barUpdate(PLACE_ID, { date: String(bar.start), texts });
}

/** The bar in a prepared message. */
export function recordedBar(text: string): PricedBar {
  const [, , count = '', date = '', open = '', close = '', high = '', low = '', average = '', volume = ''] =
    text.split('\0');
  return {
    start: Number(date) * 1_000_000,
    texts: { open, high, low, close, volume, average, count },
    mark: volume,
  };
}
