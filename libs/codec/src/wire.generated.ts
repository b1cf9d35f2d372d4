// Generated from schemas/*.avsc by `npm run codegen`. Do not edit.
import type {
  Action,
  AssetClass,
  BarSource,
  Calendar,
  CleanBar,
  CleanQuote,
  CleanTrade,
  CodeCount,
  ConsensusBar,
  ConsensusQuote,
  ConsensusTrade,
  DataType,
  Emission,
  Fill,
  Form,
  HalfDay,
  IdKind,
  IdRange,
  Instrument,
  InstrumentStatus,
  Method,
  Origin,
  Phase,
  QualityReport,
  Quarantined,
  QuoteEntry,
  RawBar,
  RawQuote,
  RawTrade,
  Reason,
  SessionPhase,
  Side,
  SourceState,
  SourceStatus,
  Split,
  Status,
  TickBand,
  TimePrecision,
  TradeEntry,
  VenueListing,
  Verdict,
  RecordByTopic,
} from './records.generated.ts';
import { Malformed, type WireReader } from './wire-reader.ts';
import { Misfit, type WireWriter } from './wire-writer.ts';

function writeCleanBar(w: WireWriter, v: CleanBar): void {
  w.string(v.instrument);
  w.string(v.source);
  w.string(v.venueSymbol);
  if (v.market === null) w.code(0);
  else {
    w.code(2);
    w.string(v.market);
  }
  if (v.eventTime === null) w.code(0);
  else {
    w.code(2);
    w.long(v.eventTime);
  }
  if (v.eventTimePrecision === null) w.code(0);
  else {
    w.code(2);
    writeTimePrecision(w, v.eventTimePrecision);
  }
  w.long(v.receiveTime);
  writeIdKind(w, v.idKind);
  if (v.firstId === null) w.code(0);
  else {
    w.code(2);
    w.string(v.firstId);
  }
  if (v.lastId === null) w.code(0);
  else {
    w.code(2);
    w.string(v.lastId);
  }
  if (v.fills === null) w.code(0);
  else {
    w.code(2);
    w.int(v.fills);
  }
  if (v.venueSequence === null) w.code(0);
  else {
    w.code(2);
    w.long(v.venueSequence);
  }
  w.string(v.session);
  w.long(v.ordinal);
  writeOrigin(w, v.origin);
  writeStringItems(w, v.conditions);
  writeAction(w, v.action);
  w.boolean(v.delayed);
  w.boolean(v.sampled);
  w.string(v.currency);
  w.string(v.sizeUnit);
  w.string(v.interval);
  w.long(v.start);
  w.long(v.end);
  w.decimal(v.open);
  w.decimal(v.high);
  w.decimal(v.low);
  w.decimal(v.close);
  if (v.volume === null) w.code(0);
  else {
    w.code(2);
    w.decimal(v.volume);
  }
  if (v.quoteVolume === null) w.code(0);
  else {
    w.code(2);
    w.decimal(v.quoteVolume);
  }
  if (v.vwap === null) w.code(0);
  else {
    w.code(2);
    w.decimal(v.vwap);
  }
  if (v.tradeCount === null) w.code(0);
  else {
    w.code(2);
    w.long(v.tradeCount);
  }
  if (v.takerBuyVolume === null) w.code(0);
  else {
    w.code(2);
    w.decimal(v.takerBuyVolume);
  }
  w.boolean(v.final);
  w.int(v.revision);
  writeVerdict(w, v.verdict);
  writeStringItems(w, v.flags);
  writeFill(w, v.fill);
}

function readCleanBar(r: WireReader): CleanBar {
  return {
    instrument: r.string(),
    source: r.string(),
    venueSymbol: r.string(),
    market: r.present() ? r.string() : null,
    eventTime: r.present() ? r.long() : null,
    eventTimePrecision: r.present() ? readTimePrecision(r) : null,
    receiveTime: r.long(),
    idKind: readIdKind(r),
    firstId: r.present() ? r.string() : null,
    lastId: r.present() ? r.string() : null,
    fills: r.present() ? r.int() : null,
    venueSequence: r.present() ? r.long() : null,
    session: r.string(),
    ordinal: r.long(),
    origin: readOrigin(r),
    conditions: readStringItems(r),
    action: readAction(r),
    delayed: r.boolean(),
    sampled: r.boolean(),
    currency: r.string(),
    sizeUnit: r.string(),
    interval: r.string(),
    start: r.long(),
    end: r.long(),
    open: r.decimal(),
    high: r.decimal(),
    low: r.decimal(),
    close: r.decimal(),
    volume: r.present() ? r.decimal() : null,
    quoteVolume: r.present() ? r.decimal() : null,
    vwap: r.present() ? r.decimal() : null,
    tradeCount: r.present() ? r.long() : null,
    takerBuyVolume: r.present() ? r.decimal() : null,
    final: r.boolean(),
    revision: r.int(),
    verdict: readVerdict(r),
    flags: readStringItems(r),
    fill: readFill(r),
  };
}

function writeTimePrecision(w: WireWriter, v: TimePrecision): void {
  switch (v) {
    case 'UNKNOWN':
      return w.code(0);
    case 'SECOND':
      return w.code(2);
    case 'MILLISECOND':
      return w.code(4);
    case 'MICROSECOND':
      return w.code(6);
    case 'NANOSECOND':
      return w.code(8);
    default:
      throw new Misfit();
  }
}

function readTimePrecision(r: WireReader): TimePrecision {
  switch (r.code()) {
    case 0:
      return 'UNKNOWN';
    case 2:
      return 'SECOND';
    case 4:
      return 'MILLISECOND';
    case 6:
      return 'MICROSECOND';
    case 8:
      return 'NANOSECOND';
    default:
      throw new Malformed('TimePrecision has an index that its schema does not have');
  }
}

function writeIdKind(w: WireWriter, v: IdKind): void {
  switch (v) {
    case 'UNKNOWN':
      return w.code(0);
    case 'NONE':
      return w.code(2);
    case 'TRADE':
      return w.code(4);
    case 'AGGREGATE':
      return w.code(6);
    case 'UPDATE':
      return w.code(8);
    case 'OPAQUE':
      return w.code(10);
    default:
      throw new Misfit();
  }
}

function readIdKind(r: WireReader): IdKind {
  switch (r.code()) {
    case 0:
      return 'UNKNOWN';
    case 2:
      return 'NONE';
    case 4:
      return 'TRADE';
    case 6:
      return 'AGGREGATE';
    case 8:
      return 'UPDATE';
    case 10:
      return 'OPAQUE';
    default:
      throw new Malformed('IdKind has an index that its schema does not have');
  }
}

function writeOrigin(w: WireWriter, v: Origin): void {
  switch (v) {
    case 'UNKNOWN':
      return w.code(0);
    case 'LIVE':
      return w.code(2);
    case 'SNAPSHOT':
      return w.code(4);
    case 'BACKFILL':
      return w.code(6);
    default:
      throw new Misfit();
  }
}

function readOrigin(r: WireReader): Origin {
  switch (r.code()) {
    case 0:
      return 'UNKNOWN';
    case 2:
      return 'LIVE';
    case 4:
      return 'SNAPSHOT';
    case 6:
      return 'BACKFILL';
    default:
      throw new Malformed('Origin has an index that its schema does not have');
  }
}

function writeStringItems(w: WireWriter, v: readonly string[]): void {
  if (!Array.isArray(v)) throw new Misfit();
  if (v.length > 0) w.long(v.length);
  for (const item of v) w.string(item);
  w.code(0);
}

