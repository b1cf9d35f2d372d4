import { describe, expect, it } from 'vitest';
import { quoteMarket, tradeMarket } from './testing/market.ts';
import { at, fixed, quote, trade } from './testing/records.ts';

describe('the status of a consensus', () => {
  it('is NO_QUORUM with the last value, its time and a growing confidence when no source is left', () => {
    const market = quoteMarket();
    for (const source of ['a', 'b', 'c']) market.give(0.5, quote(source, '100.00', '100.02', at(0.5)));
    // 100.00 100.00 100.00 100.01 100.01 100.01 100.02 …: p25 = V[2] = 100.00, p50 = 100.01.
    expect([market.last.status, market.last.mid]).toEqual(['NO_QUORUM', null]);
    market.pass(1);
    expect([market.last.status, market.last.mid, market.last.confidence]).toEqual([
      'OK',
      fixed('100.01'),
      fixed('0.01'),
    ]);
    market.pass(6);
    const { status, mid, bid, ask, asOf, confidence, bestBid } = market.last;
    expect([status, mid, bid, ask, asOf, bestBid]).toEqual([
      'NO_QUORUM',
      fixed('100.01'),
      fixed('100.00'),
      fixed('100.02'),
      at(5),
      null,
    ]);
    // 0.01 · √(1 + 1 s / 5 s) = 0.010954
    expect(confidence).toBe(fixed('0.0110'));
    market.pass(20);
    // 0.01 · √(1 + 15 s / 5 s)
    expect([market.last.confidence, market.last.asOf]).toEqual([fixed('0.02'), at(5)]);
  });

  it('is SINGLE with one survivor where that is allowed: three half-widths, at least ten basis points', () => {
    const allowed = quoteMarket({ fusion: { allowSingle: true } });
    allowed.give(0.1, quote('b', '100.00', '100.02', at(0.1)));
    // 3 · 0.01 is below 10 bp of 100.01 = 0.10001, published as 0.1000.
    expect([allowed.last.status, allowed.last.confidence]).toEqual(['SINGLE', fixed('0.1000')]);
    const wider = quoteMarket({ sources: ['a'] });
    wider.give(0.1, quote('a', '100.00', '100.10', at(0.1)));
    expect([wider.last.status, wider.last.confidence]).toEqual(['SINGLE', fixed('0.15')]);
    const refused = quoteMarket();
    refused.give(0.1, quote('b', '100.00', '100.02', at(0.1)));
    expect(refused.last.status).toBe('NO_QUORUM');
    expect(refused.reasonOf('b')).toBe('below-quorum');
  });

  it('is DISPERSED with the value of priority when two survivors lie more than three half-widths of both apart', () => {
    const market = quoteMarket({ sources: ['a', 'b'] });
    market.give(0.1, quote('b', '100.00', '100.02', at(0.1)));
    // 3 · (0.01 + 0.01) = 0.06: exactly that far apart is not beyond.
    market.give(0.2, quote('a', '100.06', '100.08', at(0.2)));
    expect([market.last.status, market.last.mid]).toEqual(['DEGRADED', fixed('100.04')]);
    market.give(0.3, quote('a', '100.07', '100.09', at(0.3)));
    expect([market.last.status, market.last.mid, market.last.bid]).toEqual([
      'DISPERSED',
      fixed('100.08'),
      fixed('100.07'),
    ]);
    // Votes 100.00 100.01 100.02 100.07 100.08 100.09: p25 = V[1] = 100.01, p75 = V[4] = 100.08; 100.08 − 100.01.
    expect(market.last.confidence).toBe(fixed('0.07'));
    expect(market.last.sources.map(({ weight }) => weight)).toEqual([1, 0]);
  });

  it('is DISPERSED when more than half would be flagged, and then none is', () => {
    const market = quoteMarket();
    market.give(0.1, quote('a', '100.00', '100.02', at(0.1)));
    market.give(0.3, quote('b', '105.00', '105.02', at(0.3)));
    // The median 102.51 is 2.44 % from each, so both would be.
    expect([market.last.status, market.last.mid]).toEqual(['DISPERSED', fixed('100.01')]);
    expect(market.last.sources.map(({ reason }) => reason)).toEqual(['', '', 'no-observation']);
    // A third settles it: now one of three is flagged.
    market.give(0.5, quote('c', '105.00', '105.02', at(0.5)));
    expect([market.last.status, market.last.mid]).toEqual(['DEGRADED', fixed('105.01')]);
    expect(market.reasonOf('a')).toBe('deviating');
  });

  it('is DISPERSED when the confidence exceeds one per cent of the value', () => {
    const market = quoteMarket();
    // c = 1.2 is below the 2 % of gate 4 and above the 1 % of the status.
    for (const source of ['a', 'b', 'c']) market.give(0.5, quote(source, '98.80', '101.20', at(0.5)));
    market.pass(0.6);
    expect([market.last.status, market.last.confidence]).toEqual(['DISPERSED', fixed('1.2')]);
  });

  it('needs the configured number of survivors', () => {
    const market = quoteMarket({ fusion: { minimumSources: 3 } });
    market.give(0.1, quote('a', '100.00', '100.02', at(0.1)));
    market.give(0.2, quote('b', '100.00', '100.02', at(0.2)));
    expect(market.last.status).toBe('NO_QUORUM');
    market.give(0.3, quote('c', '100.00', '100.02', at(0.3)));
    expect(market.last.status).toBe('OK');
  });

  it('of trades follows the aged half-widths, so that a slow venue counts less', () => {
    const market = tradeMarket();
    market.give(0.1, trade('a', '100.00', '1', at(0.1)));
    market.give(0.2, trade('b', '100.00', '1', at(0.2)));
    market.live(0, 14).give(15.1, trade('c', '100.10', '1', at(15.1)));
    // c of each is max(0.01, 1 bp of p) = 0.01 and 0.01001; a and b are 15.0 and 14.9 s old: 0.02 and 0.019950.
    // 1/c² = 2500, 2512.6, 9980: shares 16.7, 16.8 and 66.6 %, cut to 40 %: 3, 3 and 8 of 20.
    expect(market.last.sources.map(({ weight }) => weight)).toEqual([3, 3, 8]);
    // 14 votes of 42 at each of c's prices: 99.98×3 99.98005×3 100×6 100.01995×3 100.02×3 | 18 so far; 100.08999×8 100.1×8 …
    // p50 = (V[20] + V[21]) / 2 = 100.08999.
    expect([market.last.status, market.last.price]).toEqual(['OK', fixed('100.0900')]);
  });
});
