import { ManualClock } from '@concord/testkit';
import { describe, expect, it } from 'vitest';
import { CircuitBreaker, type BreakerState, type PassageEnd } from './breaker.ts';

class Tested {
  readonly clock: ManualClock;
  readonly changes: BreakerState[] = [];
  readonly breaker: CircuitBreaker;
  pauseMs = 0;

  constructor(seed = 1) {
    this.clock = new ManualClock({ seed });
    this.breaker = new CircuitBreaker({
      clock: this.clock,
      changed: (state, pauseMs) => {
        this.changes.push(state);
        this.pauseMs = pauseMs;
      },
    });
  }

  /** One request that ends so; false when it may not go. */
  request(end: PassageEnd): boolean {
    const ended = this.breaker.enter();
    ended?.(end);
    return ended !== undefined;
  }

  fail(times: number): void {
    for (let i = 0; i < times; i++) this.request('failed');
  }
}

describe('CircuitBreaker', () => {
  it('opens after three failures in a row; an answer between them begins the count anew', () => {
    const test = new Tested();
    test.fail(2);
    test.request('answered');
    test.fail(2);
    expect(test.breaker.state).toBe('CLOSED');
    test.fail(1);
    expect(test.breaker.state).toBe('OPEN');
    expect(test.request('answered')).toBe(false);
  });

  it('lets one probe through after the pause, and closes when it is answered', () => {
    const test = new Tested();
    test.fail(3);
    test.clock.advance(test.pauseMs - 1);
    expect(test.breaker.waitMs).toBe(1);
    expect(test.breaker.enter()).toBeUndefined();
    test.clock.advance(1);
    const probe = test.breaker.enter();
    expect(test.breaker.state).toBe('HALF_OPEN');
    expect(test.breaker.enter()).toBeUndefined();
    probe?.('answered');
    expect(test.changes).toEqual(['OPEN', 'HALF_OPEN', 'CLOSED']);
    expect(test.request('answered')).toBe(true);
  });

  it.each([1, 2, 3])(
    'stays open longer with each probe that fails, up to a minute and a second (seed %i)',
    (seed) => {
      const test = new Tested(seed);
      test.fail(3);
      const pauses: number[] = [];
      for (let i = 0; i < 12; i++) {
        pauses.push(test.pauseMs);
        test.clock.advance(test.pauseMs);
        test.fail(1);
      }
      pauses.forEach((pauseMs, i) => {
        expect(pauseMs).toBeGreaterThanOrEqual(1_000);
        expect(pauseMs).toBeLessThan(1_000 + Math.min(60_000, 1_000 * 2 ** i));
      });
      expect(new Set(pauses).size).toBe(12); // drawn, so that many clients do not come back at once
      expect(Math.max(...pauses)).toBeGreaterThan(10_000);
    },
  );

  it('takes no notice of requests that were sent before it opened', () => {
    const test = new Tested();
    const [early, earlier] = [test.breaker.enter(), test.breaker.enter()];
    test.fail(3);
    early?.('answered');
    expect(test.breaker.state).toBe('OPEN');
    test.clock.advance(test.pauseMs);
    const probe = test.breaker.enter();
    earlier?.('failed');
    expect(test.breaker.state).toBe('HALF_OPEN');
    probe?.('answered');
    expect(test.breaker.state).toBe('CLOSED');
  });

  it('sends the next probe at once when nothing was learnt of the first', () => {
    const test = new Tested();
    test.fail(3);
    test.clock.advance(test.pauseMs);
    test.breaker.enter()?.('unknown');
    expect(test.breaker.waitMs).toBe(0);
    expect(test.request('answered')).toBe(true);
    expect(test.breaker.state).toBe('CLOSED');
  });
});
