import { describe, expect, it } from 'vitest';
import { quoteMarket, tradeMarket } from '../testing/market.ts';
import { at, fixed, quote, trade } from '../testing/records.ts';
import { GATE_CODES } from './codes.ts';

const agreeing = ['a', 'b', 'c', 'd'];

/** Four sources on 100.00 / 100.02 at 0.1 s, alive each second up to and at `until`. */
function fourQuotes(until: number, fusion: Record<string, unknown> = {}) {
  const market = quoteMarket({ sources: agreeing, fusion });
  for (const source of agreeing) market.give(0.1, quote(source, '100.00', '100.02', at(0.1)));
  return market.live(0, until, agreeing);
}

describe('a source is left out', () => {
  it('at once when its session is marked down, and back when it is live again', () => {
    const market = fourQuotes(2).sign(2.5, 'b', 'down');
    expect([market.reasonOf('b'), market.last.emission]).toEqual(['down', 'MEMBERSHIP']);
    market.sign(2.7, 'b', 'live');
    expect(market.reasonOf('b')).toBe('');
  });

  it('when the session of its last record has sent no marker for five seconds, whatever another session says', () => {
    const market = fourQuotes(2);
    for (let second = 3; second <= 6; second++) {
      for (const source of ['a', 'c', 'd']) market.sign(second, source);
      market.sign(second, 'b', 'live', 'b-of-a-sibling');
    }
    expect(market.reasonOf('b')).toBe('');
    market.pass(7);
    expect([market.reasonOf('b'), market.reasonOf('a')]).toEqual(['silent', '']);
  });

  it('as silent from its first record on when its session never sent a marker', () => {
    const market = quoteMarket({ sources: ['a'] }).give(0.5, quote('a', '1', '2', at(0.5)));
    market.give(0.6, quote('a', '100.00', '100.02', at(0.6))).pass(5);
    expect(market.reasonOf('a')).toBe('');
    market.pass(6);
    expect(market.reasonOf('a')).toBe('silent');
  });

  it('while its session is only connecting: that proves nothing of its stream', () => {
    const market = quoteMarket({ sources: ['a'] }).give(0.5, quote('a', '100.00', '100.02', at(0.5)));
    for (let second = 1; second <= 6; second++) market.sign(second, 'a', 'connecting');
    expect(market.reasonOf('a')).toBe('silent');
  });

  it('when its quote is older than thirty seconds, unless its stream reports every change', () => {
    const market = quoteMarket({ sources: agreeing, everyChange: ['a', 'b'] });
    for (const source of agreeing) market.give(0.5, quote(source, '100.00', '100.02', at(0.5)));
    market.live(0, 30, agreeing);
    expect(agreeing.map((source) => market.reasonOf(source))).toEqual(['', '', '', '']);
    // 0.01 · √(1 + 29.5 s / 5 s) = 0.02626785
    const confidences = market.last.sources.map(({ confidence }) => confidence);
    expect(confidences).toEqual([fixed('0.01'), fixed('0.01'), fixed('0.0263'), fixed('0.0263')]);
    market.live(30, 31, agreeing);
    expect(agreeing.map((source) => market.reasonOf(source))).toEqual(['', '', 'stale', 'stale']);
  });

  it('when its trade is older than the pace of all trades allows', () => {
    // 12 trades in the last minute would allow 500 s, the maximum is 300 s; configured down to 10 mean intervals of 5 s.
    const market = tradeMarket({ fusion: { tradeAgeFactor: 10 } });
    for (let i = 0; i < 24; i++) {
      market.give(i * 5 + 1, trade('ab'[i % 2] as string, '100.00', '1', at(i * 5 + 1)));
      if (i === 0) market.give(1.5, trade('c', '100.00', '1', at(1.5)));
      market.live(i * 5 + 1, i * 5 + 5);
    }
    // In (52.x − 60, 52.x] there were 11 or 12 trades and c's own: 10 · 60 / 12 = 50 s.
    const reasons = market.records.map(({ logTime, sources }) => [
      (logTime - at(0)) / 1e6,
      sources[2]?.reason,
    ]);
    const stale = reasons.find(([, reason]) => reason === 'stale');
    // At 51 s: trades at 1, 6, …, 46, 51 and 1.5 make 12; 50 s allowed, c is 49.5 s old. At 52 s it is 50.5 s old.
    expect(stale?.[0]).toBe(52);
  });

  it('when its last record is SUSPECT, until it gives a valid one', () => {
    const market = fourQuotes(2);
    market.give(2.5, quote('b', '100.50', '100.52', at(2.5), { verdict: 'SUSPECT' }));
    expect(market.reasonOf('b')).toBe('suspect');
    expect(market.last.sources[1]?.value).toBe(fixed('100.01'));
    market.give(2.7, quote('b', '100.00', '100.02', at(2.7)));
    expect(market.reasonOf('b')).toBe('');
  });

  it('when its half-width is above two per cent of its price', () => {
    const market = fourQuotes(2);
    market.give(2.3, quote('b', '98.00', '102.00', at(2.3)));
    expect(market.reasonOf('b')).toBe('');
    market.give(2.5, quote('b', '97.98', '102.00', at(2.5)));
    expect(market.reasonOf('b')).toBe('wide');
  });

  it('when a side of its book is empty', () => {
    const market = fourQuotes(2).give(2.5, quote('b', '100.00', null, at(2.5)));
    expect(market.reasonOf('b')).toBe('one-sided');
    const { bid, ask, value } = market.last.sources[1] ?? {};
    expect([bid, ask, value]).toEqual([fixed('100.00'), null, null]);
  });

  it('with all others while the instrument is halted', () => {
    const market = quoteMarket({ instrument: { status: 'HALTED' } });
    for (const source of ['a', 'b', 'c']) market.give(0.5, quote(source, '100.00', '100.02', at(0.5)));
    market.pass(1);
    expect([market.last.status, market.reasonOf('a')]).toEqual(['NO_QUORUM', 'not-trading']);
  });

  it('when its price is beyond what can be published', () => {
    const market = tradeMarket({ sources: ['a'] });
    market.give(0.5, trade('a', '100000000000', '1', at(0.5)));
    expect(market.last.status).toBe('SINGLE');
    market.give(0.7, trade('a', '100000000000.01', '1', at(0.7)));
    expect(market.reasonOf('a')).toBe('one-sided');
  });
});

