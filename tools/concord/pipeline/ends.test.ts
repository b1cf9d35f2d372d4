import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ConcordError } from '@concord/model';
import { createLogger, SystemClock } from '@concord/runtime';
import { describe, expect, test } from 'vitest';
import { adviceFor, endIn, Ends, type End } from './ends.ts';

const unreadable = (offset: number): End => ({
  code: 'state-unreadable',
  message: `the group has read up to offset ${offset}`,
});

describe('ends of a service', () => {
  test('are repeated with the third that states the same error, and only with that', () => {
    const ends = new Ends();
    expect([1, 2, 3, 4, 5].map((offset) => ends.isRepeated(unreadable(offset)))).toEqual([
      false,
      false,
      true,
      false,
      false,
    ]);
  });

  test('are counted anew after another error, after an end without one and after a time without ends', () => {
    const other: End = { code: undefined, message: 'out of memory' };
    for (const between of [
      (ends: Ends) => ends.isRepeated(other),
      (ends: Ends) => ends.isRepeated(undefined),
      (ends: Ends) => ends.forget(),
    ]) {
      const ends = new Ends();
      for (const _ of [1, 2]) expect(ends.isRepeated(unreadable(1))).toBe(false);
      between(ends);
      expect([1, 2, 3].map(() => ends.isRepeated(unreadable(1)))).toEqual([false, false, true]);
    }
  });

  test('without a stated error are never repeated', () => {
    const ends = new Ends();
    expect([1, 2, 3, 4].some(() => ends.isRepeated(undefined))).toBe(false);
  });

  test('are read from the log as the services write it', () => {
    const lines: string[] = [];
    const destination = { write: (line: string) => void lines.push(line) };
    const logger = createLogger({ name: 'validator', level: 'info', clock: new SystemClock(), destination });
    const error = new ConcordError('log-range', 'fatal', 'records were deleted\nand more');
    logger.fatal({ err: error }, error.message);
    logger.error({ err: error }, error.message);
    logger.fatal('no error at all');
    expect(lines.map(endIn)).toEqual([
      { code: 'log-range', message: 'records were deleted' },
      undefined,
      { code: undefined, message: 'no error at all' },
    ]);
    expect(endIn('exit 1: uncaught error')).toBeUndefined();
  });
});

describe('the advice', () => {
  const page = readFileSync(join(import.meta.dirname, '../../../docs/errors.md'), 'utf8');

  test('names service, error, log and a section that the page has', () => {
    const text = adviceFor('validator', unreadable(7), '.concord/run/logs/validator.log');
    expect(text).toContain('validator ends again and again');
    expect(text).toContain('state-unreadable: the group has read up to offset 7');
    expect(text).toContain('.concord/run/logs/validator.log');
    const section = /section "([^"]+)"/.exec(text)?.[1];
    expect(page).toContain(`\n## ${section}\n`);
  });

  test('points at a row of the page where the error has one', () => {
    const row = /row (`[^`]+`)/.exec(adviceFor('validator', unreadable(7), 'x.log'))?.[1];
    expect(page).toContain(`\n| ${row} `);
    const busy: End = { code: 'EADDRINUSE', message: 'listen EADDRINUSE' };
    expect(adviceFor('validator', busy, 'x.log')).not.toContain('row');
  });

  test('points at no row where the error has no code', () => {
    const text = adviceFor('validator', { code: undefined, message: 'out of memory' }, 'x.log');
    expect(text).toContain('    out of memory\n');
    expect(text).not.toMatch(/row|undefined/);
  });
});
