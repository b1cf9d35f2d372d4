import { expect, test } from 'vitest';
import { messagesFound } from '../rule-judge.ts';
import { documentCommands } from './document-commands.ts';

const project = {
  'package.json': JSON.stringify({ scripts: { start: '', check: '' } }),
  'tools/concord/main.ts': "program.command('tail <topic> [instrument]').action(f);\nnew Command('up');\n",
};
const judged = (text: string): string[] => messagesFound(documentCommands, { ...project, 'README.md': text });

test('commands that do not exist are found in code spans and in blocks', () => {
  const text = 'Run `npm run lint`.\n```sh\nnpx concord status\nnode tools/none.ts\nnpm test\n```\n';
  expect(judged(text)).toEqual([
    'package.json has no script "lint"',
    'concord has no command "status"',
    'there is no file tools/none.ts',
    'package.json has no script "test"',
  ]);
});

test('commands that exist hold, with their options', () => {
  const text =
    '`npm start -- --live`, `npm run check -- --fix`\n```\nnpx concord tail raw.trades && npx concord up\n```\n';
  expect(judged(text)).toEqual([]);
});

test('prose names no command', () => {
  expect(judged('Those who npm run things by hand write npx concord here.\n')).toEqual([]);
});