function readStringItems(r: WireReader): string[] {
  const items: string[] = [];
  for (let left = r.block(); left > 0; left = r.block()) {
    for (; left > 0; left--) items.push(r.string());
  }
  return items;
}

function writeAction(w: WireWriter, v: Action): void {
  switch (v) {
    case 'UNKNOWN':
      return w.code(0);
    case 'NEW':
      return w.code(2);
    case 'CORRECT':
      return w.code(4);
    case 'CANCEL':
      return w.code(6);
    default:
      throw new Misfit();
  }
}

function readAction(r: WireReader): Action {
  switch (r.code()) {
    case 0:
      return 'UNKNOWN';
    case 2:
      return 'NEW';
    case 4:
      return 'CORRECT';
    case 6:
      return 'CANCEL';
    default:
      throw new Malformed('Action has an index that its schema does not have');
  }
}

function writeVerdict(w: WireWriter, v: Verdict): void {
  switch (v) {
    case 'VALID':
      return w.code(0);
    case 'SUSPECT':
      return w.code(2);
    default:
      throw new Misfit();
  }
}

function readVerdict(r: WireReader): Verdict {
  switch (r.code()) {
    case 0:
      return 'VALID';
    case 2:
      return 'SUSPECT';
    default:
      throw new Malformed('Verdict has an index that its schema does not have');
  }
}

function writeFill(w: WireWriter, v: Fill): void {
  switch (v) {
    case 'NONE':
      return w.code(0);
    case 'FORWARD':
      return w.code(2);
    case 'INTERPOLATED':
      return w.code(4);
    default:
      throw new Misfit();
  }
}

function readFill(r: WireReader): Fill {
  switch (r.code()) {
    case 0:
      return 'NONE';
    case 2:
      return 'FORWARD';
    case 4:
      return 'INTERPOLATED';
    default:
      throw new Malformed('Fill has an index that its schema does not have');
  }
}

function writeCleanQuote(w: WireWriter, v: CleanQuote): void {
  w.string(v.instrument);
  w.string(v.source);
  w.string(v.venueSymbol);
  if (v.market === null) w.code(0);
  else {
    w.code(2);
    w.string(v.market);
  }
  if (v.eventTime === null) w.code(0);
  else {
    w.code(2);
    w.long(v.eventTime);
  }
  if (v.eventTimePrecision === null) w.code(0);
  else {
    w.code(2);
    writeTimePrecision(w, v.eventTimePrecision);
  }
  w.long(v.receiveTime);
  writeIdKind(w, v.idKind);
  if (v.firstId === null) w.code(0);
  else {
    w.code(2);
    w.string(v.firstId);
  }
  if (v.lastId === null) w.code(0);
  else {
    w.code(2);
    w.string(v.lastId);
  }
  if (v.fills === null) w.code(0);
  else {
    w.code(2);
    w.int(v.fills);
  }
  if (v.venueSequence === null) w.code(0);
  else {
    w.code(2);
    w.long(v.venueSequence);
  }
  w.string(v.session);
  w.long(v.ordinal);
  writeOrigin(w, v.origin);
  writeStringItems(w, v.conditions);
  writeAction(w, v.action);
  w.boolean(v.delayed);
  w.boolean(v.sampled);
  w.string(v.currency);
  w.string(v.sizeUnit);
  if (v.bid === null) w.code(0);
  else {
    w.code(2);
    w.decimal(v.bid);
  }
  if (v.bidSize === null) w.code(0);
  else {
    w.code(2);
    w.decimal(v.bidSize);
  }
  if (v.ask === null) w.code(0);
  else {
    w.code(2);
    w.decimal(v.ask);
  }
  if (v.askSize === null) w.code(0);
  else {
    w.code(2);
    w.decimal(v.askSize);
  }
  writeVerdict(w, v.verdict);
  writeStringItems(w, v.flags);
  writeFill(w, v.fill);
}

function readCleanQuote(r: WireReader): CleanQuote {
  return {
    instrument: r.string(),
    source: r.string(),
    venueSymbol: r.string(),
    market: r.present() ? r.string() : null,
    eventTime: r.present() ? r.long() : null,
    eventTimePrecision: r.present() ? readTimePrecision(r) : null,
    receiveTime: r.long(),
    idKind: readIdKind(r),
    firstId: r.present() ? r.string() : null,
    lastId: r.present() ? r.string() : null,
    fills: r.present() ? r.int() : null,
    venueSequence: r.present() ? r.long() : null,
    session: r.string(),
    ordinal: r.long(),
    origin: readOrigin(r),
    conditions: readStringItems(r),
    action: readAction(r),
    delayed: r.boolean(),
    sampled: r.boolean(),
    currency: r.string(),
    sizeUnit: r.string(),
    bid: r.present() ? r.decimal() : null,
    bidSize: r.present() ? r.decimal() : null,
    ask: r.present() ? r.decimal() : null,
    askSize: r.present() ? r.decimal() : null,
    verdict: readVerdict(r),
    flags: readStringItems(r),
    fill: readFill(r),
  };
}

function writeCleanTrade(w: WireWriter, v: CleanTrade): void {
  w.string(v.instrument);
  w.string(v.source);
  w.string(v.venueSymbol);
  if (v.market === null) w.code(0);
  else {
    w.code(2);
    w.string(v.market);
  }
  if (v.eventTime === null) w.code(0);
  else {
    w.code(2);
    w.long(v.eventTime);
  }
  if (v.eventTimePrecision === null) w.code(0);
  else {
    w.code(2);
    writeTimePrecision(w, v.eventTimePrecision);
  }
  w.long(v.receiveTime);
  writeIdKind(w, v.idKind);
  if (v.firstId === null) w.code(0);
  else {
    w.code(2);
    w.string(v.firstId);
  }
  if (v.lastId === null) w.code(0);
  else {
    w.code(2);
    w.string(v.lastId);
  }
  if (v.fills === null) w.code(0);
  else {
    w.code(2);
    w.int(v.fills);
  }
  if (v.venueSequence === null) w.code(0);
  else {
    w.code(2);
    w.long(v.venueSequence);
  }
  w.string(v.session);
  w.long(v.ordinal);
  writeOrigin(w, v.origin);
  writeStringItems(w, v.conditions);
  writeAction(w, v.action);
  w.boolean(v.delayed);
  w.boolean(v.sampled);
  w.string(v.currency);
  w.string(v.sizeUnit);
  w.decimal(v.price);
  w.decimal(v.size);
  if (v.side === null) w.code(0);
  else {
    w.code(2);
    writeSide(w, v.side);
  }
  writeVerdict(w, v.verdict);
  writeStringItems(w, v.flags);
  writeFill(w, v.fill);
}

function readCleanTrade(r: WireReader): CleanTrade {
  return {
    instrument: r.string(),
    source: r.string(),
    venueSymbol: r.string(),
    market: r.present() ? r.string() : null,
    eventTime: r.present() ? r.long() : null,
    eventTimePrecision: r.present() ? readTimePrecision(r) : null,
    receiveTime: r.long(),
    idKind: readIdKind(r),
    firstId: r.present() ? r.string() : null,
    lastId: r.present() ? r.string() : null,
    fills: r.present() ? r.int() : null,
    venueSequence: r.present() ? r.long() : null,
    session: r.string(),
    ordinal: r.long(),
    origin: readOrigin(r),
    conditions: readStringItems(r),
    action: readAction(r),
    delayed: r.boolean(),
    sampled: r.boolean(),
    currency: r.string(),
    sizeUnit: r.string(),
    price: r.decimal(),
    size: r.decimal(),
    side: r.present() ? readSide(r) : null,
    verdict: readVerdict(r),
    flags: readStringItems(r),
    fill: readFill(r),
  };
}

