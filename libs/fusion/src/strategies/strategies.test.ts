import { describe, expect, it } from 'vitest';
import { quoteMarket, tradeMarket } from '../testing/market.ts';
import { at, fixed, quote, trade } from '../testing/records.ts';

/** a 100.01, b 100.02 and c 100.04, each ± 0.01, given in the order c, a, b. */
function threeQuotes(fusion: Record<string, unknown>) {
  const market = quoteMarket({ fusion });
  market.give(0.1, quote('c', '100.03', '100.05', at(0.1)));
  market.give(0.2, quote('a', '100.00', '100.02', at(0.2)));
  return market.give(0.3, quote('b', '100.01', '100.03', at(0.3)));
}

describe('priority', () => {
  it('is the first source of the configured order that passes, with its own bid and ask', () => {
    const { last } = threeQuotes({ strategy: 'priority', members: ['b', 'c', 'a'] });
    expect([last.method, last.mid, last.bid, last.ask]).toEqual([
      'PRIORITY',
      fixed('100.02'),
      fixed('100.01'),
      fixed('100.03'),
    ]);
    expect(last.sources.map(({ source, weight, included }) => [source, weight, included])).toEqual([
      ['b', 1, true],
      ['c', 0, true],
      ['a', 0, true],
    ]);
    // Votes 100.00 100.01 100.01 100.02 100.02 100.03 100.03 100.04 100.05: p25 = V[2] = 100.01, p75 = V[6] = 100.03.
    expect([last.status, last.confidence]).toEqual(['OK', fixed('0.01')]);
  });

  it('passes to the next when the first falls away', () => {
    const market = threeQuotes({ strategy: 'priority' }).sign(0.5, 'a', 'down');
    expect([market.last.mid, market.last.status]).toEqual([fixed('100.02'), 'DEGRADED']);
  });
});

describe('latest', () => {
  it('is the newest by event time, not by arrival', () => {
    const market = quoteMarket({ fusion: { strategy: 'latest' } });
    market.give(0.1, quote('a', '100.00', '100.02', at(0.1), { eventTime: at(0.09) }));
    market.give(0.2, quote('b', '100.01', '100.03', at(0.2), { eventTime: at(0.05) }));
    expect([market.last.method, market.last.mid]).toEqual(['LATEST', fixed('100.01')]);
  });

  it('is that of the source that stands first when two are of the same time', () => {
    const market = quoteMarket({ fusion: { strategy: 'latest', members: ['b', 'a'] } });
    market.give(0.2, quote('a', '100.00', '100.02', at(0.1)));
    market.give(0.2, quote('b', '100.01', '100.03', at(0.1)));
    market.pass(0.3);
    expect(market.last.mid).toBe(fixed('100.02'));
  });
});

describe('weighted-average', () => {
  it('is the mean with fixed weights, cut at the cap, rounded half to even at two places beyond the grid', () => {
    // Weights 8, 1, 1 become 0.4, 0.3, 0.3: 40.004 + 30.006 + 30.012 = 100.022.
    const { last } = threeQuotes({ strategy: 'weighted-average', weights: { a: '8' } });
    expect([last.method, last.mid]).toEqual(['WEIGHTED_AVERAGE', fixed('100.022')]);
    expect(last.sources.map(({ weight }) => weight)).toEqual([400_000, 300_000, 300_000]);
    // Equal weights: 300.07 / 3 = 100.02333….
    expect(threeQuotes({ strategy: 'weighted-average' }).last.mid).toBe(fixed('100.0233'));
  });
});

describe('consensus', () => {
  it('publishes fused bid and ask, and the best of both with their sources', () => {
    const market = quoteMarket();
    market.give(0.1, quote('c', '100.03', '100.05', at(0.1)));
    market.give(0.2, quote('a', '100.00', '100.02', at(0.2)));
    // Of two bids the lower, of two asks the upper: the pair never tightens.
    expect([market.last.bid, market.last.ask]).toEqual([fixed('100'), fixed('100.05')]);
    market.give(0.3, quote('b', '100.01', '100.03', at(0.3)));
    const { mid, bid, ask, bestBid, bestBidSource, bestAsk, bestAskSource, crossed } = market.last;
    expect([mid, bid, ask]).toEqual([fixed('100.02'), fixed('100.01'), fixed('100.03')]);
    expect([bestBid, bestBidSource, bestAsk, bestAskSource, crossed]).toEqual([
      fixed('100.03'),
      'c',
      fixed('100.02'),
      'a',
      true,
    ]);
  });

  it('of trades widens a source whose trades scatter around it', () => {
    const market = tradeMarket();
    // b's trades lie 0.30 to 0.50 off the others' 100.00; from ten of them on their MAD counts.
    for (let i = 0; i < 24; i++) {
      const seconds = 0.1 + i * 0.3;
      const scatter = ['100.50', '99.50', '100.30', '99.70'][i % 4] as string;
      market.give(seconds, trade('a', '100.00', '1', at(seconds)));
      market.give(seconds + 0.1, trade('b', scatter, '1', at(seconds + 0.1)));
      market.give(seconds + 0.2, trade('c', '100.00', '1', at(seconds + 0.2)));
      for (const source of ['a', 'b', 'c']) market.sign(seconds + 0.25, source);
    }
    market.pass(8);
    const [a, b, c] = market.last.sources;
    // b's first trade met no consensus. Of the other 23 residuals six are about −0.5, six −0.3, five or six each of 0.3 and 0.5:
    // their median is −0.30, the twelfth distance from it 0.21; 1.4826 · 0.21 = 0.311346. 0.9 s old: · √1.18 = 0.33821.
    expect(b?.confidence).toBe(fixed('0.3382'));
    expect([a?.weight, b?.weight, c?.weight]).toEqual([8, 1, 8]);
    expect(market.last.price).toBe(fixed('100'));
  });
});
