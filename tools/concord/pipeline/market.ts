import type { VenueInstrument } from '@concord/venues';
import type { InstrumentDefinition } from '@concord/runtime';

/** Where the synthetic market of a well-known asset begins, so that its screen looks like the market one knows. */
const START_PRICES: Readonly<Record<string, string>> = {
  BTC: '65000',
  ETH: '1900',
  SOL: '77',
  XRP: '1.1',
  AAPL: '190',
  IBM: '240',
  MSFT: '420',
};
const OTHER_START_PRICE = '100';
/**
 * A share is traded at one venue, which by itself has a trade in 50 s, several at once, and quotes that move with them: so much busier, its price moves
 * about once a second.
 */
const SHARE_ACTIVITY = 200;

/** Instruments of the configuration as the simulated venues list them: each venue in its own steps, where it has any. */
export function simulatedInstruments(instruments: readonly InstrumentDefinition[]): VenueInstrument[] {
  return instruments.map(({ id, assetClass, base, priceScale, tickBands, lot, venues }) => {
    const priceTick = tickBands[0]?.tick ?? (priceScale === 0 ? '1' : `0.${'0'.repeat(priceScale - 1)}1`);
    const sizeStep = lot ?? '0.00000001';
    const listings = Object.entries(venues);
    return {
      id,
      symbols: Object.fromEntries(listings.map(([name, { symbol }]) => [name, symbol])),
      priceTick,
      sizeStep,
      steps: Object.fromEntries(
        listings.map(([name, own]) => [
          name,
          { priceTick: own.tickBands[0]?.tick ?? priceTick, sizeStep: own.lot ?? sizeStep },
        ]),
      ),
      startPrice: START_PRICES[base] ?? OTHER_START_PRICE,
      ...(assetClass === 'EQUITY' ? { activity: SHARE_ACTIVITY } : {}),
    };
  });
}