function writeSide(w: WireWriter, v: Side): void {
  switch (v) {
    case 'UNKNOWN':
      return w.code(0);
    case 'BUY':
      return w.code(2);
    case 'SELL':
      return w.code(4);
    default:
      throw new Misfit();
  }
}

function readSide(r: WireReader): Side {
  switch (r.code()) {
    case 0:
      return 'UNKNOWN';
    case 2:
      return 'BUY';
    case 4:
      return 'SELL';
    default:
      throw new Malformed('Side has an index that its schema does not have');
  }
}

function writeConsensusBar(w: WireWriter, v: ConsensusBar): void {
  w.string(v.instrument);
  writeMethod(w, v.method);
  w.string(v.interval);
  w.long(v.sequence);
  w.long(v.start);
  w.long(v.end);
  w.int(v.revision);
  w.long(v.logTime);
  writeStatus(w, v.status);
  if (v.open === null) w.code(0);
  else {
    w.code(2);
    w.decimal(v.open);
  }
  if (v.high === null) w.code(0);
  else {
    w.code(2);
    w.decimal(v.high);
  }
  if (v.low === null) w.code(0);
  else {
    w.code(2);
    w.decimal(v.low);
  }
  if (v.close === null) w.code(0);
  else {
    w.code(2);
    w.decimal(v.close);
  }
  w.decimal(v.volume);
  w.decimal(v.notional);
  if (v.vwap === null) w.code(0);
  else {
    w.code(2);
    w.decimal(v.vwap);
  }
  w.long(v.trades);
  w.decimal(v.buyVolume);
  w.decimal(v.sellVolume);
  w.decimal(v.excludedVolume);
  writeBarSourceItems(w, v.sources);
  w.boolean(v.partial);
  writeFill(w, v.fill);
  if (v.triggerReceiveTime === null) w.code(0);
  else {
    w.code(2);
    w.long(v.triggerReceiveTime);
  }
  w.int(v.configVersion);
}

function readConsensusBar(r: WireReader): ConsensusBar {
  return {
    instrument: r.string(),
    method: readMethod(r),
    interval: r.string(),
    sequence: r.long(),
    start: r.long(),
    end: r.long(),
    revision: r.int(),
    logTime: r.long(),
    status: readStatus(r),
    open: r.present() ? r.decimal() : null,
    high: r.present() ? r.decimal() : null,
    low: r.present() ? r.decimal() : null,
    close: r.present() ? r.decimal() : null,
    volume: r.decimal(),
    notional: r.decimal(),
    vwap: r.present() ? r.decimal() : null,
    trades: r.long(),
    buyVolume: r.decimal(),
    sellVolume: r.decimal(),
    excludedVolume: r.decimal(),
    sources: readBarSourceItems(r),
    partial: r.boolean(),
    fill: readFill(r),
    triggerReceiveTime: r.present() ? r.long() : null,
    configVersion: r.int(),
  };
}

function writeMethod(w: WireWriter, v: Method): void {
  switch (v) {
    case 'UNKNOWN':
      return w.code(0);
    case 'PRIORITY':
      return w.code(2);
    case 'LATEST':
      return w.code(4);
    case 'WEIGHTED_AVERAGE':
      return w.code(6);
    case 'CONSENSUS':
      return w.code(8);
    case 'TAPE':
      return w.code(10);
    case 'FUSED':
      return w.code(12);
    case 'PATH':
      return w.code(14);
    default:
      throw new Misfit();
  }
}

function readMethod(r: WireReader): Method {
  switch (r.code()) {
    case 0:
      return 'UNKNOWN';
    case 2:
      return 'PRIORITY';
    case 4:
      return 'LATEST';
    case 6:
      return 'WEIGHTED_AVERAGE';
    case 8:
      return 'CONSENSUS';
    case 10:
      return 'TAPE';
    case 12:
      return 'FUSED';
    case 14:
      return 'PATH';
    default:
      throw new Malformed('Method has an index that its schema does not have');
  }
}

function writeStatus(w: WireWriter, v: Status): void {
  switch (v) {
    case 'OK':
      return w.code(0);
    case 'DEGRADED':
      return w.code(2);
    case 'SINGLE':
      return w.code(4);
    case 'DISPERSED':
      return w.code(6);
    case 'NO_QUORUM':
      return w.code(8);
    default:
      throw new Misfit();
  }
}

function readStatus(r: WireReader): Status {
  switch (r.code()) {
    case 0:
      return 'OK';
    case 2:
      return 'DEGRADED';
    case 4:
      return 'SINGLE';
    case 6:
      return 'DISPERSED';
    case 8:
      return 'NO_QUORUM';
    default:
      throw new Malformed('Status has an index that its schema does not have');
  }
}

function writeBarSourceItems(w: WireWriter, v: readonly BarSource[]): void {
  if (!Array.isArray(v)) throw new Misfit();
  if (v.length > 0) w.long(v.length);
  for (const item of v) writeBarSource(w, item);
  w.code(0);
}

function readBarSourceItems(r: WireReader): BarSource[] {
  const items: BarSource[] = [];
  for (let left = r.block(); left > 0; left = r.block()) {
    for (; left > 0; left--) items.push(readBarSource(r));
  }
  return items;
}

function writeBarSource(w: WireWriter, v: BarSource): void {
  w.string(v.source);
  w.decimal(v.volume);
  w.long(v.trades);
  w.boolean(v.included);
  w.string(v.reason);
}

function readBarSource(r: WireReader): BarSource {
  return {
    source: r.string(),
    volume: r.decimal(),
    trades: r.long(),
    included: r.boolean(),
    reason: r.string(),
  };
}

function writeConsensusQuote(w: WireWriter, v: ConsensusQuote): void {
  w.string(v.instrument);
  writeMethod(w, v.method);
  w.long(v.sequence);
  w.long(v.logTime);
  w.long(v.asOf);
  writeStatus(w, v.status);
  if (v.mid === null) w.code(0);
  else {
    w.code(2);
    w.decimal(v.mid);
  }
  if (v.bid === null) w.code(0);
  else {
    w.code(2);
    w.decimal(v.bid);
  }
  if (v.ask === null) w.code(0);
  else {
    w.code(2);
    w.decimal(v.ask);
  }
  if (v.bestBid === null) w.code(0);
  else {
    w.code(2);
    w.decimal(v.bestBid);
  }
  if (v.bestBidSource === null) w.code(0);
  else {
    w.code(2);
    w.string(v.bestBidSource);
  }
  if (v.bestAsk === null) w.code(0);
  else {
    w.code(2);
    w.decimal(v.bestAsk);
  }
  if (v.bestAskSource === null) w.code(0);
  else {
    w.code(2);
    w.string(v.bestAskSource);
  }
  w.boolean(v.crossed);
  if (v.confidence === null) w.code(0);
  else {
    w.code(2);
    w.decimal(v.confidence);
  }
  writeEmission(w, v.emission);
  if (v.triggerReceiveTime === null) w.code(0);
  else {
    w.code(2);
    w.long(v.triggerReceiveTime);
  }
  writeQuoteEntryItems(w, v.sources);
  w.decimal(v.cumulativePriceTime);
  w.decimal(v.cumulativeConfidenceTime);
  w.long(v.downtimeMicros);
  if (v.average === null) w.code(0);
  else {
    w.code(2);
    w.decimal(v.average);
  }
  w.int(v.configVersion);
}

