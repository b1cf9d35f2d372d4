// Generated from schemas/*.avsc by `npm run codegen`. Do not edit.
import type { Fixed, Fixed18, Fixed24, Micros } from '@concord/model';

export type TimePrecision = 'UNKNOWN' | 'SECOND' | 'MILLISECOND' | 'MICROSECOND' | 'NANOSECOND';

export type IdKind = 'UNKNOWN' | 'NONE' | 'TRADE' | 'AGGREGATE' | 'UPDATE' | 'OPAQUE';

export type Origin = 'UNKNOWN' | 'LIVE' | 'SNAPSHOT' | 'BACKFILL';

export type Action = 'UNKNOWN' | 'NEW' | 'CORRECT' | 'CANCEL';

export type Verdict = 'VALID' | 'SUSPECT';

export type Fill = 'NONE' | 'FORWARD' | 'INTERPOLATED';

/** A bar that passed validation, with the verdict. */
export interface CleanBar {
  /** Canonical instrument id, e.g. BTC-USDT or AAPL.US; also the record's key. */
  instrument: string;
  /** The source that gave it, e.g. binance. */
  source: string;
  /** The source's own symbol, verbatim. */
  venueSymbol: string;
  /** Market within the source (Interactive Brokers' exchange), null where the source is one market. */
  market: null | string;
  /** The venue's own time of the event, null where it gives none. */
  eventTime: null | Micros;
  /** Precision in which the venue gave eventTime. */
  eventTimePrecision: null | TimePrecision;
  /** When the ingestor received the frame, stamped before parsing. */
  receiveTime: Micros;
  /** What firstId and lastId number: NONE when there is no id; TRADE and AGGREGATE are contiguous integers of different kinds; UPDATE numbers book changes; OPAQUE has no arithmetic. */
  idKind: IdKind;
  /** First venue id that this record covers. */
  firstId: null | string;
  /** Last venue id that this record covers; equal to firstId unless it is an aggregate. */
  lastId: null | string;
  /** Number of fills an aggregate covers, where the venue says so. */
  fills: null | number;
  /** The venue's sequence number of the message that carried it. */
  venueSequence: null | number;
  /** Connection session of the ingestor that received it. */
  session: string;
  /** Place of this record within its session, increasing. */
  ordinal: number;
  /** LIVE as it happened; SNAPSHOT sent by the venue at subscription; BACKFILL fetched later to fill a gap. */
  origin: Origin;
  /** Sale conditions as the venue codes them. */
  conditions: readonly string[];
  /** NEW, or a correction or cancellation of an earlier record. */
  action: Action;
  /** True when the source delays its data by contract. */
  delayed: boolean;
  /** True when the source samples, so that sizes do not add up to the tape. */
  sampled: boolean;
  /** Currency or asset the price is quoted in. */
  currency: string;
  /** What size counts: an asset code, SHARES or CONTRACTS. */
  sizeUnit: string;
  /** Length of the bar: 1s 1m 5m 15m 1h 4h 1d. */
  interval: string;
  /** Start of the window, inclusive. */
  start: Micros;
  /** End of the window, exclusive. */
  end: Micros;
  /** First price. */
  open: Fixed;
  /** Highest price. */
  high: Fixed;
  /** Lowest price. */
  low: Fixed;
  /** Last price. */
  close: Fixed;
  /** Quantity traded, in sizeUnit. */
  volume: null | Fixed;
  /** Quantity traded, in currency. */
  quoteVolume: null | Fixed;
  /** Volume-weighted average price as the venue gives it. */
  vwap: null | Fixed;
  /** Number of trades as the venue counts them. */
  tradeCount: null | number;
  /** Part of volume whose taker bought. */
  takerBuyVolume: null | Fixed;
  /** True when the venue says that the bar is closed, or when it is known to be. */
  final: boolean;
  /** 0 for the first statement of this window within a session, then 1, 2, … */
  revision: number;
  /** VALID, or SUSPECT: passed on but kept out of prices. */
  verdict: Verdict;
  /** Codes of the rules that had something to say, in rule order. */
  flags: readonly string[];
  /** How a missing bar was filled; NONE for what a source gave. */
  fill: Fill;
}