describe('a source that deviates', () => {
  const b = (seconds: number, bid: string, ask: string) => quote('b', bid, ask, at(seconds));

  it('is flagged beyond one per cent of the median and three half-widths', () => {
    const market = fourQuotes(2);
    // The median of all four is 100.01: 1 % of it is 1.0001.
    market.give(2.3, b(2.3, '101.00', '101.02'));
    expect(market.reasonOf('b')).toBe('');
    market.give(2.5, b(2.5, '101.01', '101.03'));
    expect(market.reasonOf('b')).toBe('deviating');
    // 1.5 % off, but three half-widths of 0.51 are more.
    const wide = fourQuotes(2).give(2.5, b(2.5, '101.00', '102.02'));
    expect(wide.reasonOf('b')).toBe('');
  });

  it('is judged by the median of all while fewer than three are unflagged', () => {
    const market = quoteMarket();
    for (const source of ['a', 'b']) market.give(0.1, quote(source, '100.00', '100.02', at(0.1)));
    market.give(0.3, quote('c', '102.00', '102.02', at(0.3)));
    expect([market.last.status, market.last.mid]).toEqual(['DEGRADED', fixed('100.01')]);
    // The median of a 101.51, b 100.01 and the flagged c 102.01 is 101.51: b is now 1.5 % off. Two of three would be flagged.
    market.give(0.5, quote('a', '101.50', '101.52', at(0.5)));
    expect([market.last.status, market.last.mid]).toEqual(['DISPERSED', fixed('101.51')]);
    expect(market.last.sources.map(({ reason }) => reason)).toEqual(['', '', '']);
  });

  it('comes back only after thirty seconds within half of that', () => {
    const market = fourQuotes(2);
    market.give(2.5, b(2.5, '102.00', '102.02'));
    expect(market.reasonOf('b')).toBe('deviating');
    market.give(3, b(3, '100.60', '100.62')).live(3, 40, agreeing);
    // 0.6 % off is no longer beyond the limit and not yet back.
    expect(market.reasonOf('b')).toBe('deviating');
    market.give(40.5, b(40.5, '100.30', '100.32')).live(40, 70, agreeing);
    expect(market.reasonOf('b')).toBe('deviating');
    market.live(70, 71, agreeing);
    expect(market.reasonOf('b')).toBe('');
  });

  it('begins its thirty seconds anew when it leaves again, or is away', () => {
    const market = fourQuotes(2);
    market.give(2.5, b(2.5, '102.00', '102.02'));
    market.give(3.5, b(3.5, '100.00', '100.02')).live(3, 20, agreeing);
    market.sign(20.2, 'b', 'down').sign(20.4, 'b', 'live').live(20, 50, agreeing);
    expect(market.reasonOf('b')).toBe('deviating');
    market.live(50, 51, agreeing);
    expect(market.reasonOf('b')).toBe('');
  });
});

describe('the codes of the gates', () => {
  it('are lower-case words and each says what it means', () => {
    for (const [code, meaning] of Object.entries(GATE_CODES)) {
      expect(code).toMatch(/^[a-z]+(-[a-z]+)*$/);
      expect(meaning.length).toBeGreaterThan(10);
    }
  });
});
