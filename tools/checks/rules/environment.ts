import type { Rule, Violation } from '../rule.ts';
import type { Source } from '../source.ts';

/** What may read the environment: the configuration's own library, and what runs before anything can be configured. */
const READERS = [/^libs\/runtime\//, /^tools\/boot\.mjs$/, /^tools\/local\//];

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
  source.visit({
    MemberExpression: (node) => {
      const { object, property } = node;
      if (object.type !== 'Identifier' || object.name !== 'process') return;
      const name =
        property.type === 'Identifier' ? property.name : property.type === 'Literal' ? property.value : '';
      if (name === 'env') add(node.start);
    },
    VariableDeclarator: (node) => {
      if (
        node.init?.type !== 'Identifier' ||
        node.init.name !== 'process' ||
        node.id.type !== 'ObjectPattern'
      )
        return;
      if (/\benv\b/.test(source.text.slice(node.id.start, node.id.end))) add(node.start);
    },
    ImportDeclaration: (node) => {
      if (!/^(node:)?process$/.test(node.source.value)) return;
      if (/\benv\b/.test(source.text.slice(node.start, node.source.start))) add(node.start);
    },
  });
  return found;
}