function readConsensusQuote(r: WireReader): ConsensusQuote {
  return {
    instrument: r.string(),
    method: readMethod(r),
    sequence: r.long(),
    logTime: r.long(),
    asOf: r.long(),
    status: readStatus(r),
    mid: r.present() ? r.decimal() : null,
    bid: r.present() ? r.decimal() : null,
    ask: r.present() ? r.decimal() : null,
    bestBid: r.present() ? r.decimal() : null,
    bestBidSource: r.present() ? r.string() : null,
    bestAsk: r.present() ? r.decimal() : null,
    bestAskSource: r.present() ? r.string() : null,
    crossed: r.boolean(),
    confidence: r.present() ? r.decimal() : null,
    emission: readEmission(r),
    triggerReceiveTime: r.present() ? r.long() : null,
    sources: readQuoteEntryItems(r),
    cumulativePriceTime: r.decimal(),
    cumulativeConfidenceTime: r.decimal(),
    downtimeMicros: r.long(),
    average: r.present() ? r.decimal() : null,
    configVersion: r.int(),
  };
}

function writeEmission(w: WireWriter, v: Emission): void {
  switch (v) {
    case 'UNKNOWN':
      return w.code(0);
    case 'HEARTBEAT':
      return w.code(2);
    case 'STATUS':
      return w.code(4);
    case 'MEMBERSHIP':
      return w.code(6);
    case 'MOVE':
      return w.code(8);
    default:
      throw new Misfit();
  }
}

function readEmission(r: WireReader): Emission {
  switch (r.code()) {
    case 0:
      return 'UNKNOWN';
    case 2:
      return 'HEARTBEAT';
    case 4:
      return 'STATUS';
    case 6:
      return 'MEMBERSHIP';
    case 8:
      return 'MOVE';
    default:
      throw new Malformed('Emission has an index that its schema does not have');
  }
}

function writeQuoteEntryItems(w: WireWriter, v: readonly QuoteEntry[]): void {
  if (!Array.isArray(v)) throw new Misfit();
  if (v.length > 0) w.long(v.length);
  for (const item of v) writeQuoteEntry(w, item);
  w.code(0);
}

function readQuoteEntryItems(r: WireReader): QuoteEntry[] {
  const items: QuoteEntry[] = [];
  for (let left = r.block(); left > 0; left = r.block()) {
    for (; left > 0; left--) items.push(readQuoteEntry(r));
  }
  return items;
}

function writeQuoteEntry(w: WireWriter, v: QuoteEntry): void {
  w.string(v.source);
  if (v.value === null) w.code(0);
  else {
    w.code(2);
    w.decimal(v.value);
  }
  if (v.bid === null) w.code(0);
  else {
    w.code(2);
    w.decimal(v.bid);
  }
  if (v.ask === null) w.code(0);
  else {
    w.code(2);
    w.decimal(v.ask);
  }
  if (v.confidence === null) w.code(0);
  else {
    w.code(2);
    w.decimal(v.confidence);
  }
  w.long(v.weight);
  if (v.ageMicros === null) w.code(0);
  else {
    w.code(2);
    w.long(v.ageMicros);
  }
  w.boolean(v.included);
  w.string(v.reason);
}

function readQuoteEntry(r: WireReader): QuoteEntry {
  return {
    source: r.string(),
    value: r.present() ? r.decimal() : null,
    bid: r.present() ? r.decimal() : null,
    ask: r.present() ? r.decimal() : null,
    confidence: r.present() ? r.decimal() : null,
    weight: r.long(),
    ageMicros: r.present() ? r.long() : null,
    included: r.boolean(),
    reason: r.string(),
  };
}

function writeConsensusTrade(w: WireWriter, v: ConsensusTrade): void {
  w.string(v.instrument);
  writeMethod(w, v.method);
  w.long(v.sequence);
  w.long(v.logTime);
  w.long(v.asOf);
  writeStatus(w, v.status);
  if (v.price === null) w.code(0);
  else {
    w.code(2);
    w.decimal(v.price);
  }
  if (v.confidence === null) w.code(0);
  else {
    w.code(2);
    w.decimal(v.confidence);
  }
  writeEmission(w, v.emission);
  if (v.triggerReceiveTime === null) w.code(0);
  else {
    w.code(2);
    w.long(v.triggerReceiveTime);
  }
  writeTradeEntryItems(w, v.sources);
  w.decimal(v.cumulativePriceTime);
  w.decimal(v.cumulativeConfidenceTime);
  w.long(v.downtimeMicros);
  if (v.average === null) w.code(0);
  else {
    w.code(2);
    w.decimal(v.average);
  }
  w.int(v.configVersion);
}

function readConsensusTrade(r: WireReader): ConsensusTrade {
  return {
    instrument: r.string(),
    method: readMethod(r),
    sequence: r.long(),
    logTime: r.long(),
    asOf: r.long(),
    status: readStatus(r),
    price: r.present() ? r.decimal() : null,
    confidence: r.present() ? r.decimal() : null,
    emission: readEmission(r),
    triggerReceiveTime: r.present() ? r.long() : null,
    sources: readTradeEntryItems(r),
    cumulativePriceTime: r.decimal(),
    cumulativeConfidenceTime: r.decimal(),
    downtimeMicros: r.long(),
    average: r.present() ? r.decimal() : null,
    configVersion: r.int(),
  };
}

function writeTradeEntryItems(w: WireWriter, v: readonly TradeEntry[]): void {
  if (!Array.isArray(v)) throw new Misfit();
  if (v.length > 0) w.long(v.length);
  for (const item of v) writeTradeEntry(w, item);
  w.code(0);
}

function readTradeEntryItems(r: WireReader): TradeEntry[] {
  const items: TradeEntry[] = [];
  for (let left = r.block(); left > 0; left = r.block()) {
    for (; left > 0; left--) items.push(readTradeEntry(r));
  }
  return items;
}

function writeTradeEntry(w: WireWriter, v: TradeEntry): void {
  w.string(v.source);
  if (v.value === null) w.code(0);
  else {
    w.code(2);
    w.decimal(v.value);
  }
  if (v.confidence === null) w.code(0);
  else {
    w.code(2);
    w.decimal(v.confidence);
  }
  w.long(v.weight);
  if (v.ageMicros === null) w.code(0);
  else {
    w.code(2);
    w.long(v.ageMicros);
  }
  w.boolean(v.included);
  w.string(v.reason);
}

function readTradeEntry(r: WireReader): TradeEntry {
  return {
    source: r.string(),
    value: r.present() ? r.decimal() : null,
    confidence: r.present() ? r.decimal() : null,
    weight: r.long(),
    ageMicros: r.present() ? r.long() : null,
    included: r.boolean(),
    reason: r.string(),
  };
}

