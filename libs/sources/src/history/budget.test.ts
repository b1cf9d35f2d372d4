import { ManualClock, passUntil, settle } from '@concord/testkit';
import { describe, expect, it } from 'vitest';
import { RateBudget, type Permit, type RestLimits, type RestPurpose } from './budget.ts';

const MINUTE: RestLimits = { windowMs: 60_000, weight: 100, reserveShare: 0.4 };

class Asked {
  readonly clock: ManualClock;
  readonly budget: RateBudget;
  /** Names of requests in the order in which they were let through. */
  readonly sent: string[] = [];
  readonly permits: Permit[] = [];

  constructor(limits: readonly RestLimits[] = [MINUTE], seed = 1) {
    this.clock = new ManualClock({ seed });
    this.budget = new RateBudget('host', this.clock, limits);
  }

  async ask(
    name: string,
    weight: number,
    purpose: RestPurpose = 'history',
    signal?: AbortSignal,
  ): Promise<void> {
    const permit = await this.budget.acquire(weight, purpose, signal);
    this.sent.push(name);
    this.permits.push(permit);
  }

  /** Asks, and answers at once. */
  async use(name: string, weight: number, purpose: RestPurpose = 'history'): Promise<void> {
    await this.ask(name, weight, purpose);
    this.permits.pop()?.settle();
  }
}

describe('RateBudget', () => {
  it.each([1, 2, 3, 4, 5])(
    'stays within its limits in every window, whenever the venue counts a request between its sending and its answer (seed %i)',
    async (seed) => {
      const limits = [
        { windowMs: 1_000, weight: 10, reserveShare: 0 },
        { windowMs: 10_000, weight: 60, reserveShare: 0.2 },
      ];
      const { clock, budget } = new Asked(limits, seed);
      const counted: { at: number; weight: number }[] = [];
      const one = async (): Promise<void> => {
        const weight = 1 + Math.floor(clock.random() * 5);
        const permit = await budget.acquire(weight, clock.random() < 0.5 ? 'repair' : 'history', undefined);
        await clock.sleep(clock.random() * 400);
        counted.push({ at: clock.monotonicMs(), weight });
        await clock.sleep(clock.random() * 400);
        permit.settle();
      };
      await passUntil(clock, Promise.all(Array.from({ length: 200 }, one)));
      expect(counted).toHaveLength(200);
      for (const { windowMs, weight: most } of limits) {
        const inWindow = counted.map(({ at: start }) =>
          counted.reduce(
            (sum, { at, weight }) => sum + (at >= start && at < start + windowMs ? weight : 0),
            0,
          ),
        );
        expect(Math.max(...inWindow)).toBeLessThanOrEqual(most);
        // Nor does it keep what it could use.
        expect(Math.max(...inWindow)).toBeGreaterThan(most * 0.6);
      }
    },
  );

  it('leaves the reserve to repairs, and lets them go first', async () => {
    const asked = new Asked();
    for (let i = 0; i < 6; i++) await asked.use(`h${i}`, 10);
    void asked.ask('late history', 10);
    void asked.use('repair', 30, 'repair');
    void asked.use('repair too', 10, 'repair');
    void asked.use('repair beyond the limit', 10, 'repair');
    await settle();
    expect(asked.sent.slice(6)).toEqual(['repair', 'repair too']);
    await asked.clock.pass(59_999);
    expect(asked.sent).toHaveLength(8);
    await asked.clock.pass(1);
    expect(asked.sent.slice(8)).toEqual(['repair beyond the limit', 'late history']);
  });

  it('keeps the order in which requests of one purpose came, also where a later one would fit', async () => {
    const asked = new Asked();
    await asked.use('first', 50);
    void asked.ask('heavy', 20);
    void asked.ask('light', 1);
    await settle();
    expect(asked.sent).toEqual(['first']);
    await asked.clock.pass(60_000);
    expect(asked.sent).toEqual(['first', 'heavy', 'light']);
  });

  it('sends a request that is heavier than its share when nothing else counts', async () => {
    const asked = new Asked();
    await asked.use('heavy', 90);
    void asked.ask('heavy too', 90);
    await asked.clock.pass(59_999);
    expect(asked.sent).toEqual(['heavy']);
    await asked.clock.pass(1);
    expect(asked.sent).toEqual(['heavy', 'heavy too']);
  });

  it('counts what the venue says that others with its address have used', async () => {
    const asked = new Asked();
    await asked.ask('first', 10);
    await asked.ask('sent before the answer', 10);
    // 10 of it are the first request's own; the second had not been counted yet.
    asked.permits[0]?.settle({ used: 85, windowMs: 60_000 });
    expect(asked.budget.usedShare).toBe(0.95);
    asked.permits[1]?.settle({ used: 95, windowMs: 60_000 });
    expect(asked.budget.usedShare).toBe(0.95);
    void asked.use('fits', 5, 'repair');
    void asked.use('waits', 1, 'repair');
    await asked.clock.pass(59_999);
    expect(asked.sent.slice(2)).toEqual(['fits']);
    await asked.clock.pass(1);
    expect(asked.sent.slice(2)).toEqual(['fits', 'waits']);
  });

  it('sends few at once: the rest wait for answers', async () => {
    const asked = new Asked();
    for (let i = 0; i < 20; i++) void asked.ask(`r${i}`, 1);
    await settle();
    expect(asked.sent).toHaveLength(4);
    asked.permits[0]?.settle();
    await settle();
    expect(asked.sent).toHaveLength(5);
  });

  it('gives back what was not sent after all', async () => {
    const asked = new Asked();
    await asked.ask('not sent', 60);
    asked.permits[0]?.cancel();
    await asked.ask('sent', 60);
    expect(asked.sent).toEqual(['not sent', 'sent']);
  });

  it('holds everybody back while the host wants to be left alone', async () => {
    const asked = new Asked();
    asked.budget.rest(5_000);
    void asked.use('repair', 1, 'repair');
    void asked.use('history', 1);
    await asked.clock.pass(4_999);
    expect(asked.sent).toEqual([]);
    await asked.clock.pass(1);
    expect(asked.sent).toEqual(['repair', 'history']);
  });

  it('tells of a rest of more than a minute those who wait and those who come, until less is left of it', async () => {
    const asked = new Asked();
    await asked.use('first', 60);
    const waiting = asked.ask('waits', 1);
    asked.budget.rest(120_000);
    await expect(waiting).rejects.toMatchObject({ code: 'history-refused', retryAfterMs: 120_000 });
    await asked.clock.pass(30_000);
    await expect(asked.ask('comes', 1)).rejects.toMatchObject({ retryAfterMs: 90_000, fate: 'retry' });
    await asked.clock.pass(30_000);
    void asked.ask('waits again', 1);
    await asked.clock.pass(60_000);
    expect(asked.sent).toEqual(['first', 'waits again']);
  });

  it('refuses the newest when a thousand wait, and forgets who gave up waiting', async () => {
    const asked = new Asked();
    await asked.use('first', 60);
    const stop = new AbortController();
    const waiting = Array.from({ length: 1_000 }, (_, i) => asked.ask(`w${i}`, 1, 'history', stop.signal));
    await expect(asked.ask('too many', 1)).rejects.toMatchObject({ code: 'history-busy' });
    stop.abort(new Error('enough'));
    for (const one of waiting) await expect(one).rejects.toThrow('enough');
    expect(asked.budget.waiting).toBe(0);
    void asked.ask('next', 1);
    await asked.clock.pass(60_000);
    expect(asked.sent).toEqual(['first', 'next']);
    expect(asked.clock.pending).toBe(0);
  });
});
