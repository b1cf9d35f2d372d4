import type { VenueInstrument } from '../../options.ts';

export const INSTRUMENTS: readonly VenueInstrument[] = [
  ['BTC', '0.1', '0.000001', 65_000] as const,
  ['XRP', '0.0001', '0.01', 0.52] as const,
].map(([base, priceTick, sizeStep, startPrice]) => ({
  id: `${base}-USDT`,
  symbols: { bybit: `${base}USDT` },
  priceTick,
  sizeStep,
  startPrice,
}));
