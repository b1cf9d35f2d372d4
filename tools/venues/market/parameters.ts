/** Every figure of the synthetic market, with its default. Times in the unit their name says; bp = 1/10,000 of the price. */
export interface PriceParameters {
  /** Standard deviation of the log price over a year. */
  readonly annualVolatility: number;
  /** Volatility is multiplied by a mean-reverting factor held between these. */
  readonly volatilityFactorMin: number;
  readonly volatilityFactorMax: number;
  readonly volatilityHalfLifeMinutes: number;
  /** Spread of the factor's logarithm in its long run. */
  readonly volatilityFactorSd: number;
  readonly jumpsPerDay: number;
  readonly jumpSd: number;
}

/** `on-change` sends a quote only when it differs, `resend` also when it does not, `after-trades` only after trades. */
export type QuoteMode = 'on-change' | 'resend' | 'after-trades';

export interface VenueParameters {
  readonly venue: string;
  readonly basisSdBp: number;
  readonly basisHalfLifeMinutes: number;
  /** The venue sees the true price this late: lognormal, slowly moving. */
  readonly delayMedianMs: number;
  readonly delayLogSd: number;
  readonly halfSpreadBp: number;
  readonly halfSpreadLogSd: number;
  readonly quotesPerSecond: number;
  readonly quoteMode: QuoteMode;
  /** Medians in units of the quote currency. */
  readonly quoteSizeMedian: number;
  readonly tradeSizeMedian: number;
  readonly sizeLogSd: number;
  /** Share of trades drawn from the heavy tail (Pareto, exponent 1.5). */
  readonly heavyTailShare: number;
  readonly tradesPerSecond: number;
  /** Each trade calls forth this many more, on average, decaying at `excitationDecayPerSecond`. */
  readonly excitation: number;
  readonly excitationDecayPerSecond: number;
  readonly burstShare: number;
  readonly burstMin: number;
  readonly burstMax: number;
  /** The venue's clock minus the true time, and how far it drifts (random walk, per √minute). */
  readonly clockOffsetMs: number;
  readonly clockDriftMs: number;
}

export const PRICE_DEFAULTS: PriceParameters = {
  annualVolatility: 1.2,
  volatilityFactorMin: 0.5,
  volatilityFactorMax: 3,
  volatilityHalfLifeMinutes: 30,
  volatilityFactorSd: 0.4,
  jumpsPerDay: 2,
  jumpSd: 0.005,
};

export const MAJORS: readonly string[] = ['BTC', 'ETH'];
export const MAJOR_VOLATILITY = 0.6;

const VENUE_DEFAULTS: Omit<VenueParameters, 'venue'> = {
  basisSdBp: 2,
  basisHalfLifeMinutes: 10,
  delayMedianMs: 40,
  delayLogSd: 0.5,
  halfSpreadBp: 2,
  halfSpreadLogSd: 0.4,
  quotesPerSecond: 5,
  quoteMode: 'on-change',
  quoteSizeMedian: 20_000,
  tradeSizeMedian: 300,
  sizeLogSd: 1.2,
  heavyTailShare: 0.02,
  tradesPerSecond: 1,
  excitation: 0.5,
  excitationDecayPerSecond: 2,
  burstShare: 0.05,
  burstMin: 3,
  burstMax: 40,
  clockOffsetMs: 0,
  clockDriftMs: 0.5,
};

/** What makes each venue itself. */
const VENUE_OWN: Readonly<Record<string, Partial<VenueParameters>>> = {
  binance: {
    basisSdBp: 1,
    delayMedianMs: 5,
    halfSpreadBp: 0.5,
    quotesPerSecond: 20,
    tradesPerSecond: 4,
    clockOffsetMs: -40,
  },
  coinbase: {
    basisSdBp: 2,
    delayMedianMs: 40,
    halfSpreadBp: 1,
    quotesPerSecond: 10,
    tradesPerSecond: 2,
    clockOffsetMs: 18,
  },
  kraken: {
    basisSdBp: 3,
    delayMedianMs: 80,
    halfSpreadBp: 2,
    quotesPerSecond: 5,
    tradesPerSecond: 0.8,
    clockOffsetMs: 120,
    quoteMode: 'resend',
  },
  okx: {
    basisSdBp: 2,
    delayMedianMs: 30,
    halfSpreadBp: 0.7,
    quotesPerSecond: 15,
    tradesPerSecond: 3,
    clockOffsetMs: 250,
  },
  bybit: {
    basisSdBp: 3,
    delayMedianMs: 60,
    halfSpreadBp: 1,
    quotesPerSecond: 10,
    tradesPerSecond: 2,
    clockOffsetMs: 900,
    quoteMode: 'resend',
  },
  ib: {
    basisSdBp: 5,
    delayMedianMs: 150,
    halfSpreadBp: 10,
    quotesPerSecond: 1,
    tradesPerSecond: 0.02,
    clockOffsetMs: -100,
    quoteMode: 'after-trades',
  },
};

export function venueParameters(venue: string, changed: Partial<VenueParameters> = {}): VenueParameters {
  return { ...VENUE_DEFAULTS, ...VENUE_OWN[venue], ...changed, venue };
}
