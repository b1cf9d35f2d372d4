import { expect, test } from 'vitest';
import { codePieces, headingAnchors, markdownLines } from './markdown.ts';

test('a fence ends at a fence of its kind and no sooner', () => {
  const lines = markdownLines('a\n````\n```\nb\n````\nc\n');
  expect(lines.filter(({ code }) => code).map(({ line }) => line)).toEqual([3, 4]);
});

test('headings get the anchors that readers of the repository see', () => {
  const text = '# One & two\n## A [link](x.md)\n## `code`, again\n## One & two\n```\n# not one\n```\n';
  expect([...headingAnchors(text)]).toEqual(['one--two', 'a-link', 'code-again', 'one--two-1']);
});

test('code is what stands between backticks, and every line of a fence', () => {
  const [prose, fenced] = markdownLines('a `b` and ``c`d``\n```\ne\n```');
  expect(prose && codePieces(prose)).toEqual(['b', 'c`d']);
  expect(fenced && codePieces(fenced)).toEqual(['e']);
});
