import type { IdKind, Origin, RawBar, RawQuote, RawTrade, Side, TimePrecision } from '@concord/codec';
import { INTERVALS, type Fixed, type Interval, type Micros } from '@concord/model';
import type { ParserContext } from './frame.ts';
import type { Listing } from '../listing.ts';

const NO_CONDITIONS: readonly string[] = Object.freeze([]);

/** What a venue says of any record, beside the kind's own fields. `null` is what it does not say. */
export interface Provenance {
  readonly receiveTime: Micros;
  readonly origin: Origin;
  readonly eventTime: Micros | null;
  readonly precision: TimePrecision | null;
  readonly venueSequence: number | null;
}

export interface TradeFields extends Provenance {
  readonly idKind: IdKind;
  readonly firstId: string | null;
  readonly lastId: string | null;
  readonly fills: number | null;
  readonly price: Fixed;
  readonly size: Fixed;
  /** Side of the taker. */
  readonly side: Side | null;
}

/** A trade in the common format, with the next ordinal of the session. */
export function tradeRecord(context: ParserContext, listing: Listing, fields: TradeFields): RawTrade {
  return {
    instrument: listing.instrument,
    source: listing.source,
    venueSymbol: listing.symbol,
    market: listing.market,
    eventTime: fields.eventTime,
    eventTimePrecision: fields.precision,
    receiveTime: fields.receiveTime,
    idKind: fields.idKind,
    firstId: fields.firstId,
    lastId: fields.lastId,
    fills: fields.fills,
    venueSequence: fields.venueSequence,
    session: context.session,
    ordinal: context.ordinals.next++,
    origin: fields.origin,
    conditions: NO_CONDITIONS,
    action: 'NEW',
    delayed: false,
    sampled: false,
    currency: listing.currency,
    sizeUnit: listing.sizeUnit,
    price: fields.price,
    size: fields.size,
    side: fields.side,
  };
}

export interface QuoteFields extends Provenance {
  /** Number of the book change, where the venue gives one. */
  readonly updateId: string | null;
  readonly bid: Fixed | null;
  readonly bidSize: Fixed | null;
  readonly ask: Fixed | null;
  readonly askSize: Fixed | null;
}

/** A top-of-book quote in the common format, with the next ordinal of the session. */
export function quoteRecord(context: ParserContext, listing: Listing, fields: QuoteFields): RawQuote {
  return {
    instrument: listing.instrument,
    source: listing.source,
    venueSymbol: listing.symbol,
    market: listing.market,
    eventTime: fields.eventTime,
    eventTimePrecision: fields.precision,
    receiveTime: fields.receiveTime,
    idKind: fields.updateId === null ? 'NONE' : 'UPDATE',
    firstId: fields.updateId,
    lastId: fields.updateId,
    fills: null,
    venueSequence: fields.venueSequence,
    session: context.session,
    ordinal: context.ordinals.next++,
    origin: fields.origin,
    conditions: NO_CONDITIONS,
    action: 'NEW',
    delayed: false,
    sampled: false,
    currency: listing.currency,
    sizeUnit: listing.sizeUnit,
    bid: fields.bid,
    bidSize: fields.bidSize,
    ask: fields.ask,
    askSize: fields.askSize,
  };
}

export interface BarFields extends Provenance {
  readonly interval: Interval;
  readonly start: Micros;
  readonly open: Fixed;
  readonly high: Fixed;
  readonly low: Fixed;
  readonly close: Fixed;
  readonly volume: Fixed | null;
  readonly quoteVolume: Fixed | null;
  readonly vwap: Fixed | null;
  readonly tradeCount: number | null;
  readonly takerBuyVolume: Fixed | null;
  readonly final: boolean;
  readonly revision: number;
}

/** A bar in the common format, with the next ordinal of the session. Bars have no id: trade ids they cover are not theirs. */
export function barRecord(context: ParserContext, listing: Listing, fields: BarFields): RawBar {
  return {
    instrument: listing.instrument,
    source: listing.source,
    venueSymbol: listing.symbol,
    market: listing.market,
    eventTime: fields.eventTime,
    eventTimePrecision: fields.precision,
    receiveTime: fields.receiveTime,
    idKind: 'NONE',
    firstId: null,
    lastId: null,
    fills: null,
    venueSequence: fields.venueSequence,
    session: context.session,
    ordinal: context.ordinals.next++,
    origin: fields.origin,
    conditions: NO_CONDITIONS,
    action: 'NEW',
    delayed: false,
    sampled: false,
    currency: listing.currency,
    sizeUnit: listing.sizeUnit,
    interval: fields.interval,
    start: fields.start,
    end: fields.start + INTERVALS[fields.interval],
    open: fields.open,
    high: fields.high,
    low: fields.low,
    close: fields.close,
    volume: fields.volume,
    quoteVolume: fields.quoteVolume,
    vwap: fields.vwap,
    tradeCount: fields.tradeCount,
    takerBuyVolume: fields.takerBuyVolume,
    final: fields.final,
    revision: fields.revision,
  };
}

/**
 * A bar of the past in the common format, as `barRecord` makes it: of origin BACKFILL, final when its window has passed at
 * `receiveTime`.
 */
export function pastBarRecord(
  context: ParserContext,
  listing: Listing,
  fields: Omit<BarFields, 'final' | 'revision' | Exclude<keyof Provenance, 'receiveTime'>>,
): RawBar {
  return barRecord(context, listing, {
    ...fields,
    origin: 'BACKFILL',
    eventTime: null,
    precision: null,
    venueSequence: null,
    final: fields.start + INTERVALS[fields.interval] <= fields.receiveTime,
    revision: 0,
  });
}
