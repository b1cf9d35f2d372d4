import { formatViolation, readProject, rules } from '@concord/checks';
import { describe, expect, test } from 'vitest';

const project = readProject(new URL('../..', import.meta.url).pathname);

describe('house rules', () => {
  test.each(rules)(
    '$promise',
    (rule) => {
      expect([...rule.find(project)].map(formatViolation)).toEqual([]);
    },
    60_000,
  );
});
