/** What a finding does to its record; see `docs/methodology.md`, section A. */
export type Effect = 'REJECT' | 'SUSPECT' | 'INFO' | 'DROP';

export interface CodeEntry {
  /** Number of the rule in methodology A; 0 for what is found before a record exists. */
  readonly rule: number;
  readonly effect: Effect;
  readonly meaning: string;
}

/**
 * Every code the validator can give a record or a marker. Codes are stable: they stand in `quarantine`, in `flags` of `clean.*` and in
 * `quality`, and are explained in `docs/errors.md`. A refused frame keeps the code its ingestor gave it.
 */
export const CODES = {
  'not-a-marker': {
    rule: 0,
    effect: 'REJECT',
    meaning: 'A record without a value that has no header `marker`.',
  },
  'unknown-marker': {
    rule: 0,
    effect: 'REJECT',
    meaning: 'A marker of a type that this version does not know.',
  },
  'unreadable-marker': {
    rule: 0,
    effect: 'REJECT',
    meaning: 'A marker whose body is not what its type says.',
  },
  'bad-configuration': {
    rule: 0,
    effect: 'REJECT',
    meaning:
      'A configuration marker whose content cannot be used; the configuration before it stays in force.',
  },
  'not-avro': {
    rule: 1,
    effect: 'REJECT',
    meaning: 'The value does not begin with the registry wire format.',
  },
  'unknown-schema': {
    rule: 1,
    effect: 'REJECT',
    meaning: 'The registry does not hold the schema id of the value under the subject of its topic.',
  },
  undecodable: { rule: 1, effect: 'REJECT', meaning: 'The value cannot be read with the schema it names.' },
  oversized: {
    rule: 1,
    effect: 'REJECT',
    meaning: 'The value is longer than any record of its kind can be.',
  },
  unencodable: {
    rule: 1,
    effect: 'REJECT',
    meaning: 'The record was read but cannot be written with the schema of the clean topic.',
  },
  'no-configuration': {
    rule: 1,
    effect: 'REJECT',
    meaning: 'The record stands before the first configuration of its partition.',
  },
  'unknown-instrument': {
    rule: 1,
    effect: 'REJECT',
    meaning: 'The instrument is not defined, or belongs to another partition.',
  },
  'unknown-source': {
    rule: 1,
    effect: 'REJECT',
    meaning: 'The source is not defined, or does not list the instrument.',
  },
  'missing-field': {
    rule: 1,
    effect: 'REJECT',
    meaning: 'A field that a record of its kind needs is empty or null.',
  },
  'bad-id': {
    rule: 1,
    effect: 'REJECT',
    meaning:
      'An id of a numbered kind is not a decimal number, an id or session is too long, or the first id lies after the last.',
  },
  'price-not-positive': {
    rule: 2,
    effect: 'REJECT',
    meaning: 'A price is 0 or negative and the instrument does not allow that.',
  },
  'size-negative': { rule: 2, effect: 'REJECT', meaning: 'A size is negative.' },
  'size-not-whole': { rule: 2, effect: 'REJECT', meaning: 'A volume of shares is not a whole number.' },
  'price-out-of-bounds': {
    rule: 3,
    effect: 'REJECT',
    meaning: "A price lies beyond the instrument's absolute bounds.",
  },
  'size-out-of-bounds': {
    rule: 3,
    effect: 'REJECT',
    meaning: "A size lies beyond the instrument's absolute bound.",
  },
  'off-tick': {
    rule: 3,
    effect: 'INFO',
    meaning: "A price is not on the source's tick grid for its price band.",
  },
  'off-lot': { rule: 3, effect: 'INFO', meaning: "A size is not a multiple of the source's lot." },
  'event-in-future': {
    rule: 4,
    effect: 'REJECT',
    meaning: 'eventTime lies further ahead of receiveTime than clocks may differ.',
  },
  'event-too-old': {
    rule: 4,
    effect: 'REJECT',
    meaning: 'eventTime of a LIVE record lies too far behind receiveTime.',
  },
  'clock-ahead': {
    rule: 4,
    effect: 'INFO',
    meaning: "receiveTime lies ahead of the record's log timestamp: the ingestor's clock is fast.",
  },
  duplicate: { rule: 5, effect: 'DROP', meaning: 'The record, or all that it covers, was passed on before.' },
  superseded: {
    rule: 5,
    effect: 'DROP',
    meaning: 'A bar from another session that says less than what was passed on before.',
  },
  'beyond-horizon': {
    rule: 5,
    effect: 'REJECT',
    meaning: 'The id is older than what is remembered: it cannot be told whether it was seen.',
  },
  'id-overlap': {
    rule: 5,
    effect: 'SUSPECT',
    meaning: 'An aggregate covers some ids that were passed on before and some that were not.',
  },
  gap: { rule: 6, effect: 'INFO', meaning: 'The id jumps forward: ids before it are missing.' },
  late: {
    rule: 6,
    effect: 'INFO',
    meaning: 'A LIVE record older, by id or eventTime, than one passed on before.',
  },
  'id-reset': {
    rule: 6,
    effect: 'INFO',
    meaning: 'The venue started its update ids anew; what was remembered of them is forgotten.',
  },
  crossed: { rule: 7, effect: 'REJECT', meaning: "A quote's bid is above its ask." },
  locked: { rule: 7, effect: 'INFO', meaning: "A quote's bid equals its ask." },
  'bar-inconsistent': {
    rule: 8,
    effect: 'REJECT',
    meaning: 'Open, high, low and close contradict each other.',
  },
  'volume-negative': { rule: 8, effect: 'REJECT', meaning: "A bar's volume is negative." },
  'vwap-outside': { rule: 8, effect: 'REJECT', meaning: "A bar's vwap lies outside low to high." },
  'bar-misaligned': {
    rule: 8,
    effect: 'REJECT',
    meaning: "A bar's interval is unknown, or its window is not aligned to it.",
  },
  'bar-not-newer': {
    rule: 8,
    effect: 'REJECT',
    meaning: 'The session states a bar again without a higher revision.',
  },
} as const satisfies Record<string, CodeEntry>;

export type Code = keyof typeof CODES;

/** One thing that a rule has to say about a record. Most messages are never read, so they are made when asked for. */
export class Finding {
  readonly code: Code;
  readonly effect: Effect;
  readonly #describe: () => string;

  constructor(code: Code, describe: () => string) {
    this.code = code;
    this.effect = CODES[code].effect;
    this.#describe = describe;
  }

  /** What was found and what was expected. */
  get message(): string {
    return this.#describe();
  }
}

export type Findings = readonly Finding[];

/** The answer of a rule that has nothing to say. */
export const NOTHING: Findings = Object.freeze([]);
