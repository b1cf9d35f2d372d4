import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { GATE_CODES } from '@concord/fusion';
import { CODES } from '@concord/quality';
import { REFUSALS } from '@concord/sources';
import { describe, expect, it } from 'vitest';

const ROOT = join(import.meta.dirname, '../..');
const page = readFileSync(join(ROOT, 'docs/errors.md'), 'utf8');

/** Cells of the table under a heading; the first cell without its back-ticks. */
function table(heading: string): string[][] {
  const section = page.split(/^## /m).find((part) => part.startsWith(heading)) ?? '';
  return section
    .split('\n')
    .filter((line) => line.startsWith('| `'))
    .map((line) =>
      line
        .split('|')
        .slice(1, -1)
        .map((cell) => cell.trim()),
    )
    .map(([code = '', ...rest]) => [code.replaceAll('`', ''), ...rest]);
}

/** Codes with which the program creates errors, read from its text. */
function codesInSource(): Set<string> {
  const codes = new Set<string>();
  for (const folder of ['libs', 'services', 'tools']) {
    for (const name of readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' })) {
      if (!name.endsWith('.ts') || name.endsWith('.test.ts') || name.includes('node_modules')) continue;
      const text = readFileSync(join(ROOT, folder, name), 'utf8');
      for (const [, code] of text.matchAll(
        /(?:ConcordError|super)\(\s*'([a-z-]+)',\s*'(?:fatal|retry|quarantine)'/g,
      ))
        codes.add(code as string);
      for (const [, union] of text.matchAll(
        /export type (?:LocalPartsCode|RegistryErrorCode|HistoryErrorCode) =([^;]+);/g,
      )) {
        for (const [, code] of (union as string).matchAll(/'([A-Za-z_-]+)'/g)) codes.add(code as string);
      }
    }
  }
  return codes;
}

describe('docs/errors.md', () => {
  it('lists every code of the validator with its rule, effect and meaning, and no other', () => {
    const expected = Object.entries(CODES).map(([code, { rule, effect, meaning }]) => [
      code,
      rule === 0 ? '–' : String(rule),
      effect,
      meaning,
    ]);
    expect(table('Codes of the validator')).toEqual(expected);
  });

  it('lists every reason for which a frame is refused, and no other', () => {
    expect(table('Refused frames')).toEqual(Object.entries(REFUSALS));
  });

  it('lists every reason for which a source is left out, and no other', () => {
    expect(table('Why a source')).toEqual(Object.entries(GATE_CODES));
  });

  it('lists every error that the program creates, and no other', () => {
    const listed = table('Errors of the program').map(([code]) => code as string);
    expect(listed.toSorted()).toEqual([...codesInSource()].toSorted());
  });
});