/** A quote that passed validation, with the verdict. */
export interface CleanQuote {
  /** Canonical instrument id, e.g. BTC-USDT or AAPL.US; also the record's key. */
  instrument: string;
  /** The source that gave it, e.g. binance. */
  source: string;
  /** The source's own symbol, verbatim. */
  venueSymbol: string;
  /** Market within the source (Interactive Brokers' exchange), null where the source is one market. */
  market: null | string;
  /** The venue's own time of the event, null where it gives none. */
  eventTime: null | Micros;
  /** Precision in which the venue gave eventTime. */
  eventTimePrecision: null | TimePrecision;
  /** When the ingestor received the frame, stamped before parsing. */
  receiveTime: Micros;
  /** What firstId and lastId number: NONE when there is no id; TRADE and AGGREGATE are contiguous integers of different kinds; UPDATE numbers book changes; OPAQUE has no arithmetic. */
  idKind: IdKind;
  /** First venue id that this record covers. */
  firstId: null | string;
  /** Last venue id that this record covers; equal to firstId unless it is an aggregate. */
  lastId: null | string;
  /** Number of fills an aggregate covers, where the venue says so. */
  fills: null | number;
  /** The venue's sequence number of the message that carried it. */
  venueSequence: null | number;
  /** Connection session of the ingestor that received it. */
  session: string;
  /** Place of this record within its session, increasing. */
  ordinal: number;
  /** LIVE as it happened; SNAPSHOT sent by the venue at subscription; BACKFILL fetched later to fill a gap. */
  origin: Origin;
  /** Sale conditions as the venue codes them. */
  conditions: readonly string[];
  /** NEW, or a correction or cancellation of an earlier record. */
  action: Action;
  /** True when the source delays its data by contract. */
  delayed: boolean;
  /** True when the source samples, so that sizes do not add up to the tape. */
  sampled: boolean;
  /** Currency or asset the price is quoted in. */
  currency: string;
  /** What size counts: an asset code, SHARES or CONTRACTS. */
  sizeUnit: string;
  /** Best bid, null when that side of the book is empty or not given. */
  bid: null | Fixed;
  /** Quantity at the best bid. */
  bidSize: null | Fixed;
  /** Best ask, null when that side of the book is empty or not given. */
  ask: null | Fixed;
  /** Quantity at the best ask. */
  askSize: null | Fixed;
  /** VALID, or SUSPECT: passed on but kept out of prices. */
  verdict: Verdict;
  /** Codes of the rules that had something to say, in rule order. */
  flags: readonly string[];
  /** How a missing bar was filled; NONE for what a source gave. */
  fill: Fill;
}

export type Side = 'UNKNOWN' | 'BUY' | 'SELL';

/** A trade that passed validation, with the verdict. */
export interface CleanTrade {
  /** Canonical instrument id, e.g. BTC-USDT or AAPL.US; also the record's key. */
  instrument: string;
  /** The source that gave it, e.g. binance. */
  source: string;
  /** The source's own symbol, verbatim. */
  venueSymbol: string;
  /** Market within the source (Interactive Brokers' exchange), null where the source is one market. */
  market: null | string;
  /** The venue's own time of the event, null where it gives none. */
  eventTime: null | Micros;
  /** Precision in which the venue gave eventTime. */
  eventTimePrecision: null | TimePrecision;
  /** When the ingestor received the frame, stamped before parsing. */
  receiveTime: Micros;
  /** What firstId and lastId number: NONE when there is no id; TRADE and AGGREGATE are contiguous integers of different kinds; UPDATE numbers book changes; OPAQUE has no arithmetic. */
  idKind: IdKind;
  /** First venue id that this record covers. */
  firstId: null | string;
  /** Last venue id that this record covers; equal to firstId unless it is an aggregate. */
  lastId: null | string;
  /** Number of fills an aggregate covers, where the venue says so. */
  fills: null | number;
  /** The venue's sequence number of the message that carried it. */
  venueSequence: null | number;
  /** Connection session of the ingestor that received it. */
  session: string;
  /** Place of this record within its session, increasing. */
  ordinal: number;
  /** LIVE as it happened; SNAPSHOT sent by the venue at subscription; BACKFILL fetched later to fill a gap. */
  origin: Origin;
  /** Sale conditions as the venue codes them. */
  conditions: readonly string[];
  /** NEW, or a correction or cancellation of an earlier record. */
  action: Action;
  /** True when the source delays its data by contract. */
  delayed: boolean;
  /** True when the source samples, so that sizes do not add up to the tape. */
  sampled: boolean;
  /** Currency or asset the price is quoted in. */
  currency: string;
  /** What size counts: an asset code, SHARES or CONTRACTS. */
  sizeUnit: string;
  /** Price per unit. */
  price: Fixed;
  /** Quantity in sizeUnit. */
  size: Fixed;
  /** Side of the taker (aggressor); null where the venue does not say. */
  side: null | Side;
  /** VALID, or SUSPECT: passed on but kept out of prices. */
  verdict: Verdict;
  /** Codes of the rules that had something to say, in rule order. */
  flags: readonly string[];
  /** How a missing bar was filled; NONE for what a source gave. */
  fill: Fill;
}

