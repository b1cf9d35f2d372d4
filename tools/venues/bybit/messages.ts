import { bigText, fixedText, trimmedText } from '../grid.ts';
import type { Bar } from '../tape/bar-book.ts';
import type { LevelChange } from '../tape/ladder.ts';
import type { Listing } from '../tape/listing.ts';
import type { Fill } from '../tape/trade-ring.ts';
import { WEEK } from '../tape/window.ts';

/** Markets of the same instruments, each under a path of its own. */
export const CATEGORIES = ['spot', 'linear'] as const;
export type Category = (typeof CATEGORIES)[number];

const MINUTE = 60_000_000;

/** Lengths of candles by the venue's names of them. */
export const INTERVALS: Readonly<Record<string, number>> = {
  ...Object.fromEntries([1, 3, 5, 15, 30, 60, 120, 240, 360, 720].map((n) => [String(n), n * MINUTE])),
  D: 1_440 * MINUTE,
  W: WEEK,
};

export function milliseconds(at: number): number {
  return Math.floor(at / 1_000);
}

/** One number for all that happened at an instant, growing with time: shared and not contiguous, as the venue's is. */
export function sequenceAt(at: number): number {
  return Math.floor(at / 100) - 16_000_000_000_000;
}

/** Numbers go as text without trailing zeros, but for prices and sizes of trades, quotes and tickers of contracts. */
export function price(listing: Listing, points: number, category: Category = 'spot'): string {
  const { decimals } = listing.priceGrid;
  return category === 'spot' ? trimmedText(points, decimals) : fixedText(points, decimals);
}

export function size(listing: Listing, points: number, category: Category = 'spot'): string {
  const { decimals } = listing.sizeGrid;
  return category === 'spot' ? trimmedText(points, decimals) : fixedText(points, decimals);
}

export function turnover(listing: Listing, notional: bigint): string {
  const decimals = listing.priceGrid.decimals + listing.sizeGrid.decimals;
  const text = bigText(notional, decimals, decimals);
  return decimals === 0 ? text : text.replace(/\.?0+$/, '');
}

/** A number for spot, a UUID for contracts. */
export function tradeId(fill: Fill, category: Category): string {
  if (category === 'spot') return String(fill.id);
  return `c0ffee00-0000-5000-8000-${fill.id.toString(16).padStart(12, '0')}`;
}

/** `S` is the taker's side. */
function tradeObject(listing: Listing, fill: Fill, seq: number, category: Category): string {
  const [at, side] = [milliseconds(fill.at), fill.takerBuys ? 'Buy' : 'Sell'];
  const [p, v] = [price(listing, fill.price, category), size(listing, fill.size, category)];
  const id = tradeId(fill, category);
  return category === 'spot'
    ? `{"i":"${id}","T":${at},"p":"${p}","v":"${v}","S":"${side}","seq":${seq},"s":"${listing.symbol}","BT":false,"RPI":false}`
    : `{"T":${at},"s":"${listing.symbol}","S":"${side}","v":"${v}","p":"${p}","L":"ZeroPlusTick","i":"${id}","BT":false,"RPI":false,"seq":${seq}}`;
}

/** Fills of one event, which share their sequence number, oldest first. */
export function tradesFrame(
  listing: Listing,
  fills: readonly Fill[],
  seq: number,
  category: Category,
): string {
  const at = milliseconds(fills[0]?.at ?? 0);
  const rows = fills.map((fill) => tradeObject(listing, fill, seq, category));
  return `{"topic":"publicTrade.${listing.symbol}","ts":${at},"type":"snapshot","data":[${rows.join(',')}]}`;
}

interface BookPart {
  readonly listing: Listing;
  readonly category: Category;
  readonly depth: number;
  readonly type: 'snapshot' | 'delta';
  readonly bids: readonly Omit<LevelChange, 'isBid'>[];
  readonly asks: readonly Omit<LevelChange, 'isBid'>[];
  readonly update: number;
  readonly seq: number;
  /** The matching engine's time. */
  readonly at: number;
}

