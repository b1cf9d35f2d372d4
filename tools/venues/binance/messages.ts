import { bigText, paddedText } from '../grid.ts';
import type { LevelChange } from '../tape/ladder.ts';
import type { Bar } from '../tape/bar-book.ts';
import type { Listing } from '../tape/listing.ts';
import type { Aggregate } from './aggregate-ring.ts';
import type { Fill } from '../tape/trade-ring.ts';

/** Binance writes every price and size with at least eight places. */
const PLACES = 8;

/** Lengths of the candles, by their name in stream and request. A month is 30 days here. */
export const INTERVALS: Readonly<Record<string, number>> = {
  '1s': 1_000_000,
  '1m': 60_000_000,
  '3m': 180_000_000,
  '5m': 300_000_000,
  '15m': 900_000_000,
  '30m': 1_800_000_000,
  '1h': 3_600_000_000,
  '2h': 7_200_000_000,
  '4h': 14_400_000_000,
  '6h': 21_600_000_000,
  '8h': 28_800_000_000,
  '12h': 43_200_000_000,
  '1d': 86_400_000_000,
  '3d': 259_200_000_000,
  '1w': 604_800_000_000,
};

export function price(listing: Listing, points: number): string {
  return paddedText(points, listing.priceGrid.decimals, PLACES);
}

export function size(listing: Listing, points: number): string {
  return paddedText(points, listing.sizeGrid.decimals, PLACES);
}

export function notional(listing: Listing, points: bigint): string {
  return bigText(points, listing.priceGrid.decimals + listing.sizeGrid.decimals, PLACES);
}

/** Milliseconds, or microseconds where the client asked for them. */
export function stamp(micros: number, inMicros: boolean): number {
  return inMicros ? micros : Math.floor(micros / 1_000);
}

/** `m` says that the buyer was the maker, that is, the taker sold. */
export function tradeFrame(listing: Listing, fill: Fill, inMicros: boolean): string {
  const at = stamp(fill.at, inMicros);
  return (
    `{"e":"trade","E":${eventTime(at, fill.id)},"s":"${listing.symbol}","t":${fill.id},"p":"${price(listing, fill.price)}",` +
    `"q":"${size(listing, fill.size)}","T":${at},"m":${!fill.takerBuys},"M":true}`
  );
}

export function aggregateFrame(listing: Listing, one: Aggregate, inMicros: boolean): string {
  const at = stamp(one.at, inMicros);
  return (
    `{"e":"aggTrade","E":${eventTime(at, one.id)},"s":"${listing.symbol}","a":${one.id},"p":"${price(listing, one.price)}",` +
    `"q":"${size(listing, one.size)}","f":${one.firstTradeId},"l":${one.lastTradeId},"T":${at},"m":${!one.takerBuys},"M":true}`
  );
}

/** The frame is sent up to 2 ms after the trade; which, follows from its id, so that the same market gives the same bytes. */
function eventTime(at: number, id: number): number {
  return at + (id % 3);
}

/** Has no time and no event name. */
export function bookTickerFrame(listing: Listing): string {
  const { quote } = listing;
  if (quote === undefined) return '';
  return (
    `{"u":${listing.updates},"s":"${listing.symbol}","b":"${price(listing, quote.bid)}","B":"${size(listing, quote.bidSize)}",` +
    `"a":"${price(listing, quote.ask)}","A":"${size(listing, quote.askSize)}"}`
  );
}

export interface KlineFrame {
  readonly listing: Listing;
  readonly interval: string;
  readonly bar: Bar;
  readonly at: number;
  readonly isClosed: boolean;
  readonly inMicros: boolean;
}

export function klineFrame({ listing, interval, bar, at, isClosed, inMicros }: KlineFrame): string {
  const length = INTERVALS[interval] ?? 0;
  const end = stamp(bar.start + length, inMicros) - 1;
  const [first, last] = bar.trades === 0 ? [-1, -1] : [bar.firstId, bar.lastId];
  return (
    `{"e":"kline","E":${stamp(at, inMicros)},"s":"${listing.symbol}","k":{"t":${stamp(bar.start, inMicros)},"T":${end},` +
    `"s":"${listing.symbol}","i":"${interval}","f":${first},"L":${last},"o":"${price(listing, bar.open)}",` +
    `"c":"${price(listing, bar.close)}","h":"${price(listing, bar.high)}","l":"${price(listing, bar.low)}",` +
    `"v":"${size(listing, bar.volume)}","n":${bar.trades},"x":${isClosed},"q":"${notional(listing, bar.notional)}",` +
    `"V":"${size(listing, bar.takerBuyVolume)}","Q":"${notional(listing, bar.takerBuyNotional)}","B":"0"}}`
  );
}

export function levels(listing: Listing, side: readonly { price: number; size: number }[]): string {
  return side.map((one) => `["${price(listing, one.price)}","${size(listing, one.size)}"]`).join(',');
}

export function depthUpdateFrame(
  listing: Listing,
  changes: readonly LevelChange[],
  at: number,
  first: number,
  last: number,
): string {
  const bids = levels(
    listing,
    changes.filter((one) => one.isBid),
  );
  const asks = levels(
    listing,
    changes.filter((one) => !one.isBid),
  );
  return `{"e":"depthUpdate","E":${at},"s":"${listing.symbol}","U":${first},"u":${last},"b":[${bids}],"a":[${asks}]}`;
}

export function tickerFrame(listing: Listing, at: number): string {
  const day = listing.day(at);
  const quote = listing.quote;
  const change = listing.lastPrice - day.open;
  const percent = ((change / day.open) * 100).toFixed(3);
  const sign = change < 0 ? '-' : '';
  return (
    `{"e":"24hrTicker","E":${stamp(at, false)},"s":"${listing.symbol}","p":"${sign}${price(listing, Math.abs(change))}","P":"${percent}",` +
    `"w":"${averagePrice(listing, day)}","x":"${price(listing, day.open)}","c":"${price(listing, listing.lastPrice)}",` +
    `"Q":"${size(listing, listing.lastSize)}","b":"${price(listing, quote?.bid ?? 0)}","B":"${size(listing, quote?.bidSize ?? 0)}",` +
    `"a":"${price(listing, quote?.ask ?? 0)}","A":"${size(listing, quote?.askSize ?? 0)}","o":"${price(listing, day.open)}",` +
    `"h":"${price(listing, day.high)}","l":"${price(listing, day.low)}","v":"${size(listing, day.volume)}",` +
    `"q":"${notional(listing, day.notional)}","O":${stamp(at, false) - 86_400_000},"C":${stamp(at, false)},` +
    `"F":${day.firstId},"L":${listing.trades.nextId - 1},"n":${day.trades}}`
  );
}

export function miniTickerFrame(listing: Listing, at: number): string {
  const day = listing.day(at);
  return (
    `{"e":"24hrMiniTicker","E":${stamp(at, false)},"s":"${listing.symbol}","c":"${price(listing, listing.lastPrice)}",` +
    `"o":"${price(listing, day.open)}","h":"${price(listing, day.high)}","l":"${price(listing, day.low)}",` +
    `"v":"${size(listing, day.volume)}","q":"${notional(listing, day.notional)}"}`
  );
}

export function averagePrice(
  listing: Listing,
  day: { volume: number; notional: bigint; open: number },
): string {
  const points = day.volume === 0 ? BigInt(day.open) : day.notional / BigInt(day.volume);
  return bigText(points, listing.priceGrid.decimals, PLACES);
}