export type Method = 'UNKNOWN' | 'PRIORITY' | 'LATEST' | 'WEIGHTED_AVERAGE' | 'CONSENSUS' | 'TAPE' | 'FUSED' | 'PATH';

export type Status = 'OK' | 'DEGRADED' | 'SINGLE' | 'DISPERSED' | 'NO_QUORUM';

export interface BarSource {
  /** The source. */
  source: string;
  /** Its volume in the bar. */
  volume: Fixed;
  /** Its trades in the bar. */
  trades: number;
  /** Whether its prices entered the bar. */
  included: boolean;
  /** Why not; empty when included. */
  reason: string;
}

/** A fused OHLCV bar of an instrument. */
export interface ConsensusBar {
  /** Canonical instrument id; also the record's key. */
  instrument: string;
  /** TAPE from trades, FUSED from sources' bars, PATH of the consensus price. */
  method: Method;
  /** Length of the bar: 1s 1m 5m 15m 1h 4h 1d. */
  interval: string;
  /** Counts the records of this instrument, method and interval from 1 without a hole. */
  sequence: number;
  /** Start of the window, inclusive. */
  start: Micros;
  /** End of the window, exclusive. */
  end: Micros;
  /** 0 for the first statement of the window, then 1, 2, … as late trades arrive. */
  revision: number;
  /** Log time of the instrument at which it was emitted. */
  logTime: Micros;
  /** How far it can be trusted. */
  status: Status;
  /** First price, null for an empty window. */
  open: null | Fixed;
  /** Highest price. */
  high: null | Fixed;
  /** Lowest price. */
  low: null | Fixed;
  /** Last price. */
  close: null | Fixed;
  /** Quantity traded. */
  volume: Fixed;
  /** Σ price × size, exact. */
  notional: Fixed24;
  /** notional / volume, rounded half to even at the instrument's price scale + 2. */
  vwap: null | Fixed;
  /** Number of trades; fills where an aggregate says how many. */
  trades: number;
  /** Volume whose taker bought. */
  buyVolume: Fixed;
  /** Volume whose taker sold. */
  sellVolume: Fixed;
  /** Volume of SUSPECT trades, not in prices. */
  excludedVolume: Fixed;
  /** Volume by source, in configured order. */
  sources: readonly BarSource[];
  /** True when the window is not wholly covered. */
  partial: boolean;
  /** How a window without trades was filled. */
  fill: Fill;
  /** Receive time of the record that caused the emission; null when only time passed. */
  triggerReceiveTime: null | Micros;
  /** Version of the configuration in force. */
  configVersion: number;
}

export type Emission = 'UNKNOWN' | 'HEARTBEAT' | 'STATUS' | 'MEMBERSHIP' | 'MOVE';

export interface QuoteEntry {
  /** The source. */
  source: string;
  /** Its price (mid for quotes) as last observed, null when it never gave one. */
  value: null | Fixed;
  /** Its bid. */
  bid: null | Fixed;
  /** Its ask. */
  ask: null | Fixed;
  /** Its half-width c as voted, aged. */
  confidence: null | Fixed;
  /** Its integer weight in the vote, 0 when excluded. */
  weight: number;
  /** Log time minus the receive time of its observation, never below 0. */
  ageMicros: null | number;
  /** Whether it entered the value. */
  included: boolean;
  /** Why not, as the code of the gate; empty when included. */
  reason: string;
}

