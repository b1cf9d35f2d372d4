import type { Rule } from '../rule.ts';

const NOTE = /\b(TO(?:)DO|FIX(?:)ME|XX(?:)X)\b/;

export const unfinishedNotes: Rule = {
  name: 'unfinished-notes',
  promise: 'no note of unfinished work is left in the text',
  *find(project) {
    for (const [path, text] of project.texts()) {
      if (path.endsWith('package-lock.json')) continue;
      for (const [index, line] of text.split('\n').entries()) {
        const note = NOTE.exec(line)?.[0];
        if (note !== undefined) yield { path, line: index + 1, message: `${note}; do it or write an issue` };
      }
    }
  },
};
