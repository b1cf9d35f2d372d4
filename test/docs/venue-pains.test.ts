import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { ROOT } from './documents.ts';

const PAINS = 18;

interface Row {
  readonly number: number;
  readonly tests: readonly { readonly title: string; readonly file: string }[];
}

/** The rows of the page's table; its last column links each test's title to its file. */
function rows(page: string): Row[] {
  return page
    .split('\n')
    .filter((line) => /^\| \d/.test(line))
    .map((line) => {
      const cells = line.split(' | ');
      const links = [...(cells.at(-1) ?? '').matchAll(/\[([^\]]+)\]\(\.\.\/([^)]+)\)/g)];
      return {
        number: Number(cells[0]?.replace(/\D/g, '')),
        tests: links.map(([, title = '', file = '']) => ({ title, file })),
      };
    });
}

/** Titles are a string each, of any of the three kinds, perhaps with the seed behind. */
function hasTest(source: string, title: string): boolean {
  const plain = source.replace(/\\(['"`])/g, '$1');
  return ["'", '"', '`'].some((quote) =>
    [quote, ' (seed '].some((end) => plain.includes(`${quote}${title}${end}`)),
  );
}

describe('the page of pains', () => {
  const page = rows(readFileSync(join(ROOT, 'docs/venue-pains.md'), 'utf8'));

  it('has one row for each pain, and each row a test', () => {
    expect(page.map(({ number }) => number)).toEqual(Array.from({ length: PAINS }, (_, index) => index + 1));
    for (const { number, tests } of page) expect(tests.length, `pain ${number}`).toBeGreaterThan(0);
  });

  it('names tests that exist, by file and title', () => {
    const missing = page
      .flatMap(({ tests }) => tests)
      .filter(({ title, file }) => !hasTest(readFileSync(join(ROOT, file), 'utf8'), title));
    expect(missing).toEqual([]);
  });

  it('would be told of a title that is only a part of another, or stands outside a string', () => {
    expect(hasTest("it('tells all', () => {", 'tells')).toBe(false);
    expect(hasTest('// tells all', 'tells all')).toBe(false);
    expect(hasTest(String.raw`it('keeps the taker\'s side', () => {`, "keeps the taker's side")).toBe(true);
    expect(hasTest('it(`loses none (seed ${SEED})`, () => {', 'loses none')).toBe(true);
  });
});
