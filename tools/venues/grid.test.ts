import fc from 'fast-check';
import { formatFixed, parseFixed, pow10 } from '@concord/model';
import { describe, expect, it } from 'vitest';
import { bigText, fixedText, floorTo, paddedText, parseGrid, trimmedText } from './grid.ts';

const points = fc.integer({ min: 0, max: Number.MAX_SAFE_INTEGER });
const decimals = fc.integer({ min: 0, max: 12 });

describe('a grid', () => {
  it('is read from a step, and what is no positive decimal is refused', () => {
    expect(parseGrid('0.01')).toEqual({ decimals: 2, unit: 1 });
    expect(parseGrid('0.50')).toEqual({ decimals: 1, unit: 5 });
    expect(parseGrid('10')).toEqual({ decimals: 0, unit: 10 });
    expect(parseGrid('0.00000001')).toEqual({ decimals: 8, unit: 1 });
    for (const wrong of ['0', '0.00', '-1', '1e-8', '', '.5'])
      expect(() => parseGrid(wrong)).toThrow(RangeError);
  });

  it('rounds down onto its steps', () => {
    expect(floorTo(parseGrid('0.5'), 7.4)).toBe(70);
    expect(floorTo(parseGrid('0.05'), 1.23)).toBe(120);
  });

  it('writes exactly the value it holds, in every form', () => {
    fc.assert(
      fc.property(points, decimals, (value, places) => {
        const exact = BigInt(value) * pow10(12 - places);
        expect(parseFixed(fixedText(value, places))).toBe(exact);
        expect(parseFixed(paddedText(value, places, 8))).toBe(exact);
        expect(trimmedText(value, places)).toBe(formatFixed(exact));
        expect(bigText(BigInt(value), places, places)).toBe(fixedText(value, places));
      }),
    );
  });

  it('pads to the places a venue writes', () => {
    expect(paddedText(6_508_356, 2, 8)).toBe('65083.56000000');
    expect(paddedText(7, 0, 8)).toBe('7.00000000');
    expect(fixedText(5_100, 8)).toBe('0.00005100');
  });
});
