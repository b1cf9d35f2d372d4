import type { Rule } from '../rule.ts';

const KEBAB = /^[a-z0-9]+(-[a-z0-9]+)*$/;
/** Names that say nothing of what is inside, and so gather everything. */
const EMPTY_WORDS = new Set(['util', 'utils', 'helper', 'helpers', 'common', 'manager', 'misc', 'handy']);

export const fileNames: Rule = {
  name: 'file-names',
  promise: 'source files and folders have kebab-case names that say what they hold',
  *find(project) {
    const sources = project.paths.filter((path) => /\.(ts|mts|mjs|js)$/.test(path));
    const folders = project.folders.filter((folder) => !folder.startsWith('.'));
    for (const path of [...folders, ...sources]) {
      const name = path.slice(path.lastIndexOf('/') + 1);
      const parts = name.split('.');
      if (!parts.every((part) => KEBAB.test(part))) yield { path, message: 'the name is not kebab-case' };
      const empty = parts.flatMap((part) => part.split('-')).find((word) => EMPTY_WORDS.has(word));
      if (empty !== undefined) yield { path, message: `"${empty}" says nothing; name it for one noun` };
    }
  },
};
