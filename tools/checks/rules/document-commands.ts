import { codePieces, markdownLines } from '../markdown.ts';
import { rootPackage } from '../packages.ts';
import type { Project } from '../project.ts';
import type { Rule } from '../rule.ts';

export const documentCommands: Rule = {
  name: 'document-commands',
  promise: 'every command that the documents name exists',
  *find(project) {
    const { scripts } = rootPackage(project);
    const commands = concordCommands(project);
    for (const [path, text] of project.texts()) {
      if (!path.endsWith('.md')) continue;
      for (const content of markdownLines(text)) {
        for (const piece of codePieces(content)) {
          for (const message of judge(project, scripts, commands, piece))
            yield { path, line: content.line, message };
        }
      }
    }
  },
};

function* judge(
  project: Project,
  scripts: ReadonlySet<string>,
  commands: ReadonlySet<string>,
  piece: string,
): Iterable<string> {
  for (const [, script = ''] of piece.matchAll(/\bnpm run (?:-\S+ )*([a-z][\w:-]*)/g)) {
    if (!scripts.has(script)) yield `package.json has no script "${script}"`;
  }
  for (const [, script = ''] of piece.matchAll(/\bnpm (start|test)\b/g)) {
    if (!scripts.has(script)) yield `package.json has no script "${script}"`;
  }
  for (const [, command = ''] of piece.matchAll(/\bnpx concord ([a-z][\w-]*)/g)) {
    if (!commands.has(command)) yield `concord has no command "${command}"`;
  }
  for (const [, file = ''] of piece.matchAll(
    /\bnode ((?:bench|libs|services|test|tools)\/\S+\.m?[jt]s)\b/g,
  )) {
    if (!project.has(file)) yield `there is no file ${file}`;
  }
}

/** The names given to `.command('…')` in tools/concord. */
function concordCommands(project: Project): Set<string> {
  const names = new Set(['help']);
  for (const source of project.sources()) {
    if (!source.path.startsWith('tools/concord/') || source.isTest) continue;
    source.visit({
      CallExpression: ({ callee, arguments: [first] }) => {
        if (callee.type !== 'MemberExpression' || callee.property.type !== 'Identifier') return;
        if (callee.property.name !== 'command' || first?.type !== 'Literal') return;
        if (typeof first.value === 'string') names.add(first.value.split(' ')[0] ?? '');
      },
      NewExpression: ({ callee, arguments: [first] }) => {
        if (callee.type !== 'Identifier' || callee.name !== 'Command' || first?.type !== 'Literal') return;
        if (typeof first.value === 'string') names.add(first.value);
      },
    });
  }
  return names;
}
