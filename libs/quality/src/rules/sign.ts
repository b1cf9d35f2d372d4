import type { RawBar, RawQuote, RawTrade } from '@concord/codec';
import { formatFixed, ONE, type Fixed } from '@concord/model';
import { Finding } from '../codes.ts';
import type { InstrumentRules } from '../instrument-rules.ts';
import { gather, type Rule } from '../rule.ts';

function price(name: string, value: Fixed | null, rules: InstrumentRules): Finding | undefined {
  if (value === null || value > 0n || rules.negativePrices) return undefined;
  return new Finding('price-not-positive', () => `${name} is ${formatFixed(value)}; expected above 0`);
}

function size(name: string, value: Fixed | null, rules: InstrumentRules): Finding | undefined {
  if (value === null) return undefined;
  if (value < 0n)
    return new Finding('size-negative', () => `${name} is ${formatFixed(value)}; expected 0 or more`);
  return whole(name, value, rules);
}

function whole(name: string, value: Fixed | null, rules: InstrumentRules): Finding | undefined {
  if (!rules.wholeSizes || value === null || value % ONE === 0n) return undefined;
  return new Finding(
    'size-not-whole',
    () => `${name} is ${formatFixed(value)} shares; expected a whole number`,
  );
}

/** Rule 2: signs of price and size. Decimals are finite by their type. */
export const tradeSigns: Rule<RawTrade> = ({ record, rules }) =>
  gather(price('price', record.price, rules), size('size', record.size, rules));

export const quoteSigns: Rule<RawQuote> = ({ record, rules }) =>
  gather(
    price('bid', record.bid, rules),
    price('ask', record.ask, rules),
    size('bidSize', record.bidSize, rules),
    size('askSize', record.askSize, rules),
  );

/** The sign of a bar's volume is rule 8's. */
export const barSigns: Rule<RawBar> = ({ record, rules }) =>
  gather(
    price('open', record.open, rules),
    price('high', record.high, rules),
    price('low', record.low, rules),
    price('close', record.close, rules),
    whole('volume', record.volume, rules),
  );
