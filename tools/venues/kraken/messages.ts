import { bigText, fixedText, paddedText } from '../grid.ts';
import type { Bar } from '../tape/bar-book.ts';
import type { Listing } from '../tape/listing.ts';
import type { Fill } from '../tape/trade-ring.ts';
import type { TimeText } from '../time-text.ts';

/** Weeks are counted from 1970 on: they begin on Thursday. */
export const WEEKS_FROM = 0;

/** Kraken sends JSON numbers in the pair's own precision, trailing zeros included; its checksum counts on them. */
const QTY_PLACES = 8;

export function price(listing: Listing, points: number): string {
  return fixedText(points, listing.priceGrid.decimals);
}

export function qty(listing: Listing, points: number): string {
  return paddedText(points, listing.sizeGrid.decimals, QTY_PLACES);
}

export function averagePrice(
  listing: Listing,
  day: { volume: number; notional: bigint; open: number },
): string {
  const { decimals } = listing.priceGrid;
  const points = day.volume === 0 ? BigInt(day.open) : day.notional / BigInt(day.volume);
  return bigText(points, decimals, decimals);
}

export function dataFrame(channel: string, type: 'snapshot' | 'update', rows: readonly string[]): string {
  return `{"channel":"${channel}","type":"${type}","data":[${rows.join(',')}]}`;
}

/** `side` is the taker's. */
export function tradeRow(listing: Listing, fill: Fill, time: TimeText): string {
  return (
    `{"symbol":"${listing.symbol}","side":"${fill.takerBuys ? 'buy' : 'sell'}","price":${price(listing, fill.price)},` +
    `"qty":${qty(listing, fill.size)},"ord_type":"${fill.id % 3 === 0 ? 'limit' : 'market'}","trade_id":${fill.id},` +
    `"timestamp":"${time.micros(fill.at)}"}`
  );
}

export function tickerRow(listing: Listing, at: number, time: TimeText): string {
  const day = listing.day(at);
  const { quote, lastPrice } = listing;
  const change = lastPrice - day.open;
  const sign = change < 0 ? '-' : '';
  return (
    `{"symbol":"${listing.symbol}","bid":${price(listing, quote?.bid ?? 0)},"bid_qty":${qty(listing, quote?.bidSize ?? 0)},` +
    `"ask":${price(listing, quote?.ask ?? 0)},"ask_qty":${qty(listing, quote?.askSize ?? 0)},"last":${price(listing, lastPrice)},` +
    `"volume":${qty(listing, day.volume)},"vwap":${averagePrice(listing, day)},"low":${price(listing, day.low)},` +
    `"high":${price(listing, day.high)},"change":${sign}${price(listing, Math.abs(change))},` +
    `"change_pct":${((change / day.open) * 100).toFixed(2)},"timestamp":"${time.micros(at)}"}`
  );
}

/** `interval` in minutes. `timestamp` is the window's end; there is no closed flag. */
export function ohlcRow(listing: Listing, bar: Bar, interval: number, time: TimeText): string {
  const end = bar.start + interval * 60_000_000;
  return (
    `{"symbol":"${listing.symbol}","open":${price(listing, bar.open)},"high":${price(listing, bar.high)},` +
    `"low":${price(listing, bar.low)},"close":${price(listing, bar.close)},"trades":${bar.trades},` +
    `"volume":${qty(listing, bar.volume)},"vwap":${averagePrice(listing, { ...bar, open: bar.close })},` +
    `"interval_begin":"${time.micros(bar.start).replace('Z', '000Z')}","interval":${interval},"timestamp":"${time.micros(end)}"}`
  );
}

export function levelRow(listing: Listing, level: { price: number; size: number }): string {
  return `{"price":${price(listing, level.price)},"qty":${qty(listing, level.size)}}`;
}

export interface Acknowledgement {
  readonly method: string;
  readonly requestId: number | undefined;
  /** The result's fields after `channel`, in alphabetical order as the venue writes them. */
  readonly result: Readonly<Record<string, unknown>>;
  readonly at: string;
}

export function acknowledgement({ method, requestId, result, at }: Acknowledgement): string {
  const id = requestId === undefined ? '' : `"req_id":${requestId},`;
  return `{"method":"${method}",${id}"result":${JSON.stringify(result)},"success":true,"time_in":"${at}","time_out":"${at}"}`;
}

export function refusal(
  method: string,
  requestId: number | undefined,
  error: string,
  symbol: string | undefined,
  at: string,
): string {
  return JSON.stringify({
    error,
    method,
    req_id: requestId,
    success: false,
    symbol,
    time_in: at,
    time_out: at,
  });
}

export function statusFrame(connectionId: number): string {
  const row = `{"version":"2.0.10","system":"online","api_version":"v2","connection_id":${17_408_390_984_690 + connectionId}}`;
  return dataFrame('status', 'update', [row]);
}

export function instrumentFrame(listings: readonly Listing[]): string {
  const assets = [...new Set(listings.flatMap((one) => one.symbol.split('/')))].map(
    (id) =>
      `{"id":"${id}","status":"enabled","precision":10,"precision_display":5,"borrowable":false,"collateral_value":0.00,"margin_rate":0.000000}`,
  );
  const pairs = listings.map((one) => {
    const [base = '', quote = ''] = one.symbol.split('/');
    const { decimals } = one.priceGrid;
    return (
      `{"symbol":"${one.symbol}","base":"${base}","quote":"${quote}","status":"online","qty_precision":8,"qty_increment":${one.sizeStep},` +
      `"price_precision":${decimals},"cost_precision":${decimals + 4},"marginable":false,"has_index":true,"cost_min":0.50,` +
      `"tick_size":${one.priceTick},"price_increment":${one.priceTick},"qty_min":${one.sizeStep}}`
    );
  });
  return `{"channel":"instrument","type":"snapshot","data":{"assets":[${assets.join(',')}],"pairs":[${pairs.join(',')}]}}`;
}