function writeInstrument(w: WireWriter, v: Instrument): void {
  w.string(v.id);
  writeAssetClass(w, v.assetClass);
  w.string(v.base);
  w.string(v.quote);
  w.string(v.currency);
  w.string(v.sizeUnit);
  w.int(v.partition);
  w.int(v.priceScale);
  writeTickBandItems(w, v.tickBands);
  if (v.lot === null) w.code(0);
  else {
    w.code(2);
    w.decimal(v.lot);
  }
  w.decimal(v.multiplier);
  if (v.minimumPrice === null) w.code(0);
  else {
    w.code(2);
    w.decimal(v.minimumPrice);
  }
  if (v.maximumPrice === null) w.code(0);
  else {
    w.code(2);
    w.decimal(v.maximumPrice);
  }
  if (v.maximumSize === null) w.code(0);
  else {
    w.code(2);
    w.decimal(v.maximumSize);
  }
  w.boolean(v.negativePrices);
  writeInstrumentStatus(w, v.status);
  if (v.expiry === null) w.code(0);
  else {
    w.code(2);
    w.long(v.expiry);
  }
  writeVenueListingItems(w, v.venues);
  if (v.calendar === null) w.code(0);
  else {
    w.code(2);
    writeCalendar(w, v.calendar);
  }
  writeSplitItems(w, v.splits);
  w.string(v.parameters);
  w.int(v.configVersion);
}

function readInstrument(r: WireReader): Instrument {
  return {
    id: r.string(),
    assetClass: readAssetClass(r),
    base: r.string(),
    quote: r.string(),
    currency: r.string(),
    sizeUnit: r.string(),
    partition: r.int(),
    priceScale: r.int(),
    tickBands: readTickBandItems(r),
    lot: r.present() ? r.decimal() : null,
    multiplier: r.decimal(),
    minimumPrice: r.present() ? r.decimal() : null,
    maximumPrice: r.present() ? r.decimal() : null,
    maximumSize: r.present() ? r.decimal() : null,
    negativePrices: r.boolean(),
    status: readInstrumentStatus(r),
    expiry: r.present() ? r.long() : null,
    venues: readVenueListingItems(r),
    calendar: r.present() ? readCalendar(r) : null,
    splits: readSplitItems(r),
    parameters: r.string(),
    configVersion: r.int(),
  };
}

function writeAssetClass(w: WireWriter, v: AssetClass): void {
  switch (v) {
    case 'UNKNOWN':
      return w.code(0);
    case 'CRYPTO':
      return w.code(2);
    case 'EQUITY':
      return w.code(4);
    case 'FX':
      return w.code(6);
    case 'FUTURE':
      return w.code(8);
    case 'OPTION':
      return w.code(10);
    case 'INDEX':
      return w.code(12);
    default:
      throw new Misfit();
  }
}

function readAssetClass(r: WireReader): AssetClass {
  switch (r.code()) {
    case 0:
      return 'UNKNOWN';
    case 2:
      return 'CRYPTO';
    case 4:
      return 'EQUITY';
    case 6:
      return 'FX';
    case 8:
      return 'FUTURE';
    case 10:
      return 'OPTION';
    case 12:
      return 'INDEX';
    default:
      throw new Malformed('AssetClass has an index that its schema does not have');
  }
}

function writeTickBandItems(w: WireWriter, v: readonly TickBand[]): void {
  if (!Array.isArray(v)) throw new Misfit();
  if (v.length > 0) w.long(v.length);
  for (const item of v) writeTickBand(w, item);
  w.code(0);
}

function readTickBandItems(r: WireReader): TickBand[] {
  const items: TickBand[] = [];
  for (let left = r.block(); left > 0; left = r.block()) {
    for (; left > 0; left--) items.push(readTickBand(r));
  }
  return items;
}

function writeTickBand(w: WireWriter, v: TickBand): void {
  w.decimal(v.from);
  w.decimal(v.tick);
}

function readTickBand(r: WireReader): TickBand {
  return {
    from: r.decimal(),
    tick: r.decimal(),
  };
}

function writeInstrumentStatus(w: WireWriter, v: InstrumentStatus): void {
  switch (v) {
    case 'UNKNOWN':
      return w.code(0);
    case 'ACTIVE':
      return w.code(2);
    case 'HALTED':
      return w.code(4);
    case 'DELISTED':
      return w.code(6);
    default:
      throw new Misfit();
  }
}

function readInstrumentStatus(r: WireReader): InstrumentStatus {
  switch (r.code()) {
    case 0:
      return 'UNKNOWN';
    case 2:
      return 'ACTIVE';
    case 4:
      return 'HALTED';
    case 6:
      return 'DELISTED';
    default:
      throw new Malformed('InstrumentStatus has an index that its schema does not have');
  }
}

function writeVenueListingItems(w: WireWriter, v: readonly VenueListing[]): void {
  if (!Array.isArray(v)) throw new Misfit();
  if (v.length > 0) w.long(v.length);
  for (const item of v) writeVenueListing(w, item);
  w.code(0);
}

function readVenueListingItems(r: WireReader): VenueListing[] {
  const items: VenueListing[] = [];
  for (let left = r.block(); left > 0; left = r.block()) {
    for (; left > 0; left--) items.push(readVenueListing(r));
  }
  return items;
}

function writeVenueListing(w: WireWriter, v: VenueListing): void {
  w.string(v.source);
  w.string(v.symbol);
  if (v.market === null) w.code(0);
  else {
    w.code(2);
    w.string(v.market);
  }
  writeTickBandItems(w, v.tickBands);
  if (v.lot === null) w.code(0);
  else {
    w.code(2);
    w.decimal(v.lot);
  }
}

function readVenueListing(r: WireReader): VenueListing {
  return {
    source: r.string(),
    symbol: r.string(),
    market: r.present() ? r.string() : null,
    tickBands: readTickBandItems(r),
    lot: r.present() ? r.decimal() : null,
  };
}

function writeCalendar(w: WireWriter, v: Calendar): void {
  w.string(v.timezone);
  writeSessionPhaseItems(w, v.phases);
  writeStringItems(w, v.holidays);
  writeHalfDayItems(w, v.halfDays);
}

function readCalendar(r: WireReader): Calendar {
  return {
    timezone: r.string(),
    phases: readSessionPhaseItems(r),
    holidays: readStringItems(r),
    halfDays: readHalfDayItems(r),
  };
}

function writeSessionPhaseItems(w: WireWriter, v: readonly SessionPhase[]): void {
  if (!Array.isArray(v)) throw new Misfit();
  if (v.length > 0) w.long(v.length);
  for (const item of v) writeSessionPhase(w, item);
  w.code(0);
}

function readSessionPhaseItems(r: WireReader): SessionPhase[] {
  const items: SessionPhase[] = [];
  for (let left = r.block(); left > 0; left = r.block()) {
    for (; left > 0; left--) items.push(readSessionPhase(r));
  }
  return items;
}

function writeSessionPhase(w: WireWriter, v: SessionPhase): void {
  writeIntItems(w, v.days);
  w.string(v.start);
  w.string(v.end);
  writePhase(w, v.phase);
}

function readSessionPhase(r: WireReader): SessionPhase {
  return {
    days: readIntItems(r),
    start: r.string(),
    end: r.string(),
    phase: readPhase(r),
  };
}

function writeIntItems(w: WireWriter, v: readonly number[]): void {
  if (!Array.isArray(v)) throw new Misfit();
  if (v.length > 0) w.long(v.length);
  for (const item of v) w.int(item);
  w.code(0);
}

function readIntItems(r: WireReader): number[] {
  const items: number[] = [];
  for (let left = r.block(); left > 0; left = r.block()) {
    for (; left > 0; left--) items.push(r.int());
  }
  return items;
}

function writePhase(w: WireWriter, v: Phase): void {
  switch (v) {
    case 'UNKNOWN':
      return w.code(0);
    case 'PRE':
      return w.code(2);
    case 'AUCTION':
      return w.code(4);
    case 'CONTINUOUS':
      return w.code(6);
    case 'POST':
      return w.code(8);
    case 'HALT':
      return w.code(10);
    default:
      throw new Misfit();
  }
}