export function bookFrame(part: BookPart): string {
  const { listing, category, depth, type, update, seq } = part;
  const levels = (side: BookPart['bids']): string =>
    side
      .map((one) => `["${price(listing, one.price, category)}","${size(listing, one.size, category)}"]`)
      .join(',');
  const at = milliseconds(part.at);
  return (
    `{"topic":"orderbook.${depth}.${listing.symbol}","ts":${at},"type":"${type}","data":{"s":"${listing.symbol}",` +
    `"b":[${levels(part.bids)}],"a":[${levels(part.asks)}],"u":${update},"seq":${seq}},"cts":${at}}`
  );
}

export function klineRow(
  listing: Listing,
  interval: string,
  bar: Bar,
  { at, isClosed }: { at: number; isClosed: boolean },
): string {
  const start = milliseconds(bar.start);
  const end = start + milliseconds(INTERVALS[interval] ?? MINUTE) - 1;
  return (
    `{"start":${start},"end":${end},"interval":"${interval}","open":"${price(listing, bar.open)}","close":"${price(listing, bar.close)}",` +
    `"high":"${price(listing, bar.high)}","low":"${price(listing, bar.low)}","volume":"${size(listing, bar.volume)}",` +
    `"turnover":"${turnover(listing, bar.notional)}","confirm":${isClosed},"timestamp":${milliseconds(at)}}`
  );
}

export function klineFrame(topic: string, rows: readonly string[], at: number): string {
  return `{"type":"snapshot","topic":"${topic}","data":[${rows.join(',')}],"ts":${milliseconds(at)}}`;
}

/** Fields of a ticker, as the stream and REST both give them; a contract has what a spot pair has not. */
export function tickerFields(listing: Listing, venueNow: number, category: Category): Record<string, string> {
  const day = listing.day(venueNow);
  const at = (points: number): string => price(listing, points, category);
  return {
    symbol: listing.symbol,
    lastPrice: at(listing.lastPrice),
    highPrice24h: at(day.high),
    lowPrice24h: at(day.low),
    prevPrice24h: at(day.open),
    volume24h: size(listing, day.volume),
    turnover24h: turnover(listing, day.notional),
    price24hPcnt: ((listing.lastPrice - day.open) / day.open).toFixed(4),
    ...(category === 'spot' ? { usdIndexPrice: at(listing.lastPrice) } : contractFields(listing, at)),
  };
}

function contractFields(listing: Listing, at: (points: number) => string): Record<string, string> {
  return {
    ...bestFields(listing, 'linear'),
    markPrice: at(listing.lastPrice),
    indexPrice: at(listing.lastPrice),
    openInterest: '0',
    openInterestValue: '0',
    fundingRate: '0.0001',
  };
}

export function bestFields(listing: Listing, category: Category): Record<string, string> {
  const { quote } = listing;
  return {
    bid1Price: price(listing, quote?.bid ?? 0, category),
    bid1Size: size(listing, quote?.bidSize ?? 0, category),
    ask1Price: price(listing, quote?.ask ?? 0, category),
    ask1Size: size(listing, quote?.askSize ?? 0, category),
  };
}

/** An answer to a request. Contracts repeat an id that was not given as an empty one, spot leaves it out. */
export function replyFrame(
  reply: { op: unknown; success: boolean; message: string; requestId: unknown },
  connectionId: string,
  category: Category,
): string {
  const { op, success, message, requestId } = reply;
  const given =
    typeof requestId === 'string' || typeof requestId === 'number' ? String(requestId) : undefined;
  return JSON.stringify({
    success,
    ret_msg: message,
    conn_id: connectionId,
    req_id: category === 'spot' ? given : (given ?? ''),
    op: typeof op === 'string' ? op : '',
  });
}
