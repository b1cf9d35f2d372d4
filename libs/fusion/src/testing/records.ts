import type { CleanQuote, CleanTrade } from '@concord/codec';
import { parseFixed, type Fixed, type Micros } from '@concord/model';
import { configSchema, pipelineConfiguration, type PipelineConfiguration } from '@concord/runtime';

/** 2026-01-05T00:00:00Z, a whole day, hour, minute and second. */
export const DAY: Micros = 1_767_571_200_000_000;

/** Microseconds after `DAY`. */
export function at(seconds: number): Micros {
  return DAY + Math.round(seconds * 1_000_000);
}

export function fixed(text: string): Fixed {
  const value = parseFixed(text);
  if (value === undefined) throw new Error(`not a decimal: ${text}`);
  return value;
}

export interface ConfigurationChoices {
  readonly sources?: readonly string[];
  /** Sources whose quote stream reports every change. */
  readonly everyChange?: readonly string[];
  readonly instrument?: Readonly<Record<string, unknown>>;
  readonly fusion?: Readonly<Record<string, unknown>>;
  readonly instruments?: readonly string[];
}

/** A configuration of BTC-USDT (price scale 2) on the sources a, b and c, as a config marker carries it. */
export function configurationOf(choices: ConfigurationChoices = {}): PipelineConfiguration {
  const sources = choices.sources ?? ['a', 'b', 'c'];
  const everyChange = new Set(choices.everyChange ?? []);
  const venues = Object.fromEntries(
    sources.map((source) => [
      source,
      { host: '127.0.0.1', port: 1, quotesEveryChange: everyChange.has(source) },
    ]),
  );
  const instruments = (choices.instruments ?? ['BTC-USDT']).map((id) => ({
    id,
    base: id.split('-')[0],
    quote: 'USDT',
    partition: 0,
    priceScale: 2,
    venues: Object.fromEntries(sources.map((source) => [source, id])),
    ...choices.instrument,
  }));
  const config = configSchema.parse({ venues, instruments, fusion: choices.fusion ?? {} });
  return pipelineConfiguration(config, 0);
}

const common = {
  instrument: 'BTC-USDT',
  venueSymbol: 'BTCUSDT',
  market: null,
  eventTimePrecision: null,
  firstId: null,
  lastId: null,
  fills: null,
  venueSequence: null,
  ordinal: 0,
  origin: 'LIVE',
  conditions: [],
  action: 'NEW',
  delayed: false,
  sampled: false,
  currency: 'USDT',
  sizeUnit: 'BTC',
  verdict: 'VALID',
  flags: [],
  fill: 'NONE',
} as const;

/** A quote of `source`, received at `received`, by default in a session that bears the source's name. */
export function quote(
  source: string,
  bid: string | null,
  ask: string | null,
  received: Micros,
  more: Partial<CleanQuote> = {},
): CleanQuote {
  return {
    ...common,
    source,
    session: `${source}-1`,
    eventTime: null,
    receiveTime: received,
    idKind: 'NONE',
    bid: bid === null ? null : fixed(bid),
    bidSize: fixed('1'),
    ask: ask === null ? null : fixed(ask),
    askSize: fixed('1'),
    ...more,
  };
}

/** A trade of `source` that happened and was received at `received`. */
export function trade(
  source: string,
  price: string,
  size: string,
  received: Micros,
  more: Partial<CleanTrade> = {},
): CleanTrade {
  return {
    ...common,
    source,
    session: `${source}-1`,
    eventTime: received,
    receiveTime: received,
    idKind: 'OPAQUE',
    price: fixed(price),
    size: fixed(size),
    side: 'BUY',
    ...more,
  };
}