function readPhase(r: WireReader): Phase {
  switch (r.code()) {
    case 0:
      return 'UNKNOWN';
    case 2:
      return 'PRE';
    case 4:
      return 'AUCTION';
    case 6:
      return 'CONTINUOUS';
    case 8:
      return 'POST';
    case 10:
      return 'HALT';
    default:
      throw new Malformed('Phase has an index that its schema does not have');
  }
}

function writeHalfDayItems(w: WireWriter, v: readonly HalfDay[]): void {
  if (!Array.isArray(v)) throw new Misfit();
  if (v.length > 0) w.long(v.length);
  for (const item of v) writeHalfDay(w, item);
  w.code(0);
}

function readHalfDayItems(r: WireReader): HalfDay[] {
  const items: HalfDay[] = [];
  for (let left = r.block(); left > 0; left = r.block()) {
    for (; left > 0; left--) items.push(readHalfDay(r));
  }
  return items;
}

function writeHalfDay(w: WireWriter, v: HalfDay): void {
  w.string(v.date);
  w.string(v.close);
}

function readHalfDay(r: WireReader): HalfDay {
  return {
    date: r.string(),
    close: r.string(),
  };
}

function writeSplitItems(w: WireWriter, v: readonly Split[]): void {
  if (!Array.isArray(v)) throw new Misfit();
  if (v.length > 0) w.long(v.length);
  for (const item of v) writeSplit(w, item);
  w.code(0);
}

function readSplitItems(r: WireReader): Split[] {
  const items: Split[] = [];
  for (let left = r.block(); left > 0; left = r.block()) {
    for (; left > 0; left--) items.push(readSplit(r));
  }
  return items;
}

function writeSplit(w: WireWriter, v: Split): void {
  w.long(v.effective);
  w.long(v.numerator);
  w.long(v.denominator);
}

function readSplit(r: WireReader): Split {
  return {
    effective: r.long(),
    numerator: r.long(),
    denominator: r.long(),
  };
}

function writeQualityReport(w: WireWriter, v: QualityReport): void {
  w.string(v.instrument);
  w.string(v.source);
  writeDataType(w, v.kind);
  w.long(v.start);
  w.long(v.end);
  w.long(v.received);
  w.long(v.accepted);
  w.long(v.noted);
  w.long(v.suspected);
  w.long(v.rejected);
  writeCodeCountItems(w, v.codes);
  w.long(v.duplicates);
  w.long(v.late);
  w.long(v.gaps);
  w.long(v.missingIds);
  w.long(v.filled);
  if (v.stalenessMicros === null) w.code(0);
  else {
    w.code(2);
    w.long(v.stalenessMicros);
  }
  if (v.delayP50Micros === null) w.code(0);
  else {
    w.code(2);
    w.long(v.delayP50Micros);
  }
  if (v.delayP99Micros === null) w.code(0);
  else {
    w.code(2);
    w.long(v.delayP99Micros);
  }
  if (v.skewMicros === null) w.code(0);
  else {
    w.code(2);
    w.long(v.skewMicros);
  }
  w.long(v.verified);
  w.long(v.unverifiable);
  w.long(v.suspect);
}

function readQualityReport(r: WireReader): QualityReport {
  return {
    instrument: r.string(),
    source: r.string(),
    kind: readDataType(r),
    start: r.long(),
    end: r.long(),
    received: r.long(),
    accepted: r.long(),
    noted: r.long(),
    suspected: r.long(),
    rejected: r.long(),
    codes: readCodeCountItems(r),
    duplicates: r.long(),
    late: r.long(),
    gaps: r.long(),
    missingIds: r.long(),
    filled: r.long(),
    stalenessMicros: r.present() ? r.long() : null,
    delayP50Micros: r.present() ? r.long() : null,
    delayP99Micros: r.present() ? r.long() : null,
    skewMicros: r.present() ? r.long() : null,
    verified: r.long(),
    unverifiable: r.long(),
    suspect: r.long(),
  };
}

function writeDataType(w: WireWriter, v: DataType): void {
  switch (v) {
    case 'UNKNOWN':
      return w.code(0);
    case 'TRADES':
      return w.code(2);
    case 'QUOTES':
      return w.code(4);
    case 'BARS':
      return w.code(6);
    default:
      throw new Misfit();
  }
}

function readDataType(r: WireReader): DataType {
  switch (r.code()) {
    case 0:
      return 'UNKNOWN';
    case 2:
      return 'TRADES';
    case 4:
      return 'QUOTES';
    case 6:
      return 'BARS';
    default:
      throw new Malformed('DataType has an index that its schema does not have');
  }
}

function writeCodeCountItems(w: WireWriter, v: readonly CodeCount[]): void {
  if (!Array.isArray(v)) throw new Misfit();
  if (v.length > 0) w.long(v.length);
  for (const item of v) writeCodeCount(w, item);
  w.code(0);
}

function readCodeCountItems(r: WireReader): CodeCount[] {
  const items: CodeCount[] = [];
  for (let left = r.block(); left > 0; left = r.block()) {
    for (; left > 0; left--) items.push(readCodeCount(r));
  }
  return items;
}

function writeCodeCount(w: WireWriter, v: CodeCount): void {
  w.string(v.code);
  w.long(v.count);
}

function readCodeCount(r: WireReader): CodeCount {
  return {
    code: r.string(),
    count: r.long(),
  };
}

function writeQuarantined(w: WireWriter, v: Quarantined): void {
  if (v.instrument === null) w.code(0);
  else {
    w.code(2);
    w.string(v.instrument);
  }
  if (v.source === null) w.code(0);
  else {
    w.code(2);
    w.string(v.source);
  }
  if (v.venueSymbol === null) w.code(0);
  else {
    w.code(2);
    w.string(v.venueSymbol);
  }
  w.string(v.topic);
  w.int(v.partition);
  w.long(v.offset);
  w.long(v.logTime);
  if (v.receiveTime === null) w.code(0);
  else {
    w.code(2);
    w.long(v.receiveTime);
  }
  writeReasonItems(w, v.reasons);
  writeForm(w, v.form);
  if (v.schemaId === null) w.code(0);
  else {
    w.code(2);
    w.int(v.schemaId);
  }
  w.boolean(v.truncated);
  w.bytes(v.bytes);
}

function readQuarantined(r: WireReader): Quarantined {
  return {
    instrument: r.present() ? r.string() : null,
    source: r.present() ? r.string() : null,
    venueSymbol: r.present() ? r.string() : null,
    topic: r.string(),
    partition: r.int(),
    offset: r.long(),
    logTime: r.long(),
    receiveTime: r.present() ? r.long() : null,
    reasons: readReasonItems(r),
    form: readForm(r),
    schemaId: r.present() ? r.int() : null,
    truncated: r.boolean(),
    bytes: r.bytes(),
  };
}

function writeReasonItems(w: WireWriter, v: readonly Reason[]): void {
  if (!Array.isArray(v)) throw new Misfit();
  if (v.length > 0) w.long(v.length);
  for (const item of v) writeReason(w, item);
  w.code(0);
}

function readReasonItems(r: WireReader): Reason[] {
  const items: Reason[] = [];
  for (let left = r.block(); left > 0; left = r.block()) {
    for (; left > 0; left--) items.push(readReason(r));
  }
  return items;
}

function writeReason(w: WireWriter, v: Reason): void {
  w.string(v.code);
  w.string(v.message);
}

