import { expect, test } from 'vitest';
import { messagesFound } from '../rule-judge.ts';
import { documentLinks } from './document-links.ts';

test('a link to a file or a heading that does not exist is found', () => {
  const text = '# One\n[a](docs/none.md) [b](docs/b.md#nowhere) ![c](picture.svg)\n\n[d]: gone.md\n';
  expect(messagesFound(documentLinks, { 'README.md': text, 'docs/b.md': '# Here\n' })).toEqual([
    'the link docs/none.md leads nowhere',
    'docs/b.md has no heading #nowhere',
    'the link picture.svg leads nowhere',
    'the link gone.md leads nowhere',
  ]);
});

test('links to files, folders, headings and other sites hold', () => {
  const texts = {
    'docs/b.md':
      '[up](../README.md) [root](/README.md#two-parts) [dir](../libs/model) [same](#here-1)\n# Here\n# Here\n',
    'README.md': '# Two *parts*!\n[x](https://example.com/none) [y](docs/b.md "title") [z](docs/)\n',
    'libs/model/a.ts': '',
  };
  expect(messagesFound(documentLinks, texts)).toEqual([]);
});

test('what looks like a link inside code is none', () => {
  const text = '`[a](none.md)`\n```md\n[b](none.md)\n```\n';
  expect(messagesFound(documentLinks, { 'README.md': text })).toEqual([]);
});
