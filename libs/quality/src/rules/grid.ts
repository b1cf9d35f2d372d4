import type { RawBar, RawQuote, RawTrade } from '@concord/codec';
import { absolute, formatFixed, type Fixed } from '@concord/model';
import { Finding } from '../codes.ts';
import type { ListingRules } from '../instrument-rules.ts';
import { gather, type Rule } from '../rule.ts';

/** Tick of the band a price lies in; `undefined` where the grid is not known. */
function tickAt(price: Fixed, { tickBands }: ListingRules): Fixed | undefined {
  const magnitude = absolute(price);
  for (const band of tickBands) {
    if (magnitude >= band.from) return band.tick;
  }
  return undefined;
}

function price(name: string, value: Fixed | null, listing: ListingRules): Finding | undefined {
  if (value === null) return undefined;
  const tick = tickAt(value, listing);
  if (tick === undefined || value % tick === 0n) return undefined;
  return new Finding(
    'off-tick',
    () => `${name} is ${formatFixed(value)}; expected a multiple of ${formatFixed(tick)}`,
  );
}

function size(name: string, value: Fixed | null, { lot }: ListingRules): Finding | undefined {
  if (value === null || lot === null || value % lot === 0n) return undefined;
  return new Finding(
    'off-lot',
    () => `${name} is ${formatFixed(value)}; expected a multiple of ${formatFixed(lot)}`,
  );
}

/** Rule 3, second half: the source's own grid. A note only: 18.7 % of real share trades are off the cent grid. */
export const tradeGrid: Rule<RawTrade> = ({ record, listing }) =>
  gather(price('price', record.price, listing), size('size', record.size, listing));

export const quoteGrid: Rule<RawQuote> = ({ record, listing }) =>
  gather(
    price('bid', record.bid, listing),
    price('ask', record.ask, listing),
    size('bidSize', record.bidSize, listing),
    size('askSize', record.askSize, listing),
  );

export const barGrid: Rule<RawBar> = ({ record, listing }) =>
  gather(
    price('open', record.open, listing),
    price('high', record.high, listing),
    price('low', record.low, listing),
    price('close', record.close, listing),
    size('volume', record.volume, listing),
  );
