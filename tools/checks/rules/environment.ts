import type { Rule, Violation } from '../rule.ts';
import type { Source } from '../source.ts';

/** What may read the environment: the configuration's own library, and what runs before anything can be configured. */
const READERS = [/^libs\/runtime\//, /^tools\/boot\.mjs$/, /^tools\/local\//];

/** The process as it can be named without an import, and its `env` behind it. */
const PROCESS = /^(?:(?:globalThis|global)\s*\??\.?\s*)?(?:process|\[\s*['"`]process['"`]\s*\])$/;
const ENV_MEMBER = /^\s*\??\.?\s*(?:env|\[\s*['"`]env['"`]\s*\])$/;

export const environment: Rule = {
  name: 'environment',
  promise: 'only libs/runtime, tools/local and the boot script read the environment',
  *find(project) {
    for (const source of project.sources()) {
      if (!READERS.some((reader) => reader.test(source.path))) yield* reads(source);
    }
  },
};

function reads(source: Source): Violation[] {
  const found: Violation[] = [];
  const add = (start: number): void => {
    const message = 'reads process.env; take the value from the configuration';
    found.push({ path: source.path, line: source.lineAt(start), message });
  };
  const textOf = (node: { readonly start: number; readonly end: number }): string =>
    source.text.slice(node.start, node.end);
  source.visit({
    MemberExpression: (node) => {
      if (PROCESS.test(textOf(node.object)) && ENV_MEMBER.test(source.text.slice(node.object.end, node.end)))
        add(node.start);
    },
    VariableDeclarator: (node) => {
      if (node.init === null || !PROCESS.test(textOf(node.init)) || node.id.type !== 'ObjectPattern') return;
      if (/\benv\b/.test(textOf(node.id))) add(node.start);
    },
    ImportDeclaration: (node) => {
      if (!/^(node:)?process$/.test(node.source.value)) return;
      if (/\benv\b/.test(source.text.slice(node.start, node.source.start))) add(node.start);
    },
  });
  return found;
}
