import type { RawBar } from '@concord/codec';
import { formatFixed, INTERVALS, isInterval, maximum, minimum, type Fixed } from '@concord/model';
import { Finding } from '../codes.ts';
import { gather, type Rule } from '../rule.ts';

function prices({ open, high, low, close }: RawBar): Finding | undefined {
  if (low <= minimum(open, close) && maximum(open, close) <= high) return undefined;
  return new Finding(
    'bar-inconsistent',
    () =>
      `open ${formatFixed(open)}, high ${formatFixed(high)}, low ${formatFixed(low)}, close ${formatFixed(close)}; ` +
      'expected low ≤ open, close ≤ high',
  );
}

function volume(name: string, value: Fixed | null): Finding | undefined {
  if (value === null || value >= 0n) return undefined;
  return new Finding('volume-negative', () => `${name} is ${formatFixed(value)}; expected 0 or more`);
}

/** A bar without volume has no vwap: venues write 0 there. */
function vwap({ vwap: value, volume: traded, low, high }: RawBar): Finding | undefined {
  if (value === null || traded === 0n || (low <= value && value <= high)) return undefined;
  return new Finding(
    'vwap-outside',
    () => `vwap is ${formatFixed(value)}; expected ${formatFixed(low)} to ${formatFixed(high)}`,
  );
}

function alignment({ interval, start, end }: RawBar): Finding | undefined {
  if (!isInterval(interval))
    return new Finding(
      'bar-misaligned',
      () => `interval ${JSON.stringify(interval.slice(0, 32))} is not known`,
    );
  const length = INTERVALS[interval];
  if (start % length === 0 && end === start + length) return undefined;
  return new Finding('bar-misaligned', () => `window ${start} to ${end} is no ${interval} window`);
}

/** Rule 8: a bar holds together, lies on its grid of windows, and each window is stated once unless by a higher revision. */
export const barShape: Rule<RawBar> = ({ record, memory }) =>
  gather(
    prices(record),
    volume('volume', record.volume),
    volume('quoteVolume', record.quoteVolume),
    volume('takerBuyVolume', record.takerBuyVolume),
    vwap(record),
    alignment(record),
    memory.bars?.coverage(record) === 'not-newer'
      ? new Finding(
          'bar-not-newer',
          () =>
            `revision ${record.revision} of the ${record.interval} bar from ${record.start}; expected a higher one`,
        )
      : undefined,
  );
