import { INTERVALS, MICROS_PER_MS, SCALE, type Interval, type Micros } from '@concord/model';
import { fusionFor, type InstrumentDefinition, type PipelineConfiguration } from '@concord/runtime';
import { membersOf } from '../rules.ts';

/** Parameters of the tape bars of one instrument. They are those of kind `bars`: it is what comes out. */
export interface TapeRules {
  readonly instrument: string;
  readonly configVersion: number;
  /** Decimal places of published prices. */
  readonly places: number;
  readonly members: ReadonlyMap<string, number>;
  /** Ascending; each is merged from the one before it, the first is made of trades. */
  readonly intervals: readonly Interval[];
  /** Log time after a window's end at which it is closed. */
  readonly close: Micros;
  /** Log time after that in which a late trade still makes a revision. */
  readonly revision: Micros;
  /** Revisions are published at multiples of this. */
  readonly beat: Micros;
}

export function compileTapeRules(
  configuration: PipelineConfiguration,
  instrument: InstrumentDefinition,
  configVersion: number,
): TapeRules {
  const parameters = fusionFor(configuration, 'bars', instrument);
  const members = membersOf(configuration, parameters, instrument);
  return {
    instrument: instrument.id,
    configVersion,
    places: Math.min(SCALE, instrument.priceScale + 2),
    members: new Map(members.map(({ source, order }) => [source, order])),
    intervals: [...new Set(parameters.barIntervals)].sort((a, b) => INTERVALS[a] - INTERVALS[b]),
    close: parameters.barCloseMs * MICROS_PER_MS,
    revision: parameters.barRevisionMs * MICROS_PER_MS,
    beat: parameters.heartbeatMs * MICROS_PER_MS,
  };
}