/** The fused bid, ask and mid of an instrument. */
export interface ConsensusQuote {
  /** Canonical instrument id; also the record's key. */
  instrument: string;
  /** The strategy that made it. */
  method: Method;
  /** Counts the records of this instrument, topic and method from 1 without a hole. */
  sequence: number;
  /** Log time of the instrument at which it was emitted. */
  logTime: Micros;
  /** Log time for which the value holds; behind logTime only under NO_QUORUM. */
  asOf: Micros;
  /** How far the value can be trusted. */
  status: Status;
  /** Consensus of the mids, null before the first. */
  mid: null | Fixed;
  /** Fused bid: lower median of the bids. */
  bid: null | Fixed;
  /** Fused ask: upper median of the asks. */
  ask: null | Fixed;
  /** Highest bid over the included sources. */
  bestBid: null | Fixed;
  /** The source of bestBid. */
  bestBidSource: null | string;
  /** Lowest ask over the included sources. */
  bestAsk: null | Fixed;
  /** The source of bestAsk. */
  bestAskSource: null | string;
  /** bestBid is above bestAsk. */
  crossed: boolean;
  /** Half-width of the value. */
  confidence: null | Fixed;
  /** Why it was emitted. */
  emission: Emission;
  /** Receive time of the record that caused the emission; null when only time passed. */
  triggerReceiveTime: null | Micros;
  /** One entry per member source, in configured order. */
  sources: readonly QuoteEntry[];
  /** Σ value·Δt in price × seconds since the first value: the difference of two records over the time between them (less downtime) is the exact time-weighted average. */
  cumulativePriceTime: Fixed18;
  /** Σ confidence·Δt in price × seconds. */
  cumulativeConfidenceTime: Fixed18;
  /** Time without a quorum since the first value. */
  downtimeMicros: number;
  /** Exponential average with weight 1/confidence and a half-life of one hour. */
  average: null | Fixed;
  /** Version of the configuration in force. */
  configVersion: number;
}

export interface TradeEntry {
  /** The source. */
  source: string;
  /** Its price (mid for quotes) as last observed, null when it never gave one. */
  value: null | Fixed;
  /** Its half-width c as voted, aged. */
  confidence: null | Fixed;
  /** Its integer weight in the vote, 0 when excluded. */
  weight: number;
  /** Log time minus the receive time of its observation, never below 0. */
  ageMicros: null | number;
  /** Whether it entered the value. */
  included: boolean;
  /** Why not, as the code of the gate; empty when included. */
  reason: string;
}

/** The robust trade price of an instrument. */
export interface ConsensusTrade {
  /** Canonical instrument id; also the record's key. */
  instrument: string;
  /** The strategy that made it. */
  method: Method;
  /** Counts the records of this instrument, topic and method from 1 without a hole. */
  sequence: number;
  /** Log time of the instrument at which it was emitted. */
  logTime: Micros;
  /** Log time for which the value holds; behind logTime only under NO_QUORUM. */
  asOf: Micros;
  /** How far the value can be trusted. */
  status: Status;
  /** Consensus price, null before the first. */
  price: null | Fixed;
  /** Half-width of the value. */
  confidence: null | Fixed;
  /** Why it was emitted. */
  emission: Emission;
  /** Receive time of the record that caused the emission; null when only time passed. */
  triggerReceiveTime: null | Micros;
  /** One entry per member source, in configured order. */
  sources: readonly TradeEntry[];
  /** Σ value·Δt in price × seconds since the first value: the difference of two records over the time between them (less downtime) is the exact time-weighted average. */
  cumulativePriceTime: Fixed18;
  /** Σ confidence·Δt in price × seconds. */
  cumulativeConfidenceTime: Fixed18;
  /** Time without a quorum since the first value. */
  downtimeMicros: number;
  /** Exponential average with weight 1/confidence and a half-life of one hour. */
  average: null | Fixed;
  /** Version of the configuration in force. */
  configVersion: number;
}

export type AssetClass = 'UNKNOWN' | 'CRYPTO' | 'EQUITY' | 'FX' | 'FUTURE' | 'OPTION' | 'INDEX';

