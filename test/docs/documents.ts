import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { readProject } from '@concord/checks';

export const ROOT = join(import.meta.dirname, '../..');

export interface Block {
  /** What stands behind the opening fence: `sh`, `python`, …; empty for none. */
  readonly language: string;
  readonly text: string;
}

/** The fenced blocks of a Markdown text. */
export function fencedBlocks(text: string): Block[] {
  return [...text.matchAll(/^```(\w*)\n(.*?)^```$/gms)].map(([, language = '', body = '']) => {
    return { language, text: body };
  });
}

/** The README's only block in a language. */
export function readmeExample(language: string): string {
  const blocks = fencedBlocks(readFileSync(join(ROOT, 'README.md'), 'utf8'));
  const [block, ...others] = blocks.filter((one) => one.language === language);
  if (block === undefined || others.length > 0)
    throw new Error(`README.md has not exactly one ${language} block`);
  return block.text;
}

/** Programs whose calls between backticks are commands that a reader will type. */
const TYPED = /^(npm|npx|pip|redis-cli|node|git) /;

/**
 * The commands that a Markdown text tells its reader to type: every line of its `sh` blocks without its comment, and what stands between backticks and
 * begins with the name of a program.
 */
export function commandsOf(text: string): string[] {
  const lines = fencedBlocks(text)
    .filter(({ language }) => language === 'sh')
    .flatMap((block) => block.text.split('\n'))
    .map((line) => line.replace(/(^|\s)#.*/, '').trim());
  const prose = text.replace(/^```.*?^```$/gms, '');
  const spans = [...prose.matchAll(/`([^`\n]+)`/g)].map(([, code = '']) => code);
  return [...lines.filter((line) => line !== ''), ...spans.filter((code) => TYPED.test(code))];
}

/** Every command of every document of the project, with the documents that show it. */
export function documentedCommands(): Map<string, string[]> {
  const commands = new Map<string, string[]>();
  for (const [path, text] of readProject(ROOT).texts()) {
    if (!path.endsWith('.md')) continue;
    for (const command of commandsOf(text)) commands.set(command, [...(commands.get(command) ?? []), path]);
  }
  return commands;
}
