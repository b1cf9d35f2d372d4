import { join } from 'node:path';
import { formatViolation, readProject, rules } from '@concord/checks';
import { describe, expect, test } from 'vitest';

const project = readProject(join(import.meta.dirname, '../..'));

describe('house rules', () => {
  test.each(rules)('$promise', (rule) => {
    expect([...rule.find(project)].map(formatViolation)).toEqual([]);
  });
});