export interface TickBand {
  /** Lowest price of the band, inclusive. */
  from: Fixed;
  /** Price increment in the band. */
  tick: Fixed;
}

export type InstrumentStatus = 'UNKNOWN' | 'ACTIVE' | 'HALTED' | 'DELISTED';

export interface VenueListing {
  /** The source. */
  source: string;
  /** Its symbol there. */
  symbol: string;
  /** Market within the source. */
  market: null | string;
  /** Price grid there, when it differs. */
  tickBands: readonly TickBand[];
  /** Size increment there, when it differs. */
  lot: null | Fixed;
}

export type Phase = 'UNKNOWN' | 'PRE' | 'AUCTION' | 'CONTINUOUS' | 'POST' | 'HALT';

export interface SessionPhase {
  /** ISO weekdays, 1 Monday to 7 Sunday. */
  days: readonly number[];
  /** Local HH:MM:SS, inclusive. */
  start: string;
  /** Local HH:MM:SS, exclusive. */
  end: string;
  /** What happens then. */
  phase: Phase;
}

export interface HalfDay {
  /** YYYY-MM-DD. */
  date: string;
  /** Local HH:MM:SS of the early close. */
  close: string;
}

export interface Calendar {
  /** IANA zone of the times below. */
  timezone: string;
  /** Weekly phases. */
  phases: readonly SessionPhase[];
  /** Closed days, YYYY-MM-DD. */
  holidays: readonly string[];
  /** Days that close early. */
  halfDays: readonly HalfDay[];
}

export interface Split {
  /** From when. */
  effective: Micros;
  /** New units … */
  numerator: number;
  /** … per old units. */
  denominator: number;
}

/** Canonical definition of an instrument and each venue's symbol; compacted. */
export interface Instrument {
  /** Canonical id; also the record's key. */
  id: string;
  /** Class of asset. */
  assetClass: AssetClass;
  /** What is traded. */
  base: string;
  /** What the price is quoted in. */
  quote: string;
  /** Settlement currency. */
  currency: string;
  /** What size counts. */
  sizeUnit: string;
  /** Partition of all its topics, given once. */
  partition: number;
  /** Decimal places of its price grid; published values are rounded at this + 2. */
  priceScale: number;
  /** Price grid by price band, ascending. */
  tickBands: readonly TickBand[];
  /** Size increment. */
  lot: null | Fixed;
  /** Units of base per unit of size. */
  multiplier: Fixed;
  /** Absolute lower bound of price. */
  minimumPrice: null | Fixed;
  /** Absolute upper bound of price. */
  maximumPrice: null | Fixed;
  /** Absolute upper bound of size. */
  maximumSize: null | Fixed;
  /** Whether prices may be zero or negative. */
  negativePrices: boolean;
  /** Trading status. */
  status: InstrumentStatus;
  /** When it expires. */
  expiry: null | Micros;
  /** Where it is listed, in order of priority. */
  venues: readonly VenueListing[];
  /** Session calendar; null when it always trades. */
  calendar: null | Calendar;
  /** Splits, ascending. */
  splits: readonly Split[];
  /** Parameters of rules and strategies in force for it, as JSON. */
  parameters: string;
  /** Version of the configuration that published it. */
  configVersion: number;
}

export type DataType = 'UNKNOWN' | 'TRADES' | 'QUOTES' | 'BARS';

export interface CodeCount {
  /** Stable code, see docs/errors.md. */
  code: string;
  /** How many. */
  count: number;
}

