import { bigText, trimmedText } from '../grid.ts';
import type { QuoteEvent } from '../market/events.ts';
import type { Bar } from '../tape/bar-book.ts';
import type { DayFigures, Listing } from '../tape/listing.ts';
import type { Fill } from '../tape/trade-ring.ts';

/** Fills of one taker's order at one price, as `trades` tells them: under the last one's id. */
export interface MergedTrade {
  readonly lastId: number;
  readonly count: number;
  readonly at: number;
  readonly price: number;
  readonly size: number;
  readonly takerBuys: boolean;
}

/** Prices and sizes go without trailing zeros. */
export function price(listing: Listing, points: number): string {
  return trimmedText(points, listing.priceGrid.decimals);
}

export function size(listing: Listing, points: number): string {
  return trimmedText(points, listing.sizeGrid.decimals);
}

export function milliseconds(micros: number): string {
  return String(Math.floor(micros / 1_000));
}

/** A volume in the quote currency, exactly. */
export function notional(listing: Listing, points: bigint): string {
  const decimals = listing.priceGrid.decimals + listing.sizeGrid.decimals;
  const text = bigText(points, decimals, decimals);
  return decimals === 0 ? text : text.replace(/\.?0+$/, '');
}

export function pushFrame(channel: string, symbol: string, rows: readonly string[], action?: string): string {
  const what = action === undefined ? '' : `"action":"${action}",`;
  return `{"arg":{"channel":"${channel}","instId":"${symbol}"},${what}"data":[${rows.join(',')}]}`;
}

export function tradeRow(listing: Listing, trade: MergedTrade, sequence: number): string {
  return (
    `{"instId":"${listing.symbol}","tradeId":"${trade.lastId}","px":"${price(listing, trade.price)}",` +
    `"sz":"${size(listing, trade.size)}","side":"${trade.takerBuys ? 'buy' : 'sell'}","ts":"${milliseconds(trade.at)}",` +
    `"count":"${trade.count}","source":"0","seqId":${sequence}}`
  );
}

/** One fill, as `trades-all` and REST tell it. */
export function fillRow(listing: Listing, fill: Fill): string {
  return (
    `{"instId":"${listing.symbol}","tradeId":"${fill.id}","px":"${price(listing, fill.price)}",` +
    `"sz":"${size(listing, fill.size)}","side":"${fill.takerBuys ? 'buy' : 'sell'}","source":"0","ts":"${milliseconds(fill.at)}"}`
  );
}

/** Price, size, a number out of use, number of orders. */
export function levelRow(listing: Listing, level: { readonly price: number; readonly size: number }): string {
  return `["${price(listing, level.price)}","${size(listing, level.size)}","0","${level.size === 0 ? 0 : 1}"]`;
}

/** `at` is the time of the push. */
export function bestRow(listing: Listing, quote: QuoteEvent, at: number, sequence: number): string {
  const ask = levelRow(listing, { price: quote.ask, size: quote.askSize });
  const bid = levelRow(listing, { price: quote.bid, size: quote.bidSize });
  return `{"asks":[${ask}],"bids":[${bid}],"ts":"${milliseconds(at)}","seqId":${sequence}}`;
}

export function tickerRow(listing: Listing, day: DayFigures, at: number): string {
  const { quote } = listing;
  const fields: Record<string, string> = {
    instType: 'SPOT',
    instId: listing.symbol,
    last: price(listing, listing.lastPrice),
    lastSz: size(listing, listing.lastSize),
    askPx: quote === undefined ? '' : price(listing, quote.ask),
    askSz: quote === undefined ? '' : size(listing, quote.askSize),
    bidPx: quote === undefined ? '' : price(listing, quote.bid),
    bidSz: quote === undefined ? '' : size(listing, quote.bidSize),
    open24h: price(listing, day.open),
    high24h: price(listing, day.high),
    low24h: price(listing, day.low),
    sodUtc0: price(listing, day.open),
    sodUtc8: price(listing, day.open),
    volCcy24h: notional(listing, day.notional),
    vol24h: size(listing, day.volume),
    ts: milliseconds(at),
  };
  return JSON.stringify(fields);
}

/** Start, open, high, low, close, volume, its value twice, and whether the candle is closed. */
export function candleRow(listing: Listing, bar: Bar, isClosed: boolean): string {
  const value = notional(listing, bar.notional);
  const prices = [bar.open, bar.high, bar.low, bar.close].map((points) => price(listing, points));
  return JSON.stringify([
    milliseconds(bar.start),
    ...prices,
    size(listing, bar.volume),
    value,
    value,
    isClosed ? '1' : '0',
  ]);
}

export interface Answer {
  readonly event: 'subscribe' | 'unsubscribe' | 'error' | 'notice';
  readonly id?: string | undefined;
  readonly arg?: unknown;
  readonly code?: string;
  readonly msg?: string;
  /** Number of the connection. */
  readonly connection: number;
}

export function answerFrame({ event, id, arg, code, msg, connection }: Answer): string {
  const connId = connection.toString(16).padStart(8, '0');
  return JSON.stringify({ id, event, arg, code, msg, connId });
}
