import type { RawBar, RawQuote, RawTrade } from '@concord/codec';
import { formatFixed, type Fixed } from '@concord/model';
import { Finding } from '../codes.ts';
import type { InstrumentRules } from '../instrument-rules.ts';
import { gather, type Rule } from '../rule.ts';

function price(name: string, value: Fixed | null, rules: InstrumentRules): Finding | undefined {
  if (value === null) return undefined;
  const { minimumPrice, maximumPrice } = rules;
  if (minimumPrice !== null && value < minimumPrice) {
    return new Finding(
      'price-out-of-bounds',
      () => `${name} is ${formatFixed(value)}; expected at least ${formatFixed(minimumPrice)}`,
    );
  }
  if (maximumPrice !== null && value > maximumPrice) {
    return new Finding(
      'price-out-of-bounds',
      () => `${name} is ${formatFixed(value)}; expected at most ${formatFixed(maximumPrice)}`,
    );
  }
  return undefined;
}

function size(name: string, value: Fixed | null, { maximumSize }: InstrumentRules): Finding | undefined {
  if (value === null || maximumSize === null || value <= maximumSize) return undefined;
  return new Finding(
    'size-out-of-bounds',
    () => `${name} is ${formatFixed(value)}; expected at most ${formatFixed(maximumSize)}`,
  );
}

/** Rule 3, first half: the instrument's absolute bounds. */
export const tradeBounds: Rule<RawTrade> = ({ record, rules }) =>
  gather(price('price', record.price, rules), size('size', record.size, rules));

export const quoteBounds: Rule<RawQuote> = ({ record, rules }) =>
  gather(
    price('bid', record.bid, rules),
    price('ask', record.ask, rules),
    size('bidSize', record.bidSize, rules),
    size('askSize', record.askSize, rules),
  );

/** The bound on sizes is one for single trades and quotes; a bar's volume is a sum and has none. */
export const barBounds: Rule<RawBar> = ({ record, rules }) =>
  gather(
    price('open', record.open, rules),
    price('high', record.high, rules),
    price('low', record.low, rules),
    price('close', record.close, rules),
  );
