import { describe, expect, it } from 'vitest';
import { Dependency, publicAddress } from './dependency.ts';
import { Health } from './health.ts';
import { createLogger } from './logger.ts';
import { SystemClock } from './clock.ts';

function made(): { dependency: Dependency; health: Health; lines: { level: string; msg: string }[] } {
  const lines: { level: string; msg: string }[] = [];
  const destination = {
    write: (line: string) => void lines.push(JSON.parse(line) as { level: string; msg: string }),
  };
  const logger = createLogger({ name: 'x', level: 'info', clock: new SystemClock(), destination });
  const health = new Health();
  const dependency = new Dependency({
    part: 'redis',
    name: 'Redis',
    address: 'redis://127.0.0.1:1',
    advice: 'snapshots wait; start it there or set REDIS_URL',
    logger,
    health,
  });
  return { dependency, health, lines };
}

describe('a dependency', () => {
  it('is not ready before it was reached', () => {
    const { dependency, health, lines } = made();
    expect(health.ready).toBe(false);
    dependency.reached();
    expect(health.ready).toBe(true);
    expect(lines).toEqual([]);
  });

  it('tells of each loss in one line that says what, where, why and what to do, and of each return', () => {
    const { dependency, health, lines } = made();
    for (const reason of ['refused', 'refused', 'timed out']) dependency.away(reason);
    expect(health.ready).toBe(false);
    expect(JSON.stringify(health)).toContain('Redis at redis://127.0.0.1:1 cannot be used (timed out)');
    for (let i = 0; i < 3; i++) dependency.reached();
    expect(health.ready).toBe(true);
    dependency.away('closed');
    expect(lines.map(({ level, msg }) => `${level}: ${msg}`)).toEqual([
      'warn: Redis at redis://127.0.0.1:1 cannot be used (refused): snapshots wait; start it there or set REDIS_URL',
      'info: Redis at redis://127.0.0.1:1 answers again',
      'warn: Redis at redis://127.0.0.1:1 cannot be used (closed): snapshots wait; start it there or set REDIS_URL',
    ]);
  });

  it('is named without the password of its address', () => {
    expect(publicAddress('redis://me:secret@cache:6379/2')).toBe('redis://cache:6379/2');
    expect(publicAddress('http://u:p@registry:8081')).toBe('http://registry:8081');
  });
});
