import { join } from 'node:path';
import type { Check, CheckContext, Verdict } from './check.ts';
import { runCommand } from './command.ts';
import { lint } from './lint.ts';
import { readProject } from './project.ts';
import { formatViolation } from './rule.ts';
import { rules } from './rules/index.ts';

const PRETTIER = 'node_modules/prettier/bin/prettier.cjs';

function node(context: CheckContext, args: readonly string[]): ReturnType<typeof runCommand> {
  return runCommand(process.execPath, args, { cwd: context.root, signal: context.signal });
}

const format: Check = {
  name: 'format',
  says: 'prettier',
  run: async (context) => {
    const { code, output } = await node(context, [PRETTIER, '--check', '--log-level=warn', '.']);
    return { passed: code === 0, output: `${output}\nnpm run check -- --fix  writes them anew` };
  },
  fix: async (context) => {
    await node(context, [PRETTIER, '--write', '--log-level=warn', '.']);
  },
};

const types: Check = {
  name: 'types',
  says: 'tsc -p .',
  run: async (context) => {
    const { code, output } = await node(context, [
      'node_modules/typescript/bin/tsc',
      '-p',
      '.',
      '--pretty',
      'false',
    ]);
    return { passed: code === 0, output };
  },
};

const unit: Check = {
  name: 'unit',
  says: 'the unit tests, house rules among them',
  run: async (context) => {
    const { code, output } = await node(context, [
      'node_modules/vitest/vitest.mjs',
      'run',
      '--project',
      'unit*',
    ]);
    const detail = /^\d+ passed, \d+ failed, \d+ skipped$/m.exec(output)?.[0];
    return { passed: code === 0, output, ...(detail === undefined ? {} : { detail }) };
  },
};

const house: Check = {
  name: 'house',
  says: 'the house rules (see tools/checks/rules)',
  run: ({ root }) => {
    const project = readProject(root);
    const found = rules.flatMap((rule) =>
      [...rule.find(project)].map((it) => `${formatViolation(it)}  [${rule.name}]`),
    );
    return Promise.resolve({
      passed: found.length === 0,
      detail: `${rules.length} rules`,
      output: found.join('\n'),
    });
  },
};

const generated: Check = {
  name: 'generated',
  says: 'generated code is what the schemas say',
  run: async (): Promise<Verdict> => {
    // Loaded late: what does not even load must fail this check and no other.
    const { outdatedFiles } = await import('@concord/codegen');
    const files = outdatedFiles();
    const output = files.map((file) => `${file} is not what schemas/ say; run npm run codegen`).join('\n');
    return { passed: files.length === 0, output };
  },
};

/** In the order in which they start: the longest first, so that the whole ends early. */
export const checks: readonly Check[] = [unit, format, lint, types, house, generated];

export const projectRoot = join(import.meta.dirname, '../..');
