import type { RawBar, RawTrade } from '@concord/codec';
import {
  messageOfBars,
  messageOfTick,
  parseRecording,
  readMinuteBars,
  readTicks,
  type ParsedRecording,
} from '@concord/ingestor-ib/testing';
import { parseFixed, type Fixed, type Micros } from '@concord/model';
import { readRecording } from '@concord/testkit';
import type { Raw } from './recorded-log.ts';

/**
 * Recordings that are no frames of an ingestor, read just far enough for the rules: what matters here is that real ids, times and
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
  return rawsOf(parseRecording([messageOfBars(readMinuteBars())]));
}

/** One share's sampled market data of Interactive Brokers. */
export function brokerTicks(): Raw[] {
  return rawsOf(parseRecording(readTicks().map(messageOfTick)));
}

function rawsOf({ trades, quotes, bars }: ParsedRecording): Raw[] {
  return [
    ...trades.map((record): Raw => ({ kind: 'trades', record })),
    ...quotes.map((record): Raw => ({ kind: 'quotes', record })),
    ...bars.map((record): Raw => ({ kind: 'bars', record })),
  ];
}