function readReason(r: WireReader): Reason {
  return {
    code: r.string(),
    message: r.string(),
  };
}

function writeForm(w: WireWriter, v: Form): void {
  switch (v) {
    case 'UNKNOWN':
      return w.code(0);
    case 'RECORD':
      return w.code(2);
    case 'FRAME':
      return w.code(4);
    default:
      throw new Misfit();
  }
}

function readForm(r: WireReader): Form {
  switch (r.code()) {
    case 0:
      return 'UNKNOWN';
    case 2:
      return 'RECORD';
    case 4:
      return 'FRAME';
    default:
      throw new Malformed('Form has an index that its schema does not have');
  }
}

function writeRawBar(w: WireWriter, v: RawBar): void {
  w.string(v.instrument);
  w.string(v.source);
  w.string(v.venueSymbol);
  if (v.market === null) w.code(0);
  else {
    w.code(2);
    w.string(v.market);
  }
  if (v.eventTime === null) w.code(0);
  else {
    w.code(2);
    w.long(v.eventTime);
  }
  if (v.eventTimePrecision === null) w.code(0);
  else {
    w.code(2);
    writeTimePrecision(w, v.eventTimePrecision);
  }
  w.long(v.receiveTime);
  writeIdKind(w, v.idKind);
  if (v.firstId === null) w.code(0);
  else {
    w.code(2);
    w.string(v.firstId);
  }
  if (v.lastId === null) w.code(0);
  else {
    w.code(2);
    w.string(v.lastId);
  }
  if (v.fills === null) w.code(0);
  else {
    w.code(2);
    w.int(v.fills);
  }
  if (v.venueSequence === null) w.code(0);
  else {
    w.code(2);
    w.long(v.venueSequence);
  }
  w.string(v.session);
  w.long(v.ordinal);
  writeOrigin(w, v.origin);
  writeStringItems(w, v.conditions);
  writeAction(w, v.action);
  w.boolean(v.delayed);
  w.boolean(v.sampled);
  w.string(v.currency);
  w.string(v.sizeUnit);
  w.string(v.interval);
  w.long(v.start);
  w.long(v.end);
  w.decimal(v.open);
  w.decimal(v.high);
  w.decimal(v.low);
  w.decimal(v.close);
  if (v.volume === null) w.code(0);
  else {
    w.code(2);
    w.decimal(v.volume);
  }
  if (v.quoteVolume === null) w.code(0);
  else {
    w.code(2);
    w.decimal(v.quoteVolume);
  }
  if (v.vwap === null) w.code(0);
  else {
    w.code(2);
    w.decimal(v.vwap);
  }
  if (v.tradeCount === null) w.code(0);
  else {
    w.code(2);
    w.long(v.tradeCount);
  }
  if (v.takerBuyVolume === null) w.code(0);
  else {
    w.code(2);
    w.decimal(v.takerBuyVolume);
  }
  w.boolean(v.final);
  w.int(v.revision);
}

function readRawBar(r: WireReader): RawBar {
  return {
    instrument: r.string(),
    source: r.string(),
    venueSymbol: r.string(),
    market: r.present() ? r.string() : null,
    eventTime: r.present() ? r.long() : null,
    eventTimePrecision: r.present() ? readTimePrecision(r) : null,
    receiveTime: r.long(),
    idKind: readIdKind(r),
    firstId: r.present() ? r.string() : null,
    lastId: r.present() ? r.string() : null,
    fills: r.present() ? r.int() : null,
    venueSequence: r.present() ? r.long() : null,
    session: r.string(),
    ordinal: r.long(),
    origin: readOrigin(r),
    conditions: readStringItems(r),
    action: readAction(r),
    delayed: r.boolean(),
    sampled: r.boolean(),
    currency: r.string(),
    sizeUnit: r.string(),
    interval: r.string(),
    start: r.long(),
    end: r.long(),
    open: r.decimal(),
    high: r.decimal(),
    low: r.decimal(),
    close: r.decimal(),
    volume: r.present() ? r.decimal() : null,
    quoteVolume: r.present() ? r.decimal() : null,
    vwap: r.present() ? r.decimal() : null,
    tradeCount: r.present() ? r.long() : null,
    takerBuyVolume: r.present() ? r.decimal() : null,
    final: r.boolean(),
    revision: r.int(),
  };
}

function writeRawQuote(w: WireWriter, v: RawQuote): void {
  w.string(v.instrument);
  w.string(v.source);
  w.string(v.venueSymbol);
  if (v.market === null) w.code(0);
  else {
    w.code(2);
    w.string(v.market);
  }
  if (v.eventTime === null) w.code(0);
  else {
    w.code(2);
    w.long(v.eventTime);
  }
  if (v.eventTimePrecision === null) w.code(0);
  else {
    w.code(2);
    writeTimePrecision(w, v.eventTimePrecision);
  }
  w.long(v.receiveTime);
  writeIdKind(w, v.idKind);
  if (v.firstId === null) w.code(0);
  else {
    w.code(2);
    w.string(v.firstId);
  }
  if (v.lastId === null) w.code(0);
  else {
    w.code(2);
    w.string(v.lastId);
  }
  if (v.fills === null) w.code(0);
  else {
    w.code(2);
    w.int(v.fills);
  }
  if (v.venueSequence === null) w.code(0);
  else {
    w.code(2);
    w.long(v.venueSequence);
  }
  w.string(v.session);
  w.long(v.ordinal);
  writeOrigin(w, v.origin);
  writeStringItems(w, v.conditions);
  writeAction(w, v.action);
  w.boolean(v.delayed);
  w.boolean(v.sampled);
  w.string(v.currency);
  w.string(v.sizeUnit);
  if (v.bid === null) w.code(0);
  else {
    w.code(2);
    w.decimal(v.bid);
  }
  if (v.bidSize === null) w.code(0);
  else {
    w.code(2);
    w.decimal(v.bidSize);
  }
  if (v.ask === null) w.code(0);
  else {
    w.code(2);
    w.decimal(v.ask);
  }
  if (v.askSize === null) w.code(0);
  else {
    w.code(2);
    w.decimal(v.askSize);
  }
}

function readRawQuote(r: WireReader): RawQuote {
  return {
    instrument: r.string(),
    source: r.string(),
    venueSymbol: r.string(),
    market: r.present() ? r.string() : null,
    eventTime: r.present() ? r.long() : null,
    eventTimePrecision: r.present() ? readTimePrecision(r) : null,
    receiveTime: r.long(),
    idKind: readIdKind(r),
    firstId: r.present() ? r.string() : null,
    lastId: r.present() ? r.string() : null,
    fills: r.present() ? r.int() : null,
    venueSequence: r.present() ? r.long() : null,
    session: r.string(),
    ordinal: r.long(),
    origin: readOrigin(r),
    conditions: readStringItems(r),
    action: readAction(r),
    delayed: r.boolean(),
    sampled: r.boolean(),
    currency: r.string(),
    sizeUnit: r.string(),
    bid: r.present() ? r.decimal() : null,
    bidSize: r.present() ? r.decimal() : null,
    ask: r.present() ? r.decimal() : null,
    askSize: r.present() ? r.decimal() : null,
  };
}

