import { refusal, tradeRecord, type Listing, type ParserContext, type Refusal } from '@concord/sources';
import type { Origin, RawTrade } from '@concord/codec';
import type { Fixed, Interval, Micros } from '@concord/model';
import { readBarStart, readQuantity, readSeconds } from './quantities.ts';

type Field = string | undefined;

/** A print as live and historical messages state it. */
export interface TradeRow {
  readonly seconds: Field;
  /** Bit 0: beyond the day's limits; bit 1: not reported to the tape. */
  readonly mask: Field;
  readonly price: Field;
  readonly size: Field;
  readonly exchange: Field;
  readonly conditions: Field;
}

const MASK = /^\d{1,9}$/;

/** The trade that a row states. The venue numbers no prints and names no aggressor. */
export function readTrade(
  context: ParserContext,
  listing: Listing,
  row: TradeRow,
  origin: Origin,
  receiveTime: Micros,
): RawTrade | Refusal {
  const { symbol } = listing;
  const { mask, exchange, conditions } = row;
  const eventTime = readSeconds(row.seconds);
  if (eventTime === undefined) return refusal('bad-time', 'expected seconds since 1970', symbol);
  const price = readQuantity(row.price);
  const size = readQuantity(row.size);
  if (price === undefined || size === undefined || price === null || size === null)
    return refusal('bad-number', 'price, size: expected exact decimals', symbol);
  if (mask === undefined || !MASK.test(mask) || exchange === undefined || conditions === undefined)
    return refusal('bad-field', 'expected attributes, an exchange and conditions', symbol);
  const trade = tradeRecord(context, listing, {
    receiveTime,
    origin,
    eventTime,
    precision: 'SECOND',
    venueSequence: null,
    idKind: 'NONE',
    firstId: null,
    lastId: null,
    fills: null,
    price,
    size,
    side: null,
  });
  const words = conditions.split(' ').filter((word) => word !== '');
  if ((Number(mask) & 1) !== 0) words.push('pastLimit');
  if ((Number(mask) & 2) !== 0) words.push('unreported');
  return {
    ...trade,
    market: exchange === '' ? listing.market : exchange,
    ...(words.length === 0 ? {} : { conditions: words }),
  };
}

/** A bar as messages state it. */
export interface BarRow {
  readonly interval: Interval;
  readonly start: Micros;
  readonly open: Fixed;
  readonly high: Fixed;
  readonly low: Fixed;
  readonly close: Fixed;
  readonly volume: Fixed | null;
  readonly quoteVolume: null;
  readonly vwap: Fixed | null;
  readonly tradeCount: number | null;
  readonly takerBuyVolume: null;
}

type BarFields = readonly [
  start: Field,
  open: Field,
  high: Field,
  low: Field,
  close: Field,
  volume: Field,
  average: Field,
  trades: Field,
];

const COUNT = /^-?\d{1,10}$/;

export function readBar(fields: BarFields, symbol: string, interval: Interval): BarRow | Refusal {
  const [time, ...numbers] = fields;
  const start = readBarStart(time, interval);
  if (start === undefined) return refusal('bad-time', 'expected the start of a bar', symbol);
  const [open, high, low, close, volume, average] = numbers.slice(0, 6).map(readQuantity);
  if (open === undefined || high === undefined || low === undefined || close === undefined)
    return refusal('bad-number', 'open, high, low, close: expected exact decimals', symbol);
  if (open === null || high === null || low === null || close === null)
    return refusal('bad-number', 'open, high, low, close: expected numbers', symbol);
  if (volume === undefined || average === undefined)
    return refusal('bad-number', 'volume, average: expected exact decimals', symbol);
  const trades = fields[7];
  if (trades === undefined || !COUNT.test(trades))
    return refusal('bad-field', 'trades: expected a whole number', symbol);
  return {
    interval,
    start,
    open,
    high,
    low,
    close,
    volume,
    quoteVolume: null,
    // A window without a print has no average, whatever stands there.
    vwap: volume === null || volume === 0n ? null : average,
    // −1: of series that are not made of prints.
    tradeCount: Number(trades) < 0 ? null : Number(trades),
    takerBuyVolume: null,
  };
}

/** The fields of an update in the order of a row. */
export function readBarUpdate(fields: readonly string[]): BarFields {
  const [, , trades, start, open, close, high, low, average, volume] = fields;
  return [start, open, high, low, close, volume, average, trades];
}

const BAR_FIELDS = 8;

/** The bars of an answer to a historical request, in its order. */
export function readBars(
  fields: readonly string[],
  symbol: string,
  interval: Interval,
): { readonly rows: BarRow[]; readonly refusals: Refusal[] } {
  const [, , , , count] = fields;
  const rows: BarRow[] = [];
  const refusals: Refusal[] = [];
  const stated = Number(count);
  if (count === undefined || !MASK.test(count) || fields.length < 5 + stated * BAR_FIELDS) {
    return { rows, refusals: [refusal('bad-field', 'expected as many bars as are counted', symbol)] };
  }
  for (let index = 0; index < stated; index++) {
    const at = 5 + index * BAR_FIELDS;
    const [start, open, high, low, close, volume, average, trades] = fields.slice(at, at + BAR_FIELDS);
    const row = readBar([start, open, high, low, close, volume, average, trades], symbol, interval);
    if ('code' in row) refusals.push(row);
    else rows.push(row);
  }
  return { rows, refusals };
}

const PRINT_FIELDS = 6;

/** Whether an answer to a request for historical ticks ends with this message. */
export function isLastOfTrades(fields: readonly string[]): boolean {
  return fields[3 + Number(fields[2]) * PRINT_FIELDS] !== '0';
}

/** The prints of a message of an answer to a request for historical ticks, in its order, oldest first. */
export function readTrades(
  fields: readonly string[],
  context: ParserContext,
  listing: Listing,
  receiveTime: Micros,
): { readonly trades: RawTrade[]; readonly refusals: Refusal[] } {
  const [, , count] = fields;
  const trades: RawTrade[] = [];
  const refusals: Refusal[] = [];
  const stated = Number(count);
  if (count === undefined || !MASK.test(count) || fields.length < 4 + stated * PRINT_FIELDS) {
    const problem = refusal('bad-field', 'expected as many prints as are counted', listing.symbol);
    return { trades, refusals: [problem] };
  }
  for (let index = 0; index < stated; index++) {
    const at = 3 + index * PRINT_FIELDS;
    const [seconds, mask, price, size, exchange, conditions] = fields.slice(at, at + PRINT_FIELDS);
    const row = { seconds, mask, price, size, exchange, conditions };
    const trade = readTrade(context, listing, row, 'BACKFILL', receiveTime);
    if ('code' in trade) refusals.push(trade);
    else trades.push(trade);
  }
  return { trades, refusals };
}
