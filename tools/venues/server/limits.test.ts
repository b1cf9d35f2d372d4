import { ManualClock } from '@concord/testkit';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { checkChanges, Limits } from './limits.ts';

const RULES = {
  messages: { most: 5, windowMs: 1_000 },
  weight: { most: 6_000, windowMs: 60_000, isAligned: true },
  streams: { most: 1_024 },
};

describe('a limit', () => {
  it('with a window lets through what it allows in any stretch of that length, never more', () => {
    fc.assert(
      fc.property(fc.array(fc.constantFrom(0, 1, 99, 100, 250, 500), { maxLength: 80 }), (pauses) => {
        const clock = new ManualClock();
        const counter = new Limits('binance', RULES, {}, clock).counter('messages');
        const taken: number[] = [];
        for (const pause of pauses) {
          clock.advance(pause);
          const now = clock.nowMs();
          const inWindow = taken.filter((at) => now - at < 1_000).length;
          expect(counter.take()).toBe(inWindow < 5);
          if (inWindow < 5) taken.push(now);
        }
      }),
    );
  });

  it('with an aligned window begins anew at each multiple of it and says how long that takes', () => {
    const clock = new ManualClock({ startAtMs: 59_000 });
    const counter = new Limits('binance', RULES, {}, clock).counter('weight');
    expect([counter.take(6_000), counter.take(1), counter.used, counter.freeInMs]).toEqual([
      true,
      false,
      6_000,
      1_000,
    ]);
    clock.advance(1_000);
    expect([counter.used, counter.take(1), counter.used]).toEqual([0, true, 1]);
  });

  it('of one connection is not used up by another', () => {
    const limits = new Limits('binance', RULES, {}, new ManualClock());
    const [one, other] = [limits.counter('messages'), limits.counter('messages')];
    for (let i = 0; i < 5; i++) expect(one.take()).toBe(true);
    expect([one.take(), other.take()]).toEqual([false, true]);
  });

  it('tells how often it was broken and how near clients came, and nothing of one that was kept', () => {
    const limits = new Limits('binance', RULES, {}, new ManualClock());
    const counter = limits.counter('messages');
    for (let i = 0; i < 7; i++) counter.take();
    expect([limits.allows('streams', 1_024), limits.allows('streams', 3)]).toEqual([true, true]);
    expect(limits.breaches).toEqual({ messages: 2 });
    expect(limits.peaks).toEqual({ messages: 6, streams: 1_024 });
    expect(limits.allows('streams', 1_025)).toBe(false);
    expect(limits.breaches).toEqual({ messages: 2, streams: 1 });
  });

  it('that a venue does not have is kept by everything', () => {
    const limits = new Limits('kraken', {}, {}, new ManualClock());
    expect([limits.counter('messages').take(9), limits.allows('streams', 1e9)]).toEqual([true, true]);
    expect(limits.breaches).toEqual({});
  });

  it('is multiplied or switched off, everywhere or at one venue', () => {
    const changes = { streams: 2, 'binance.messages': 'off' } as const;
    const [binance, kraken] = ['binance', 'kraken'].map(
      (venue) => new Limits(venue, RULES, changes, new ManualClock()),
    );
    expect([binance?.most('streams'), kraken?.most('streams')]).toEqual([2_048, 2_048]);
    expect([binance?.most('messages'), kraken?.most('messages')]).toEqual([Number.POSITIVE_INFINITY, 5]);
  });

  it('is changed only by a name that some venue has, to a factor or off', () => {
    const check = (changes: Record<string, number | 'off'>) => () =>
      checkChanges(changes, { binance: RULES });
    expect(check({ messages: 'off', 'binance.streams': 10 })).not.toThrow();
    expect(check({ mesages: 2 })).toThrow("limit 'mesages' is none of messages, weight, streams");
    expect(check({ 'binance.lines': 2 })).toThrow("limit 'binance.lines' is none of messages");
    expect(check({ 'mtgox.messages': 2 })).toThrow("limit 'mtgox.messages'");
    expect(check({ messages: 0 })).toThrow('factor above 0');
    expect(check({ messages: 'no' as 'off' })).toThrow('got no');
  });
});
