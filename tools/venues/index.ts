export { startVenues } from './start.ts';
export { instrumentsOfRecording } from './recording/instruments.ts';
export {
  VENUE_NAMES,
  type Address,
  type Progress,
  type VenueInstrument,
  type VenueName,
  type Venues,
  type VenuesOptions,
  type VenuesStats,
  type VenueStats,
} from './options.ts';
export { FAULT_KINDS, type Fault, type FaultKind } from './faults.ts';
export { ATTACK_KINDS, type Attack, type AttackKind } from './market/attacks.ts';
export type { LimitChanges } from './server/limits.ts';
