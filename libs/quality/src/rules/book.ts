import type { RawQuote } from '@concord/codec';
import { formatFixed } from '@concord/model';
import { Finding } from '../codes.ts';
import { gather, type Rule } from '../rule.ts';

/** Rule 7: a book does not cross itself. */
export const book: Rule<RawQuote> = ({ record: { bid, ask } }) => {
  if (bid === null || ask === null || bid < ask) return gather();
  const prices = (): string => `bid ${formatFixed(bid)}, ask ${formatFixed(ask)}`;
  if (bid === ask) return gather(new Finding('locked', () => `${prices()}: equal`));
  return gather(new Finding('crossed', () => `${prices()}; expected bid below ask`));
};
