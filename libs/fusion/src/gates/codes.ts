/** Why a source does not enter a consensus, in the order in which the gates are asked. Empty: it does. */
export const GATE_CODES = {
  'no-observation': 'it has given no valid record yet',
  down: 'its session is marked down',
  silent: 'the session of its last record has sent no marker for the configured time',
  'one-sided': 'its newest quote lacks a side, or its price is beyond what can be published',
  stale: 'its newest valid record is too old for its kind of stream',
  suspect: 'its last record is SUSPECT',
  wide: 'its half-width is too large a part of its price',
  'not-trading': 'the instrument is halted or delisted',
  deviating: 'it lies too far from the others, or has not been back among them for long enough',
  'below-quorum': 'it passed, but too few did',
} as const;

export type GateCode = keyof typeof GATE_CODES | '';