function writeRawTrade(w: WireWriter, v: RawTrade): void {
  w.string(v.instrument);
  w.string(v.source);
  w.string(v.venueSymbol);
  if (v.market === null) w.code(0);
  else {
    w.code(2);
    w.string(v.market);
  }
  if (v.eventTime === null) w.code(0);
  else {
    w.code(2);
    w.long(v.eventTime);
  }
  if (v.eventTimePrecision === null) w.code(0);
  else {
    w.code(2);
    writeTimePrecision(w, v.eventTimePrecision);
  }
  w.long(v.receiveTime);
  writeIdKind(w, v.idKind);
  if (v.firstId === null) w.code(0);
  else {
    w.code(2);
    w.string(v.firstId);
  }
  if (v.lastId === null) w.code(0);
  else {
    w.code(2);
    w.string(v.lastId);
  }
  if (v.fills === null) w.code(0);
  else {
    w.code(2);
    w.int(v.fills);
  }
  if (v.venueSequence === null) w.code(0);
  else {
    w.code(2);
    w.long(v.venueSequence);
  }
  w.string(v.session);
  w.long(v.ordinal);
  writeOrigin(w, v.origin);
  writeStringItems(w, v.conditions);
  writeAction(w, v.action);
  w.boolean(v.delayed);
  w.boolean(v.sampled);
  w.string(v.currency);
  w.string(v.sizeUnit);
  w.decimal(v.price);
  w.decimal(v.size);
  if (v.side === null) w.code(0);
  else {
    w.code(2);
    writeSide(w, v.side);
  }
}

function readRawTrade(r: WireReader): RawTrade {
  return {
    instrument: r.string(),
    source: r.string(),
    venueSymbol: r.string(),
    market: r.present() ? r.string() : null,
    eventTime: r.present() ? r.long() : null,
    eventTimePrecision: r.present() ? readTimePrecision(r) : null,
    receiveTime: r.long(),
    idKind: readIdKind(r),
    firstId: r.present() ? r.string() : null,
    lastId: r.present() ? r.string() : null,
    fills: r.present() ? r.int() : null,
    venueSequence: r.present() ? r.long() : null,
    session: r.string(),
    ordinal: r.long(),
    origin: readOrigin(r),
    conditions: readStringItems(r),
    action: readAction(r),
    delayed: r.boolean(),
    sampled: r.boolean(),
    currency: r.string(),
    sizeUnit: r.string(),
    price: r.decimal(),
    size: r.decimal(),
    side: r.present() ? readSide(r) : null,
  };
}

function writeSourceState(w: WireWriter, v: SourceState): void {
  w.string(v.source);
  if (v.instrument === null) w.code(0);
  else {
    w.code(2);
    w.string(v.instrument);
  }
  if (v.kind === null) w.code(0);
  else {
    w.code(2);
    writeDataType(w, v.kind);
  }
  writeSourceStatus(w, v.state);
  if (v.session === null) w.code(0);
  else {
    w.code(2);
    w.string(v.session);
  }
  if (v.replica === null) w.code(0);
  else {
    w.code(2);
    w.string(v.replica);
  }
  w.long(v.since);
  w.long(v.updated);
  if (v.lastReceiveTime === null) w.code(0);
  else {
    w.code(2);
    w.long(v.lastReceiveTime);
  }
  w.long(v.received);
  w.long(v.refused);
  w.long(v.dropped);
  w.long(v.gaps);
  w.long(v.missingIds);
  w.long(v.reconnects);
  w.long(v.verified);
  w.long(v.unverifiable);
  w.long(v.suspect);
  if (v.message === null) w.code(0);
  else {
    w.code(2);
    w.string(v.message);
  }
  if (v.lastId === null) w.code(0);
  else {
    w.code(2);
    w.string(v.lastId);
  }
  if (v.lastEventTime === null) w.code(0);
  else {
    w.code(2);
    w.long(v.lastEventTime);
  }
  writeIdRangeItems(w, v.openHoles);
}

function readSourceState(r: WireReader): SourceState {
  return {
    source: r.string(),
    instrument: r.present() ? r.string() : null,
    kind: r.present() ? readDataType(r) : null,
    state: readSourceStatus(r),
    session: r.present() ? r.string() : null,
    replica: r.present() ? r.string() : null,
    since: r.long(),
    updated: r.long(),
    lastReceiveTime: r.present() ? r.long() : null,
    received: r.long(),
    refused: r.long(),
    dropped: r.long(),
    gaps: r.long(),
    missingIds: r.long(),
    reconnects: r.long(),
    verified: r.long(),
    unverifiable: r.long(),
    suspect: r.long(),
    message: r.present() ? r.string() : null,
    lastId: r.present() ? r.string() : null,
    lastEventTime: r.present() ? r.long() : null,
    openHoles: readIdRangeItems(r),
  };
}

function writeSourceStatus(w: WireWriter, v: SourceStatus): void {
  switch (v) {
    case 'UNKNOWN':
      return w.code(0);
    case 'CONNECTING':
      return w.code(2);
    case 'LIVE':
      return w.code(4);
    case 'STALE':
      return w.code(6);
    case 'DOWN':
      return w.code(8);
    default:
      throw new Misfit();
  }
}

function readSourceStatus(r: WireReader): SourceStatus {
  switch (r.code()) {
    case 0:
      return 'UNKNOWN';
    case 2:
      return 'CONNECTING';
    case 4:
      return 'LIVE';
    case 6:
      return 'STALE';
    case 8:
      return 'DOWN';
    default:
      throw new Malformed('SourceStatus has an index that its schema does not have');
  }
}

function writeIdRangeItems(w: WireWriter, v: readonly IdRange[]): void {
  if (!Array.isArray(v)) throw new Misfit();
  if (v.length > 0) w.long(v.length);
  for (const item of v) writeIdRange(w, item);
  w.code(0);
}

function readIdRangeItems(r: WireReader): IdRange[] {
  const items: IdRange[] = [];
  for (let left = r.block(); left > 0; left = r.block()) {
    for (; left > 0; left--) items.push(readIdRange(r));
  }
  return items;
}

function writeIdRange(w: WireWriter, v: IdRange): void {
  w.string(v.firstId);
  w.string(v.lastId);
}

function readIdRange(r: WireReader): IdRange {
  return {
    firstId: r.string(),
    lastId: r.string(),
  };
}

/** Writes a record of the topic in the field order of its schema. */
export const WRITERS: { readonly [T in keyof RecordByTopic]: (w: WireWriter, v: RecordByTopic[T]) => void } = {
  'clean.bars': writeCleanBar,
  'clean.quotes': writeCleanQuote,
  'clean.trades': writeCleanTrade,
  'consensus.bars': writeConsensusBar,
  'consensus.quotes': writeConsensusQuote,
  'consensus.trades': writeConsensusTrade,
  'instruments': writeInstrument,
  'quality': writeQualityReport,
  'quarantine': writeQuarantined,
  'raw.bars': writeRawBar,
  'raw.quotes': writeRawQuote,
  'raw.trades': writeRawTrade,
  'sources': writeSourceState,
};

/** Reads a record of the topic that was written with the very same schema. */
export const READERS: { readonly [T in keyof RecordByTopic]: (r: WireReader) => RecordByTopic[T] } = {
  'clean.bars': readCleanBar,
  'clean.quotes': readCleanQuote,
  'clean.trades': readCleanTrade,
  'consensus.bars': readConsensusBar,
  'consensus.quotes': readConsensusQuote,
  'consensus.trades': readConsensusTrade,
  'instruments': readInstrument,
  'quality': readQualityReport,
  'quarantine': readQuarantined,
  'raw.bars': readRawBar,
  'raw.quotes': readRawQuote,
  'raw.trades': readRawTrade,
  'sources': readSourceState,
};
