import type { RawBar, RawQuote, RawTrade } from '@concord/codec';
import { parseFixed, type Fixed, type Micros } from '@concord/model';
import { readRecordedLines, readRecording, recordedFrames } from '@concord/testkit';
import type { Raw } from './recorded-log.ts';

/**
 * Recordings of venues whose ingestors come later, read just far enough for the rules: what matters here is that real ids, times and
 * prices meet no false alarm.
 */

function fixed(value: unknown): Fixed {
  const parsed = parseFixed(String(value));
  if (parsed === undefined) throw new TypeError(`${String(value)} is no decimal`);
  return parsed;
}

function tick(
  source: string,
  symbol: string,
  receiveTime: Micros,
  eventTime: Micros | null,
  ordinal: number,
) {
  return {
    instrument: symbol,
    source,
    venueSymbol: symbol,
    market: null,
    eventTime,
    eventTimePrecision: 'MILLISECOND',
    receiveTime,
    idKind: 'NONE',
    firstId: null,
    lastId: null,
    fills: null,
    venueSequence: null,
    session: 'recorded',
    ordinal,
    origin: 'LIVE',
    conditions: [],
    action: 'NEW',
    delayed: false,
    sampled: false,
    currency: 'USD',
    sizeUnit: 'UNITS',
  } as const satisfies Partial<RawTrade>;
}

type Row = Record<string, string>;

interface BybitFrame {
  readonly topic?: string;
  readonly ts?: number;
  readonly data?: unknown;
}

/** Bybit: ids without arithmetic; spot ones are digits, those of linear contracts UUIDs. */
export function bybitTrades(): Raw[] {
  let ordinal = 0;
  return recordedFrames('frames/bybit-2026-08-09.jsonl.gz').flatMap(({ text, receiveTime }) => {
    const frame = JSON.parse(text) as BybitFrame;
    if (frame.topic?.startsWith('publicTrade.') !== true) return [];
    return (frame.data as (Row & { T: unknown })[]).map((row): Raw => {
      const id = row['i'] ?? '';
      const symbol = `${id.includes('-') ? 'LINEAR' : 'SPOT'}-${row['s']}`;
      const shared = tick('bybit', symbol, receiveTime, Number(row['T']) * 1_000, ++ordinal);
      const price = { price: fixed(row['p']), size: fixed(row['v']), side: null };
      return { kind: 'trades', record: { ...shared, idKind: 'OPAQUE', firstId: id, lastId: id, ...price } };
    });
  });
}

/** Bybit's top of book: sent again with the same update id after 3 s without a change; its clock runs 0.9 s ahead. */
export function bybitQuotes(): Raw[] {
  let ordinal = 0;
  return recordedFrames('frames/bybit-2025-06-13.jsonl.gz').flatMap(({ text, receiveTime }): Raw[] => {
    const frame = JSON.parse(text) as BybitFrame;
    if (frame.topic?.startsWith('orderbook.1.') !== true) return [];
    const book = frame.data as { s: string; b: [string, string][]; a: [string, string][]; u: number };
    const shared = tick('bybit', book.s, receiveTime, Number(frame.ts) * 1_000, ++ordinal);
    const [bid, ask] = [book.b[0], book.a[0]];
    const prices = {
      bid: bid === undefined ? null : fixed(bid[0]),
      bidSize: bid === undefined ? null : fixed(bid[1]),
      ask: ask === undefined ? null : fixed(ask[0]),
      askSize: ask === undefined ? null : fixed(ask[1]),
    };
    const record: RawQuote = {
      ...shared,
      idKind: 'UPDATE',
      firstId: `${book.u}`,
      lastId: `${book.u}`,
      ...prices,
    };
    return [{ kind: 'quotes', record }];
  });
}

/** Kraken's REST history: a thousand trades, as backfill. */
export function krakenTrades(): Raw[] {
  const { result } = JSON.parse(readRecording('kraken/trades.json')) as { result: { XBTUSDT: unknown[][] } };
  return result.XBTUSDT.map((row, index): Raw => {
    const [price, size, time, , , , id] = row;
    const eventTime = Math.floor(Number(time) * 1_000_000);
    const shared = tick('kraken', 'XBTUSDT', eventTime + 86_400_000_000 * 2, eventTime, index + 1);
    const ids = {
      idKind: 'TRADE',
      firstId: `${String(id)}`,
      lastId: `${String(id)}`,
      origin: 'BACKFILL',
    } as const;
    return {
      kind: 'trades',
      record: { ...shared, ...ids, price: fixed(price), size: fixed(size), side: null },
    };
  });
}

function minuteBar(shared: ReturnType<typeof tick>, start: Micros, values: unknown[]): Raw {
  const [open, high, low, close, volume, vwap, tradeCount] = values;
  const record: RawBar = {
    ...shared,
    interval: '1m',
    start,
    end: start + 60_000_000,
    open: fixed(open),
    high: fixed(high),
    low: fixed(low),
    close: fixed(close),
    volume: fixed(volume),
    quoteVolume: null,
    vwap: fixed(vwap),
    tradeCount: Number(tradeCount),
    takerBuyVolume: null,
    final: true,
    revision: 0,
  };
  return { kind: 'bars', record };
}

/** Kraken's own one-minute candles, flat ones with volume and vwap 0 among them. */
export function krakenBars(): Raw[] {
  const { result } = JSON.parse(readRecording('kraken/ohlc-1m.json')) as { result: { XBTUSDT: unknown[][] } };
  return result.XBTUSDT.map(([time, open, high, low, close, vwap, volume, count], index) => {
    const start = Number(time) * 1_000_000;
    const shared = tick('kraken', 'XBTUSDT', start + 61_000_000, null, index + 1);
    return minuteBar(shared, start, [open, high, low, close, volume, vwap, count]);
  });
}

/** One share's bars of Interactive Brokers, with gaps where nothing traded. */
export function brokerBars(): Raw[] {
  const rows = readRecordedLines('ib/bars.json.gz') as Record<string, string | number>[];
  return rows.map((row, index) => {
    const start = Date.parse(`${row['date']}Z`) * 1_000;
    const shared = tick('ib', 'SHARE', start + 61_000_000, null, index + 1);
    const { open, high, low, close, volume, average, barCount } = row;
    return minuteBar({ ...shared }, start, [open, high, low, close, volume, average, barCount]);
  });
}
