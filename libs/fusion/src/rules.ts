import type { Method } from '@concord/codec';
import {
  ConcordError,
  MICROS_PER_MS,
  parseFixed,
  pow10,
  SCALE,
  type Fixed,
  type Micros,
} from '@concord/model';
import {
  fusionFor,
  type FusionParameters,
  type InstrumentDefinition,
  type PipelineConfiguration,
  type StrategyName,
} from '@concord/runtime';

/** The kinds that have a consensus of their latest observations; bars have their own rules. */
export type TickKind = 'trades' | 'quotes';

export interface TickBand {
  readonly from: Fixed;
  readonly tick: Fixed;
}

/** A source that takes part in the consensus of one instrument. */
export interface Member {
  readonly source: string;
  /** Its place in the configured order, from 0. */
  readonly order: number;
  /** Its quote stream reports every change. */
  readonly everyChange: boolean;
  /** Its price grid, ascending by `from`; never empty. */
  readonly tickBands: readonly TickBand[];
  /** Its fixed weight in `weighted-average`. */
  readonly weight: Fixed;
}

/** The parameters of one instrument and kind in the form the fusion computes with: times in microseconds, decimals as `Fixed`. */
export interface FusionRules {
  readonly kind: TickKind;
  readonly instrument: string;
  readonly configVersion: number;
  readonly method: Method;
  readonly strategy: StrategyName;
  /** Decimal places of published values: the price scale + 2. */
  readonly places: number;
  readonly members: readonly Member[];
  readonly minimumSources: number;
  /** One survivor is enough: configured so, or there is only one member. */
  readonly singleAllowed: boolean;
  /** The instrument is neither halted nor delisted. */
  readonly trading: boolean;
  readonly silentAfter: Micros;
  readonly quoteMaximumAge: Micros;
  readonly tradeAgeFactor: number;
  readonly tradeMinimumAge: Micros;
  readonly tradeMaximumAge: Micros;
  readonly ageing: Micros;
  readonly maximumConfidencePercent: Fixed;
  readonly deviationPercent: Fixed;
  readonly deviationHold: Micros;
  readonly dispersedPercent: Fixed;
  readonly weightScale: number;
  readonly weightCapPercent: Fixed;
  readonly heartbeat: Micros;
  /** Length of the slots in each of which at most one record is published. */
  readonly slot: Micros;
  readonly moveBps: Fixed;
  readonly averageHalfLife: Micros;
}

const METHODS: Readonly<Record<StrategyName, Method>> = {
  consensus: 'CONSENSUS',
  priority: 'PRIORITY',
  latest: 'LATEST',
  'weighted-average': 'WEIGHTED_AVERAGE',
};

/** A configuration in force that this program cannot apply. The task stops: results under other rules would be wrong ones. */
export class ConfigurationError extends ConcordError {
  constructor(message: string, options?: ErrorOptions) {
    super('configuration-unreadable', 'fatal', message, options);
  }
}

/** Throws `ConfigurationError` when a value is not what the configuration's own validation promises. */
export function compileRules(
  configuration: PipelineConfiguration,
  kind: TickKind,
  instrument: InstrumentDefinition,
  configVersion: number,
): FusionRules {
  const parameters = fusionFor(configuration, kind, instrument);
  const members = membersOf(configuration, parameters, instrument);
  return {
    kind,
    instrument: instrument.id,
    configVersion,
    method: METHODS[parameters.strategy],
    strategy: parameters.strategy,
    places: Math.min(SCALE, instrument.priceScale + 2),
    members,
    minimumSources: parameters.minimumSources,
    singleAllowed: parameters.allowSingle || members.length === 1,
    trading: instrument.status === 'ACTIVE',
    silentAfter: parameters.silentAfterMs * MICROS_PER_MS,
    quoteMaximumAge: parameters.quoteMaximumAgeMs * MICROS_PER_MS,
    tradeAgeFactor: parameters.tradeAgeFactor,
    tradeMinimumAge: parameters.tradeMinimumAgeMs * MICROS_PER_MS,
    tradeMaximumAge: parameters.tradeMaximumAgeMs * MICROS_PER_MS,
    ageing: parameters.ageingMs * MICROS_PER_MS,
    maximumConfidencePercent: decimal(parameters.maximumConfidencePercent),
    deviationPercent: decimal(parameters.deviationPercent),
    deviationHold: parameters.deviationHoldMs * MICROS_PER_MS,
    dispersedPercent: decimal(parameters.dispersedPercent),
    weightScale: parameters.weightScale,
    weightCapPercent: decimal(parameters.weightCapPercent),
    heartbeat: parameters.heartbeatMs * MICROS_PER_MS,
    slot: parameters.emissionMs * MICROS_PER_MS,
    moveBps: decimal(parameters.moveBps),
    averageHalfLife: parameters.averageHalfLifeMs * MICROS_PER_MS,
  };
}

/** The sources that take part, in order of priority: those configured, or every venue that lists the instrument. */
export function membersOf(
  configuration: PipelineConfiguration,
  parameters: FusionParameters,
  instrument: InstrumentDefinition,
): readonly Member[] {
  const listed = parameters.members.length > 0 ? parameters.members : Object.keys(instrument.venues);
  const own = bandsOf(instrument.tickBands);
  const grid = [{ from: 0n, tick: pow10(SCALE - instrument.priceScale) }];
  return [...new Set(listed)].map((source, order) => {
    const theirs = bandsOf(instrument.venues[source]?.tickBands ?? []);
    const weight = parameters.weights[source];
    return {
      source,
      order,
      everyChange: configuration.sources[source]?.quotesEveryChange ?? false,
      tickBands: [theirs, own, grid].find((bands) => bands.length > 0) as readonly TickBand[],
      weight: decimal(weight ?? '1'),
    };
  });
}

/** The price increment of a member at a price: that of the last band that begins at or below it. */
export function tickAt(member: Member, price: Fixed): Fixed {
  const magnitude = price < 0n ? -price : price;
  let { tick } = member.tickBands[0] as TickBand;
  for (const band of member.tickBands) {
    if (band.from > magnitude) break;
    tick = band.tick;
  }
  return tick;
}

function bandsOf(bands: readonly { from: string; tick: string }[]): readonly TickBand[] {
  return bands
    .map((band) => ({ from: decimal(band.from), tick: decimal(band.tick) }))
    .sort((a, b) => (a.from < b.from ? -1 : a.from > b.from ? 1 : 0));
}

function decimal(text: string): Fixed {
  const value = parseFixed(text);
  if (value === undefined) throw new ConfigurationError(`"${text}" is not a decimal with at most 12 places`);
  return value;
}
