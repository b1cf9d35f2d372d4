export { consensusFromSnapshot, consensusSnapshot, consensusToSnapshot } from './consensus-snapshot.ts';
export { compareAcross, compareEvents, eventKey, type EventKey } from './event-key.ts';
export { GATE_CODES, type GateCode } from './gates/codes.ts';
export {
  HEARTBEATS_PER_STEP,
  InstrumentConsensus,
  type ConsensusRecord,
  type EmitConsensus,
} from './instrument-consensus.ts';
export {
  compileRules,
  ConfigurationError,
  membersOf,
  type FusionRules,
  type Member,
  type TickKind,
} from './rules.ts';
export { Sessions, type SessionSign } from './sessions.ts';
export { micros, microsOrNull, readSnapshot, SnapshotError, snapshotText } from './snapshot-text.ts';
export { compileTapeRules, type TapeRules } from './tape/tape-rules.ts';
export { tapeFromSnapshot, tapeSnapshot, tapeToSnapshot } from './tape/tape-snapshot.ts';
export { Tape, type EmitBar, type Taken, type TapeGap } from './tape/tape.ts';
