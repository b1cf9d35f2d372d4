import type { Rule } from '../rule.ts';

const LINES_MAX = 400;

export const fileLength: Rule = {
  name: 'file-length',
  promise: `no source file is longer than ${LINES_MAX} lines`,
  *find(project) {
    for (const { path, text } of project.sources()) {
      const lines = text.split('\n').length - (text.endsWith('\n') ? 1 : 0);
      if (lines > LINES_MAX) yield { path, message: `${lines} lines, at most ${LINES_MAX} are allowed` };
    }
  },
};
