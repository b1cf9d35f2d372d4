import type { Rule } from '../rule.ts';

export const lockFile: Rule = {
  name: 'lock-file',
  promise: 'lock files hold no registry addresses, so that they serve behind any mirror',
  *find(project) {
    for (const [path, text] of project.texts()) {
      if (!/(^|\/)(package-lock|npm-shrinkwrap)\.json$/.test(path)) continue;
      const lines = text
        .split('\n')
        .flatMap((line, index) => (/"resolved":\s*"https?:/.test(line) ? [index + 1] : []));
      const [first] = lines;
      if (first !== undefined)
        yield { path, line: first, message: `${lines.length} addresses under "resolved"` };
    }
  },
};
