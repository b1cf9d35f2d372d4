import { FAULT_KINDS, IB_FAULT_KINDS, type Fault, type FaultKind } from './faults.ts';
import { ATTACK_KINDS, type Attack } from './market/attacks.ts';

/** What a fault may name: what is being played. */
export interface Played {
  readonly venues: readonly string[];
  readonly listings: readonly {
    readonly venue: string;
    readonly symbol: string;
    readonly instrument: string;
  }[];
}

const OF_IB_ALONE: readonly FaultKind[] = IB_FAULT_KINDS;
/** Of REST, which `ib` has not. */
const NOT_OF_IB: readonly FaultKind[] = ['rest-down'];
const DATA = ['trades', 'quotes', 'bars'];

type Check = (value: unknown, played: Played) => string | undefined;

const number: Check = (value) => (Number.isFinite(value) ? undefined : 'a number');
const time: Check = (value) =>
  Number.isFinite(value) && Number(value) >= 0 ? undefined : 'a number from 0 on';
const count: Check = (value) =>
  Number.isSafeInteger(value) && Number(value) > 0 ? undefined : 'a whole number from 1 on';
const flag: Check = (value) => (typeof value === 'boolean' ? undefined : 'true or false');

const FIELDS: Readonly<Record<keyof Fault, Check>> = {
  kind: (value) => oneOf(FAULT_KINDS, value),
  venue: (value, { venues }) => oneOf(venues, value),
  symbol: (value) => (typeof value === 'string' ? undefined : 'a text'),
  data: (value) => oneOf(DATA, value),
  durationMs: time,
  dataLost: flag,
  count,
  skewMs: number,
  leadMs: time,
  lagMs: time,
  attack: (value) => (isObject(value) ? undefined : 'an object'),
};

const ATTACK_FIELDS: Readonly<Record<keyof Attack, Check>> = {
  kind: (value) => oneOf(ATTACK_KINDS, value),
  seed: number,
  venues: (value, { venues }) => someOf(venues, value),
  instruments: (value, { listings }) =>
    someOf([...new Set(listings.map(({ instrument }) => instrument))], value),
  fromMicros: number,
  lengthMicros: time,
  size: number,
  share: number,
};

/** Checks a fault that came from outside (JSON); throws `RangeError` saying what is wrong: nothing that it names may be left without effect. */
export function checkFault(value: unknown, played: Played): Fault {
  if (!isObject(value)) throw new RangeError('a fault is an object {"kind": …}');
  checkFields('fault', FIELDS, value, played);
  const fault = value as unknown as Fault;
  const { kind, venue, symbol, attack } = fault;
  const hit = venue === undefined ? played.venues : [venue];
  if (kind === undefined) throw new RangeError(`a fault needs the field kind: ${FAULT_KINDS.join(', ')}`);
  if (OF_IB_ALONE.includes(kind) && !hit.includes('ib'))
    throw new RangeError(`fault '${kind}' is known to the venue ib alone, which is not hit`);
  if (NOT_OF_IB.includes(kind) && hit.every((name) => name === 'ib'))
    throw new RangeError(`fault '${kind}' has no effect at ib`);
  const symbols = played.listings.filter((one) => hit.includes(one.venue)).map((one) => one.symbol);
  if (symbol !== undefined && !symbols.includes(symbol))
    throw new RangeError(`symbol '${symbol}' is none of ${[...new Set(symbols)].join(', ')}`);
  if (kind === 'clock-skew' && fault.skewMs === undefined)
    throw new RangeError("fault 'clock-skew' needs the field skewMs");
  if (kind !== 'attack') return fault;
  if (attack === undefined) throw new RangeError("fault 'attack' needs the field attack");
  checkFields('attack', ATTACK_FIELDS, attack, played);
  for (const field of ['kind', 'seed', 'lengthMicros'] as const)
    if (attack[field] === undefined) throw new RangeError(`an attack needs the field ${field}`);
  return fault;
}

function checkFields(
  what: string,
  checks: Readonly<Record<string, Check>>,
  value: object,
  played: Played,
): void {
  for (const [field, one] of Object.entries(value)) {
    if (one === undefined) continue;
    const check = Object.hasOwn(checks, field) ? checks[field] : undefined;
    if (check === undefined)
      throw new RangeError(`field '${field}' of the ${what} is none of ${Object.keys(checks).join(', ')}`);
    const expected = check(one, played);
    if (expected !== undefined)
      throw new RangeError(`${what} ${field} '${JSON.stringify(one)}': expected ${expected}`);
  }
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function oneOf(known: readonly string[], value: unknown): string | undefined {
  return known.some((one) => one === value) ? undefined : `one of ${known.join(', ')}`;
}

function someOf(known: readonly string[], value: unknown): string | undefined {
  const isKnown = Array.isArray(value) && value.every((one) => oneOf(known, one) === undefined);
  return isKnown ? undefined : `a list of ${known.join(', ')}`;
}