/** What the validator found of one source, instrument and kind in one window of log time. */
export interface QualityReport {
  /** Canonical instrument id; also the record's key. */
  instrument: string;
  /** The source. */
  source: string;
  /** Data type. */
  kind: DataType;
  /** Start of the window, inclusive. */
  start: Micros;
  /** End of the window, exclusive. */
  end: Micros;
  /** Records received. */
  received: number;
  /** Records passed on as VALID. */
  accepted: number;
  /** VALID records that carry a flag. */
  noted: number;
  /** Records passed on as SUSPECT. */
  suspected: number;
  /** Records sent to quarantine. */
  rejected: number;
  /** Count per code, sorted by code. */
  codes: readonly CodeCount[];
  /** Records dropped as seen before. */
  duplicates: number;
  /** Records older than what was held. */
  late: number;
  /** Gaps found. */
  gaps: number;
  /** Ids missing in those gaps. */
  missingIds: number;
  /** Missing ids that came later. */
  filled: number;
  /** Log time at the window's end minus receive time of the last record. */
  stalenessMicros: null | number;
  /** Median of receiveTime − eventTime. */
  delayP50Micros: null | number;
  /** 99th percentile of receiveTime − eventTime. */
  delayP99Micros: null | number;
  /** Estimate of the venue clock's offset: least receiveTime − eventTime seen. */
  skewMicros: null | number;
  /** Records that were checked for gaps and passed. */
  verified: number;
  /** Records for which the venue gives nothing to check. */
  unverifiable: number;
  /** Records in doubt: late, after a gap, suspected or refused. */
  suspect: number;
}

export interface Reason {
  /** Stable code, see docs/errors.md. */
  code: string;
  /** What was found and what was expected. */
  message: string;
}

export type Form = 'UNKNOWN' | 'RECORD' | 'FRAME';

/** A refused record or frame, with its own bytes and every reason. */
export interface Quarantined {
  /** Canonical instrument id, where it could be told. */
  instrument: null | string;
  /** The source, where it could be told. */
  source: null | string;
  /** The source's own symbol, where it could be told. */
  venueSymbol: null | string;
  /** Topic it came in on, without prefix. */
  topic: string;
  /** Partition it came in on. */
  partition: number;
  /** Its offset there. */
  offset: number;
  /** Its timestamp there. */
  logTime: Micros;
  /** When an ingestor received it, where it could be told. */
  receiveTime: null | Micros;
  /** Every reason, in rule order. */
  reasons: readonly Reason[];
  /** RECORD: a Kafka record's value; FRAME: a venue's frame that no record could be made of. */
  form: Form;
  /** Schema id of the value, where it carried one. */
  schemaId: null | number;
  /** True when bytes holds only the beginning. */
  truncated: boolean;
  /** The refused bytes. */
  bytes: Uint8Array;
}

/** A bar as its source gave it, in the common format. */
export interface RawBar {
  /** Canonical instrument id, e.g. BTC-USDT or AAPL.US; also the record's key. */
  instrument: string;
  /** The source that gave it, e.g. binance. */
  source: string;
  /** The source's own symbol, verbatim. */
  venueSymbol: string;
  /** Market within the source (Interactive Brokers' exchange), null where the source is one market. */
  market: null | string;
  /** The venue's own time of the event, null where it gives none. */
  eventTime: null | Micros;
  /** Precision in which the venue gave eventTime. */
  eventTimePrecision: null | TimePrecision;
  /** When the ingestor received the frame, stamped before parsing. */
  receiveTime: Micros;
  /** What firstId and lastId number: NONE when there is no id; TRADE and AGGREGATE are contiguous integers of different kinds; UPDATE numbers book changes; OPAQUE has no arithmetic. */
  idKind: IdKind;
  /** First venue id that this record covers. */
  firstId: null | string;
  /** Last venue id that this record covers; equal to firstId unless it is an aggregate. */
  lastId: null | string;
  /** Number of fills an aggregate covers, where the venue says so. */
  fills: null | number;
  /** The venue's sequence number of the message that carried it. */
  venueSequence: null | number;
  /** Connection session of the ingestor that received it. */
  session: string;
  /** Place of this record within its session, increasing. */
  ordinal: number;
  /** LIVE as it happened; SNAPSHOT sent by the venue at subscription; BACKFILL fetched later to fill a gap. */
  origin: Origin;
  /** Sale conditions as the venue codes them. */
  conditions: readonly string[];
  /** NEW, or a correction or cancellation of an earlier record. */
  action: Action;
  /** True when the source delays its data by contract. */
  delayed: boolean;
  /** True when the source samples, so that sizes do not add up to the tape. */
  sampled: boolean;
  /** Currency or asset the price is quoted in. */
  currency: string;
  /** What size counts: an asset code, SHARES or CONTRACTS. */
  sizeUnit: string;
  /** Length of the bar: 1s 1m 5m 15m 1h 4h 1d. */
  interval: string;
  /** Start of the window, inclusive. */
  start: Micros;
  /** End of the window, exclusive. */
  end: Micros;
  /** First price. */
  open: Fixed;
  /** Highest price. */
  high: Fixed;
  /** Lowest price. */
  low: Fixed;
  /** Last price. */
  close: Fixed;
  /** Quantity traded, in sizeUnit. */
  volume: null | Fixed;
  /** Quantity traded, in currency. */
  quoteVolume: null | Fixed;
  /** Volume-weighted average price as the venue gives it. */
  vwap: null | Fixed;
  /** Number of trades as the venue counts them. */
  tradeCount: null | number;
  /** Part of volume whose taker bought. */
  takerBuyVolume: null | Fixed;
  /** True when the venue says that the bar is closed, or when it is known to be. */
  final: boolean;
  /** 0 for the first statement of this window within a session, then 1, 2, … */
  revision: number;
}

