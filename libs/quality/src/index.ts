export { CODES, Finding, type Code, type CodeEntry, type Effect, type Findings } from './codes.ts';
export {
  instrumentRules,
  type InstrumentRules,
  type ListingRules,
  type TickBand,
} from './instrument-rules.ts';
export {
  InstrumentMemory,
  instrumentSnapshot,
  SourceRecord,
  sourceSnapshot,
  type InstrumentSnapshot,
  type SourceSnapshot,
} from './instrument-memory.ts';
export { ID_LENGTH_MAX } from './id.ts';
export { judge, judgementOf, type Judgement, type Outcome } from './judge.ts';
export type { RawByKind, RawOf, RawRecord } from './record.ts';
export { CODE_LENGTH_MAX } from './report-window.ts';
export type { Rule, Subject } from './rule.ts';
