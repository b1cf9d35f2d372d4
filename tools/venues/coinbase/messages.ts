import { trimmedText } from '../grid.ts';
import type { Bar } from '../tape/bar-book.ts';
import type { LevelChange } from '../tape/ladder.ts';
import type { Listing } from '../tape/listing.ts';
import type { Fill } from '../tape/trade-ring.ts';
import type { TimeText } from '../time-text.ts';

/** Coinbase writes numbers as text without trailing zeros. */
export function price(listing: Listing, points: number): string {
  return trimmedText(points, listing.priceGrid.decimals);
}

export function size(listing: Listing, points: number): string {
  return trimmedText(points, listing.sizeGrid.decimals);
}

/** A frame around its events; the sequence number, which differs from connection to connection, comes in last. */
export interface Envelope {
  readonly head: string;
  readonly tail: string;
}

export function envelope(channel: string, at: string, events: string): Envelope {
  return {
    head: `{"channel":"${channel}","timestamp":"${at}","sequence_num":`,
    tail: `,"events":[${events}]}`,
  };
}

/** `side` is the maker's: a taker's buy is reported as SELL. */
export function tradeObject(listing: Listing, fill: Fill, time: TimeText): string {
  return (
    `{"product_id":"${listing.symbol}","trade_id":"${fill.id}","price":"${price(listing, fill.price)}",` +
    `"size":"${size(listing, fill.size)}","time":"${time.trimmed(fill.at)}","side":"${fill.takerBuys ? 'SELL' : 'BUY'}"}`
  );
}

/** `fills` oldest first; the venue lists them newest first. */
export function tradesEvent(
  type: 'snapshot' | 'update',
  listing: Listing,
  fills: readonly Fill[],
  time: TimeText,
): string {
  const trades = fills.map((fill) => tradeObject(listing, fill, time)).reverse();
  return `{"type":"${type}","trades":[${trades.join(',')}]}`;
}

export function levelsEvent(
  type: 'snapshot' | 'update',
  listing: Listing,
  changes: readonly LevelChange[],
  eventTime: string,
): string {
  const updates = changes.map(
    (one) =>
      `{"side":"${one.isBid ? 'bid' : 'offer'}","event_time":"${eventTime}","price_level":"${price(listing, one.price)}",` +
      `"new_quantity":"${size(listing, one.size)}"}`,
  );
  return `{"type":"${type}","product_id":"${listing.symbol}","updates":[${updates.join(',')}]}`;
}

function quoteFields(listing: Listing): string {
  const { quote } = listing;
  return (
    `,"best_bid":"${price(listing, quote?.bid ?? 0)}","best_ask":"${price(listing, quote?.ask ?? 0)}",` +
    `"best_bid_quantity":"${size(listing, quote?.bidSize ?? 0)}","best_ask_quantity":"${size(listing, quote?.askSize ?? 0)}"`
  );
}

/** Those of `ticker_batch` are without the quote. */
export function tickerEvent(
  type: 'snapshot' | 'update',
  listing: Listing,
  at: number,
  hasQuote: boolean,
): string {
  const day = listing.day(at);
  const percent = ((listing.lastPrice - day.open) / day.open) * 100;
  return (
    `{"type":"${type}","tickers":[{"type":"ticker","product_id":"${listing.symbol}","price":"${price(listing, listing.lastPrice)}",` +
    `"volume_24_h":"${size(listing, day.volume)}","low_24_h":"${price(listing, day.low)}","high_24_h":"${price(listing, day.high)}",` +
    `"low_52_w":"${price(listing, day.low)}","high_52_w":"${price(listing, day.high)}","price_percent_chg_24_h":"${percent.toFixed(14)}"` +
    (hasQuote ? quoteFields(listing) : '') +
    '}]}'
  );
}

export function candleObject(listing: Listing, bar: Bar): string {
  return (
    `{"start":"${bar.start / 1_000_000}","high":"${price(listing, bar.high)}","low":"${price(listing, bar.low)}",` +
    `"open":"${price(listing, bar.open)}","close":"${price(listing, bar.close)}","volume":"${size(listing, bar.volume)}",` +
    `"product_id":"${listing.symbol}"}`
  );
}

export function candlesEvent(type: 'snapshot' | 'update', listing: Listing, bars: readonly Bar[]): string {
  return `{"type":"${type}","candles":[${bars.map((bar) => candleObject(listing, bar)).join(',')}]}`;
}

/** The time as Go prints one, with the seconds since the server started. */
export function heartbeatEvent(at: string, uptimeMicros: number): string {
  const text = `${at.slice(0, 10)} ${at.slice(11, -1)}000 +0000 UTC m=+${(uptimeMicros / 1_000_000).toFixed(9)}`;
  return `{"current_time":"${text}","heartbeat_counter":${Math.floor(uptimeMicros / 1_000_000)}}`;
}
