import type { Rule, Violation } from '../rule.ts';
import type { Source } from '../source.ts';

const LINES_MAX = 70;

interface Span {
  readonly start: number;
  readonly end: number;
}

export const functionLength: Rule = {
  name: 'function-length',
  promise: `no function is longer than ${LINES_MAX} lines`,
  *find(project) {
    for (const source of project.sources()) yield* longFunctions(source);
  },
};

function longFunctions(source: Source): Violation[] {
  const found: Violation[] = [];
  const groups = new Set<number>();
  const judge = (span: Span, name?: string): void => {
    const line = source.lineAt(span.start);
    const lines = source.lineAt(span.end) - line + 1;
    if (lines <= LINES_MAX || groups.has(span.start)) return;
    const called = name === undefined ? 'a function' : name;
    found.push({
      path: source.path,
      line,
      message: `${called} has ${lines} lines, at most ${LINES_MAX} are allowed`,
    });
  };
  source.visit({
    // A `describe` block only groups tests, so its length says nothing.
    CallExpression: (node) => {
      if (!/^describe\b/.test(source.text.slice(node.callee.start, node.callee.end))) return;
      for (const argument of node.arguments) groups.add(argument.start);
    },
    FunctionDeclaration: (node) => judge(node, node.id?.name),
    FunctionExpression: (node) => judge(node, node.id?.name),
    ArrowFunctionExpression: (node) => judge(node),
  });
  return found;
}
