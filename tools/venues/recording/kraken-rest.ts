import { TimeText } from '../time-text.ts';
import type { RecordedFrame } from './files.ts';

/** Rows of `/0/public/Trades`: price, volume, time in seconds, side, order type, misc, trade id. */
type TradeRow = readonly [string, string, number, string, string, string, number];
/** Rows of `/0/public/OHLC` of one minute: start in seconds, open, high, low, close, vwap, volume, count. */
type CandleRow = readonly [number, string, string, string, string, string, string, number];

const MINUTE = 60_000_000;
/** How long after the event a frame made from a saved answer is taken to have arrived. */
const TRAVEL_MICROS = 50_000;

/** `XBTUSDT` → `BTC/USDT`, as WebSocket v2 writes it. */
export function wsSymbol(pair: string): string {
  const old = /^X(XBT|XDG|ETH|XRP|LTC|ETC|XLM|XMR|ZEC)Z(USD|EUR|GBP|CAD|JPY)$/.exec(pair);
  const [, base = pair, quote = ''] =
    old ?? /^([A-Z0-9]+?)(USDT|USDC|USD|EUR|GBP|CAD|JPY|XBT|ETH)$/.exec(pair) ?? [];
  return [base, quote].map((asset) => (asset === 'XBT' ? 'BTC' : asset === 'XDG' ? 'DOGE' : asset)).join('/');
}

/** Saved trades as the frames that a `trade` subscription would have brought: one per instant, numbers as the venue wrote them. */
export function framesOfKrakenTrades(pair: string, rows: readonly TradeRow[]): RecordedFrame[] {
  const symbol = wsSymbol(pair);
  const time = new TimeText();
  // REST pads prices to five places, WebSocket v2 writes the pair's own.
  const decimals = Math.max(...rows.map(([price]) => (price.split('.')[1] ?? '').replace(/0+$/, '').length));
  const frames: RecordedFrame[] = [];
  for (let i = 0; i < rows.length;) {
    const at = micros(rows[i]?.[2] ?? 0);
    const objects: string[] = [];
    while (i < rows.length && micros(rows[i]?.[2] ?? 0) === at) {
      const [price, qty, , side, type, , id] = rows[i++] as TradeRow;
      objects.push(
        `{"symbol":"${symbol}","side":"${side === 'b' ? 'buy' : 'sell'}","price":${withPlaces(price, decimals)},"qty":${qty},` +
          `"ord_type":"${type === 'l' ? 'limit' : 'market'}","trade_id":${id},"timestamp":"${time.micros(at)}"}`,
      );
    }
    frames.push({
      atMicros: at + TRAVEL_MICROS,
      text: `{"channel":"trade","type":"update","data":[${objects.join(',')}]}`,
    });
  }
  return frames;
}

/** Saved one-minute candles as `ohlc` frames, each once, when its window had ended. */
export function framesOfKrakenCandles(pair: string, rows: readonly CandleRow[]): RecordedFrame[] {
  const symbol = wsSymbol(pair);
  const time = new TimeText();
  return rows.map(([start, open, high, low, close, vwap, volume, trades]) => {
    const begin = start * 1_000_000;
    const arrived = begin + MINUTE + TRAVEL_MICROS;
    const row =
      `{"symbol":"${symbol}","open":${open},"high":${high},"low":${low},"close":${close},"trades":${trades},"volume":${volume},` +
      `"vwap":${vwap},"interval_begin":"${time.micros(begin)}","interval":1,"timestamp":"${time.micros(begin + MINUTE)}"}`;
    const text = `{"channel":"ohlc","type":"update","timestamp":"${time.micros(arrived)}","data":[${row}]}`;
    return { atMicros: arrived, text };
  });
}

function withPlaces(text: string, places: number): string {
  const [whole = '', fraction = ''] = text.split('.');
  return places === 0 ? whole : `${whole}.${fraction.slice(0, places).padEnd(places, '0')}`;
}

function micros(seconds: number): number {
  return Math.floor(seconds * 1_000_000);
}
