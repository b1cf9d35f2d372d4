import type { Part } from '@concord/local';
import { ManualClock, settle } from '@concord/testkit';
import { describe, expect, it } from 'vitest';
import { keepParts } from './keep-parts.ts';

/** A part that ends when it is told to, and whose next starts fail as often as it is told. */
class FakePart implements Pick<Part, 'name' | 'ended' | 'restart'> {
  readonly name = 'redis';
  starts = 0;
  failures = 0;
  #current = Promise.withResolvers<void>();

  get ended(): Promise<void> {
    return this.#current.promise;
  }

  end(): void {
    this.#current.resolve();
  }

  restart(signal?: AbortSignal): Promise<void> {
    signal?.throwIfAborted();
    this.starts++;
    if (this.failures-- > 0) return Promise.reject(new Error('redis was not ready within 20 s'));
    this.#current = Promise.withResolvers();
    return Promise.resolve();
  }
}

describe('parts that are kept', () => {
  const began = (): { part: FakePart; clock: ManualClock; lines: string[]; kept: AsyncDisposable } => {
    const [part, clock, lines] = [new FakePart(), new ManualClock(), [] as string[]];
    return {
      part,
      clock,
      lines,
      kept: keepParts([part as unknown as Part], clock, (line) => lines.push(line)),
    };
  };

  it('are started again when they end, and again when they end again after a while', async () => {
    const { part, clock, lines, kept } = began();
    for (const round of [1, 2]) {
      await clock.pass(31_000);
      part.end();
      await settle();
      expect(part.starts).toBe(round - 1);
      await clock.pass(200);
      expect(part.starts).toBe(round);
    }
    expect(lines).toEqual([
      'redis: ended without being asked to, starting again in 200 ms',
      'redis: answers again',
      'redis: ended without being asked to, starting again in 200 ms',
      'redis: answers again',
    ]);
    await kept[Symbol.asyncDispose]();
  });

  it('that end at once when they are there are started less and less often', async () => {
    const { part, clock, kept } = began();
    for (const delayMs of [200, 400, 800, 1_600]) {
      const { starts } = part;
      part.end();
      await clock.pass(delayMs - 1);
      expect(part.starts).toBe(starts);
      await clock.pass(1);
      expect(part.starts).toBe(starts + 1);
    }
    await kept[Symbol.asyncDispose]();
  });

  it('that do not start are tried less and less often, and it is said why', async () => {
    const { part, clock, lines, kept } = began();
    part.failures = 7;
    part.end();
    await clock.pass(200 + 400 + 800 + 1_600 + 3_200 + 6_400);
    expect(part.starts).toBe(6);
    await clock.pass(10_000);
    expect(part.starts).toBe(7);
    await clock.pass(10_000);
    expect(part.starts).toBe(8);
    expect(lines.filter((line) => line === 'redis was not ready within 20 s')).toHaveLength(7);
    expect(lines.at(-1)).toBe('redis: answers again');
    await kept[Symbol.asyncDispose]();
  });

  it('are left alone once the pipeline stops', async () => {
    const { part, clock, lines, kept } = began();
    part.end();
    await settle();
    await kept[Symbol.asyncDispose]();
    await clock.pass(60_000);
    expect(part.starts).toBe(0);
    expect(lines).toHaveLength(1);
  });
});
