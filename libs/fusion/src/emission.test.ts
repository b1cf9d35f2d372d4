import type { ConsensusQuote } from '@concord/codec';
import { describe, expect, it } from 'vitest';
import { HEARTBEATS_PER_STEP } from './instrument-consensus.ts';
import { quoteMarket, secondsOf, type Market } from './testing/market.ts';
import { at, fixed, quote } from './testing/records.ts';

/** Three sources that agree on 100.00 / 100.02 at 0.1 s, 0.3 s and 0.5 s. */
function agreed(): Market<ConsensusQuote> {
  const market = quoteMarket();
  ['a', 'b', 'c'].forEach((source, i) => {
    market.give(0.1 + i / 5, quote(source, '100.00', '100.02', at(0.1 + i / 5)));
  });
  return market;
}

const brief = (records: readonly ConsensusQuote[]): unknown[] =>
  records.map(({ logTime, emission, status }) => [secondsOf(logTime), emission, status]);

describe('what is published when', () => {
  it('is each change of status at once, the first value of all included', () => {
    expect(brief(agreed().records)).toEqual([
      [0.1, 'STATUS', 'NO_QUORUM'],
      [0.3, 'STATUS', 'DEGRADED'],
      [0.5, 'STATUS', 'OK'],
    ]);
  });

  it('is a heartbeat at each whole second, before the record that passed it', () => {
    const market = agreed();
    market.taken();
    market.live(0, 2).give(3.25, quote('a', '101.00', '101.02', at(3.25)));
    expect(brief(market.records)).toEqual([
      [1, 'HEARTBEAT', 'OK'],
      [2, 'HEARTBEAT', 'OK'],
      [3, 'HEARTBEAT', 'OK'],
    ]);
    expect(market.last.sources[0]?.value).toBe(fixed('100.01'));
  });

  it('counts sequences from one without a hole', () => {
    const market = agreed().live(0, 4);
    expect(market.records.map(({ sequence }) => sequence)).toEqual([1, 2, 3, 4, 5, 6, 7]);
  });

  it('is a move of at least half a basis point and a quarter of the confidence, not less', () => {
    // Confidence is 0.01, a quarter of it 0.0025; half a basis point of 100.01 is 0.0050005: 0.005 is too little, 0.01 is not.
    const market = agreed();
    market.taken();
    market.give(0.61, quote('a', '100.00', '100.03', at(0.61)));
    market.give(0.62, quote('b', '100.00', '100.03', at(0.62)));
    expect(market.records).toEqual([]);
    market.give(0.63, quote('b', '100.01', '100.03', at(0.63)));
    market.give(0.64, quote('a', '100.01', '100.03', at(0.64)));
    expect(brief(market.records)).toEqual([[0.64, 'MOVE', 'OK']]);
    expect(market.last.mid).toBe(fixed('100.02'));
    expect(market.last.triggerReceiveTime).toBe(at(0.64));
  });

  it('is the first change of each 100 ms at once and the newest at the boundary', () => {
    const market = agreed();
    market.taken();
    const move = (seconds: number, bid: string, ask: string): void => {
      for (const source of ['a', 'b', 'c']) market.give(seconds, quote(source, bid, ask, at(seconds)));
    };
    move(0.71, '100.10', '100.12');
    move(0.74, '100.20', '100.22');
    move(0.78, '100.30', '100.32');
    expect(brief(market.records)).toEqual([[0.71, 'MOVE', 'OK']]);
    market.pass(0.79);
    expect(market.records).toHaveLength(1);
    move(0.83, '100.40', '100.42');
    // The boundary's record has used the slot of 0.8: what came at 0.83 waits for 0.9.
    expect(brief(market.records)).toEqual([
      [0.71, 'MOVE', 'OK'],
      [0.8, 'MOVE', 'OK'],
    ]);
    expect([market.last.mid, market.last.triggerReceiveTime]).toEqual([fixed('100.31'), at(0.78)]);
    market.pass(0.95);
    expect([secondsOf(market.last.logTime), market.last.mid]).toEqual([0.9, fixed('100.41')]);
  });

  it('is nothing at the boundary when the newest state is what was published', () => {
    const market = agreed();
    market.give(0.71, quote('a', '100.00', '100.02', at(0.71)));
    market.taken();
    market.give(0.81, quote('a', null, '100.02', at(0.81)));
    market.give(0.82, quote('a', '100.00', '100.02', at(0.82)));
    market.give(0.83, quote('a', null, '100.02', at(0.83)));
    expect(brief(market.taken())).toEqual([[0.81, 'STATUS', 'DEGRADED']]);
    market.pass(0.95);
    expect(market.records).toEqual([]);
  });

  it('is at most ten records a second, whatever happens', () => {
    const market = agreed();
    market.taken();
    for (let ms = 1_000; ms < 3_000; ms += 3) {
      const price = (100 + (ms % 50) / 100).toFixed(2);
      const ask = (Number(price) + 0.02).toFixed(2);
      market.give(ms / 1_000, quote('abc'[ms % 3] as string, price, ask, at(ms / 1_000)));
    }
    const seconds = market.records.map(({ logTime }) => Math.floor(secondsOf(logTime)));
    expect(seconds.filter((second) => second === 1)).toHaveLength(10);
    expect(seconds.filter((second) => second === 2)).toHaveLength(10);
    const slots = market.records.map(({ logTime }) => Math.floor(secondsOf(logTime) * 10 + 1e-6));
    expect(new Set(slots).size).toBe(slots.length);
  });

  it('is bounded when log time leaps: a minute of heartbeats, then the last one due', () => {
    const market = agreed();
    market.taken();
    market.pass(3_600.5);
    const seconds = market.records.map(({ logTime }) => secondsOf(logTime));
    const minute = Array.from({ length: HEARTBEATS_PER_STEP - 1 }, (_, i) => i + 1);
    expect(seconds).toEqual([...minute, 3_600]);
    expect(market.last.status).toBe('NO_QUORUM');
    // The sources fell silent 5 s after their first records: at 6 s all three were, and the time since is downtime.
    expect(market.last.downtimeMicros).toBe(3_594_000_000);
  });
});
