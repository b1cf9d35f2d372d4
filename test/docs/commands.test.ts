import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { createProgram } from '../../tools/concord/program.ts';
import { commandsOf, documentedCommands, ROOT } from './documents.ts';
import { KEPT } from './kept-commands.ts';

const documented = documentedCommands();

/** What `concord` is given by a command, `undefined` when the command is another program's. */
function concordArguments(command: string): string[] | undefined {
  const [program, name, ...words] = command.split(' ');
  if (program === 'npx' && name === 'concord') return words;
  if (program !== 'npm' || name !== 'start') return undefined;
  return ['up', ...words.filter((word) => word !== '--')];
}

/** Lets the real program read the words, and does nothing with them; throws what it would say. */
function read(words: readonly string[]): string {
  const program = createProgram();
  let command = '';
  for (const one of [program, ...program.commands]) {
    one.exitOverride().configureOutput({ writeOut: () => undefined, writeErr: () => undefined });
    if (one !== program) one.action(() => void (command = one.name()));
  }
  program.parse(words, { from: 'user' });
  return command;
}

describe('commands in the documents', () => {
  it('are found in sh blocks and between backticks, without their comments', () => {
    const text =
      'Run `npm test`, not `npm`.\n```sh\nnpm start   # all\n# only this\ncurl x#y\n```\n```python\nnpm = 1\n```\n';
    expect(commandsOf(text)).toEqual(['npm start', 'curl x#y', 'npm test']);
  });

  it('are each in the list that says where they are run, and the list has no other', () => {
    expect([...documented.keys()].toSorted()).toEqual(Object.keys(KEPT).toSorted());
  });

  it('that are run elsewhere, or are only understood, stand there', () => {
    for (const [command, kept] of Object.entries(KEPT)) {
      if (kept.kind !== 'elsewhere' && kept.kind !== 'understood') continue;
      expect(readFileSync(join(ROOT, kept.file), 'utf8'), command).toContain(kept.text);
    }
  });

  it('have words and options that the concord command knows', () => {
    const lines = [...documented.keys()].map(concordArguments).filter((words) => words !== undefined);
    expect(lines.length).toBeGreaterThan(5);
    for (const words of lines) {
      if (words.includes('--help')) continue;
      expect(read(words)).toBe(words[0]);
    }
    expect(() => read(['tail', 'consensus.quotes', '--jason'])).toThrow(/--jason/);
  });

  it('go through the scripts that the tests of npm start go through', () => {
    const { scripts } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as {
      scripts: Record<string, string>;
    };
    for (const [name, script] of Object.entries(scripts)) expect(script).toBe(`node tools/boot.mjs ${name}`);
  });
});
