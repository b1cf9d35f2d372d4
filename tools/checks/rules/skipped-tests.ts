import type { Rule, Violation } from '../rule.ts';

const SWITCHED_OFF =
  /^(test|it|describe|suite|bench)(\.\w+)*\.(only|skip|todo)\b|^(xit|xtest|xdescribe|fit|fdescribe)$/;

export const skippedTests: Rule = {
  name: 'skipped-tests',
  promise: 'no test is switched off, put off or run alone',
  *find(project) {
    for (const source of project.sources()) {
      if (!source.isTest) continue;
      const found: Violation[] = [];
      source.visit({
        CallExpression: (node) => {
          const callee = source.text.slice(node.callee.start, node.callee.end);
          if (!SWITCHED_OFF.test(callee)) return;
          // With a reason and nothing else it is the running test that finds it cannot go on.
          if (callee === 'test.skip' && node.arguments.length < 2) return;
          const message = `${callee.split('(')[0]}; a test that cannot run says why through skipIf`;
          found.push({ path: source.path, line: source.lineAt(node.start), message });
        },
      });
      yield* found;
    }
  },
};