/** A quote as its source gave it, in the common format. */
export interface RawQuote {
  /** Canonical instrument id, e.g. BTC-USDT or AAPL.US; also the record's key. */
  instrument: string;
  /** The source that gave it, e.g. binance. */
  source: string;
  /** The source's own symbol, verbatim. */
  venueSymbol: string;
  /** Market within the source (Interactive Brokers' exchange), null where the source is one market. */
  market: null | string;
  /** The venue's own time of the event, null where it gives none. */
  eventTime: null | Micros;
  /** Precision in which the venue gave eventTime. */
  eventTimePrecision: null | TimePrecision;
  /** When the ingestor received the frame, stamped before parsing. */
  receiveTime: Micros;
  /** What firstId and lastId number: NONE when there is no id; TRADE and AGGREGATE are contiguous integers of different kinds; UPDATE numbers book changes; OPAQUE has no arithmetic. */
  idKind: IdKind;
  /** First venue id that this record covers. */
  firstId: null | string;
  /** Last venue id that this record covers; equal to firstId unless it is an aggregate. */
  lastId: null | string;
  /** Number of fills an aggregate covers, where the venue says so. */
  fills: null | number;
  /** The venue's sequence number of the message that carried it. */
  venueSequence: null | number;
  /** Connection session of the ingestor that received it. */
  session: string;
  /** Place of this record within its session, increasing. */
  ordinal: number;
  /** LIVE as it happened; SNAPSHOT sent by the venue at subscription; BACKFILL fetched later to fill a gap. */
  origin: Origin;
  /** Sale conditions as the venue codes them. */
  conditions: readonly string[];
  /** NEW, or a correction or cancellation of an earlier record. */
  action: Action;
  /** True when the source delays its data by contract. */
  delayed: boolean;
  /** True when the source samples, so that sizes do not add up to the tape. */
  sampled: boolean;
  /** Currency or asset the price is quoted in. */
  currency: string;
  /** What size counts: an asset code, SHARES or CONTRACTS. */
  sizeUnit: string;
  /** Best bid, null when that side of the book is empty or not given. */
  bid: null | Fixed;
  /** Quantity at the best bid. */
  bidSize: null | Fixed;
  /** Best ask, null when that side of the book is empty or not given. */
  ask: null | Fixed;
  /** Quantity at the best ask. */
  askSize: null | Fixed;
}

