import type { CleanQuote, CleanTrade, Marker } from '@concord/codec';
import type { TickKind } from '@concord/fusion';
import { configurationOf, DAY, quote, trade } from '@concord/fusion/testing';
import type { InputRecord } from '@concord/kafka';
import { formatFixed } from '@concord/model';
import fc from 'fast-check';
import { inputs, type Step } from '@concord/aggregator/testing';

const SOURCES = ['a', 'b', 'c', 'd'] as const;
export const INSTRUMENTS = ['BTC-USDT', 'ETH-USDT'] as const;

/** So that the number of trades in the last minute decides how old one may be. */
const PACED = { tradeAgeFactor: 1, tradeMinimumAgeMs: 200, tradeMaximumAgeMs: 20_000 };

/** Configurations that follow each other in a random log: other members, strategy, bars, an instrument gone and back. */
const CONFIGURATIONS = [
  configurationOf({ sources: SOURCES, everyChange: ['a', 'c'], instruments: INSTRUMENTS, fusion: PACED }),
  configurationOf({ sources: SOURCES.slice(0, 3), instruments: INSTRUMENTS, fusion: { allowSingle: true } }),
  configurationOf({ sources: SOURCES, instruments: ['BTC-USDT'], fusion: { strategy: 'latest' } }),
  configurationOf({ sources: SOURCES, instruments: INSTRUMENTS, fusion: { barIntervals: ['1m', '5m'] } }),
];

const stepArbitrary = fc.record({
  gapMs: fc.oneof(
    { weight: 12, arbitrary: fc.nat({ max: 250 }) },
    { weight: 3, arbitrary: fc.nat({ max: 6_000 }) },
    { weight: 1, arbitrary: fc.nat({ max: 400_000 }) },
  ),
  what: fc.oneof(
    { weight: 14, arbitrary: fc.constant('record' as const) },
    { weight: 6, arbitrary: fc.constant('live' as const) },
    {
      weight: 1,
      arbitrary: fc.constantFrom('down', 'config', 'gap', 'repair', 'dropped', 'clock', 'refused'),
    },
  ),
  source: fc.nat({ max: SOURCES.length - 1 }),
  instrument: fc.nat({ max: 1 }),
  configuration: fc.nat({ max: CONFIGURATIONS.length - 1 }),
  cents: fc.integer({ min: -150, max: 150 }),
  lateMs: fc.oneof(
    { weight: 6, arbitrary: fc.nat({ max: 30 }) },
    { weight: 1, arbitrary: fc.nat({ max: 70_000 }) },
  ),
  suspect: fc.nat({ max: 15 }),
  id: fc.nat({ max: 3 }),
});
type RandomStep = typeof stepArbitrary extends fc.Arbitrary<infer T> ? T : never;

/** A partition's log of one kind as a validator might leave it; it begins with a configuration. */
export function logArbitrary(kind: TickKind): fc.Arbitrary<InputRecord[]> {
  return fc
    .array(stepArbitrary, { minLength: 10, maxLength: 120, size: 'max' })
    .map((steps) => inputs(stepsOf(kind, steps)));
}

function stepsOf(kind: TickKind, random: readonly RandomStep[]): Step[] {
  let at = DAY;
  let version = 1;
  const first = { type: 'config', version, digest: 'd1', content: CONFIGURATIONS[0] } as const;
  const rest = random.map((given): Step => {
    at += given.gapMs * 1_000;
    const source = SOURCES[given.source] as string;
    const instrument = INSTRUMENTS[given.instrument] as string;
    const receiveTime = at - given.lateMs * 1_000;
    const common = { source, session: `${source}-1`, receiveTime };
    const ids = { firstId: String(given.id), lastId: String(given.id) };
    const of = (marker: Marker): Step => ({ at, content: marker });
    switch (given.what) {
      case 'record':
        return { at, content: recordOf(kind, given, source, instrument, receiveTime) };
      case 'live':
      case 'down':
        return of({ type: 'session', ...common, state: given.what });
      case 'config':
        version++;
        return of({
          type: 'config',
          version,
          digest: `d${version}`,
          content: CONFIGURATIONS[given.configuration],
        });
      case 'gap':
        return of({ type: 'gap', ...common, instrument, kind, ...ids, missing: 1 });
      case 'repair':
        return of({ type: 'repair', ...common, instrument, kind, ...ids, outcome: 'filled' });
      case 'dropped':
        return of({
          type: 'dropped',
          ...common,
          instrument: given.id === 0 ? null : instrument,
          kind,
          count: 3,
        });
      default:
        return of({ type: 'clock', time: at });
    }
  });
  return [{ at: DAY, content: first }, ...rest];
}

function recordOf(
  kind: TickKind,
  given: RandomStep,
  source: string,
  instrument: string,
  received: number,
): CleanQuote | CleanTrade {
  const text = (cents: number): string => formatFixed(BigInt(10_000 + cents) * 10n ** 10n);
  const verdict = given.suspect === 0 ? 'SUSPECT' : 'VALID';
  const more = { instrument, verdict } as const;
  if (kind === 'quotes') return quote(source, text(given.cents), text(given.cents + 2), received, more);
  return trade(source, text(given.cents), '0.25', received, more);
}
