import type { Rule } from '../rule.ts';

/** Folders of one machine; a path in the text must be relative or a placeholder. */
const MACHINE_PATH = /(?<![\w.~-])\/(work|root|home\/\w+|Users\/\w+)\/\w/;
const REGISTRY_HOST =
  /registry\.npmjs\.org|repo1\.maven\.org|repo\.maven\.apache\.org|pypi\.org|files\.pythonhosted\.org|deb\.debian\.org|proxy\.golang\.org/;
/** The code that really fetches, and nothing else, knows where from. */
const FETCHES = new Set(['tools/local/sources.ts']);

export const textHygiene: Rule = {
  name: 'text-hygiene',
  promise: 'the text names no folder of one machine and no registry host outside the code that fetches',
  *find(project) {
    for (const [path, text] of project.texts()) {
      for (const [index, line] of text.split('\n').entries()) {
        const folder = MACHINE_PATH.exec(line)?.[0];
        if (folder !== undefined)
          yield { path, line: index + 1, message: `names a folder of one machine: ${folder}…` };
        const host = FETCHES.has(path) ? undefined : REGISTRY_HOST.exec(line)?.[0];
        if (host !== undefined) yield { path, line: index + 1, message: `names the registry host ${host}` };
      }
    }
  },
};