/** A trade as its source gave it, in the common format. */
export interface RawTrade {
  /** Canonical instrument id, e.g. BTC-USDT or AAPL.US; also the record's key. */
  instrument: string;
  /** The source that gave it, e.g. binance. */
  source: string;
  /** The source's own symbol, verbatim. */
  venueSymbol: string;
  /** Market within the source (Interactive Brokers' exchange), null where the source is one market. */
  market: null | string;
  /** The venue's own time of the event, null where it gives none. */
  eventTime: null | Micros;
  /** Precision in which the venue gave eventTime. */
  eventTimePrecision: null | TimePrecision;
  /** When the ingestor received the frame, stamped before parsing. */
  receiveTime: Micros;
  /** What firstId and lastId number: NONE when there is no id; TRADE and AGGREGATE are contiguous integers of different kinds; UPDATE numbers book changes; OPAQUE has no arithmetic. */
  idKind: IdKind;
  /** First venue id that this record covers. */
  firstId: null | string;
  /** Last venue id that this record covers; equal to firstId unless it is an aggregate. */
  lastId: null | string;
  /** Number of fills an aggregate covers, where the venue says so. */
  fills: null | number;
  /** The venue's sequence number of the message that carried it. */
  venueSequence: null | number;
  /** Connection session of the ingestor that received it. */
  session: string;
  /** Place of this record within its session, increasing. */
  ordinal: number;
  /** LIVE as it happened; SNAPSHOT sent by the venue at subscription; BACKFILL fetched later to fill a gap. */
  origin: Origin;
  /** Sale conditions as the venue codes them. */
  conditions: readonly string[];
  /** NEW, or a correction or cancellation of an earlier record. */
  action: Action;
  /** True when the source delays its data by contract. */
  delayed: boolean;
  /** True when the source samples, so that sizes do not add up to the tape. */
  sampled: boolean;
  /** Currency or asset the price is quoted in. */
  currency: string;
  /** What size counts: an asset code, SHARES or CONTRACTS. */
  sizeUnit: string;
  /** Price per unit. */
  price: Fixed;
  /** Quantity in sizeUnit. */
  size: Fixed;
  /** Side of the taker (aggressor); null where the venue does not say. */
  side: null | Side;
}

export type SourceStatus = 'UNKNOWN' | 'CONNECTING' | 'LIVE' | 'STALE' | 'DOWN';

export interface IdRange {
  /** First missing id. */
  firstId: string;
  /** Last missing id, included. */
  lastId: string;
}

/** State and coverage of one source, per instrument and kind; compacted. */
export interface SourceState {
  /** The source. */
  source: string;
  /** Canonical instrument id; null for the source as a whole. */
  instrument: null | string;
  /** Data type; null for the source as a whole. */
  kind: null | DataType;
  /** What the source is doing. */
  state: SourceStatus;
  /** Its current session. */
  session: null | string;
  /** The ingestor replica that serves it. */
  replica: null | string;
  /** When this state began, by the ingestor's clock. */
  since: Micros;
  /** When this was written, by the ingestor's clock. */
  updated: Micros;
  /** Receive time of its last record. */
  lastReceiveTime: null | Micros;
  /** Records received in this session. */
  received: number;
  /** Frames refused in this session. */
  refused: number;
  /** Records dropped because Kafka could not be reached. */
  dropped: number;
  /** Gaps found in this session. */
  gaps: number;
  /** Ids still missing, whichever replica missed them. */
  missingIds: number;
  /** Reconnects since the ingestor started. */
  reconnects: number;
  /** Coverage, of all replicas that served the stream one after the other: ids checked and passed. */
  verified: number;
  /** Coverage: records with nothing to check. */
  unverifiable: number;
  /** Coverage: ids missing or late, and each hole of unknown size that is not filled. */
  suspect: number;
  /** Why it is in this state, for people. */
  message: null | string;
  /** Newest contiguous venue id whose record Kafka has acknowledged, of bars the number of the window (start / length); null where the venue has none. All ids up to it are in the log but those of openHoles. */
  lastId: null | string;
  /** Newest event time of the records that Kafka has acknowledged, by the venue's clock. Of trades of which there are none yet, 5 s before the stream was served first, by ours. */
  lastEventTime: null | Micros;
  /** Ids below lastId that are missing and may still be had; at most 256, nearby ones as one; empty ids are a hole of unknown size. */
  openHoles: readonly IdRange[];
}

/** The record type of each topic that carries Avro values. */
export interface RecordByTopic {
  'clean.bars': CleanBar;
  'clean.quotes': CleanQuote;
  'clean.trades': CleanTrade;
  'consensus.bars': ConsensusBar;
  'consensus.quotes': ConsensusQuote;
  'consensus.trades': ConsensusTrade;
  'instruments': Instrument;
  'quality': QualityReport;
  'quarantine': Quarantined;
  'raw.bars': RawBar;
  'raw.quotes': RawQuote;
  'raw.trades': RawTrade;
  'sources': SourceState;
}

export type AvroTopic = keyof RecordByTopic;
