import type { Rule, Violation } from '../rule.ts';

export const anyType: Rule = {
  name: 'any-type',
  promise: 'the type checker is nowhere switched off: no any, no @ts-ignore',
  *find(project) {
    for (const source of project.sources()) {
      const found: Violation[] = [];
      source.visit({
        TSAnyKeyword: (node) =>
          found.push({
            path: source.path,
            line: source.lineAt(node.start),
            message: '`any`; use unknown or a type',
          }),
      });
      yield* found;
      for (const { text, line } of source.comments) {
        const directive = /@ts-(ignore|expect-error|nocheck)\b/.exec(text)?.[0];
        if (directive !== undefined)
          yield { path: source.path, line, message: `${directive} hides what is wrong` };
      }
    }
  },
};
