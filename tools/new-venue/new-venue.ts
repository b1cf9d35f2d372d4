import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const TEMPLATE = join(import.meta.dirname, 'template');
const NAME = /^[a-z][a-z0-9]*(-[a-z0-9]+)*$/;

/** Why no venue can be made under a name; `undefined` when one can. */
export function problemOf(name: string, root: string): string | undefined {
  if (!NAME.test(name))
    return `"${name}" is no name: expected small letters and digits in words joined by "-"`;
  if (name.startsWith('ingestor-')) return `"${name}": leave "ingestor-" out, it is put before the name`;
  if (name === 'venue') return '"venue" is the word for all of them: give it a name of its own';
  const folder = join('services', `ingestor-${name}`);
  return existsSync(join(root, folder)) ? `${folder} exists already` : undefined;
}

/** The template's text for a venue: `example` becomes its name, in identifiers in the way in which they are written. */
export function renamed(text: string, name: string): string {
  const pascal = name
    .split('-')
    .map((word) => word.charAt(0).toUpperCase() + word.slice(1))
    .join('');
  const camel = pascal.charAt(0).toLowerCase() + pascal.slice(1);
  return text
    .replaceAll('venue.example', `${name}.example`)
    .replaceAll('venues.example.', `venues.${name}.`)
    .replaceAll('Example', pascal)
    .replaceAll(/\bexample(?=[A-Z])/g, camel)
    .replaceAll(/(?<!\.)\bexample\b/g, name);
}

/** Writes the skeleton of a venue below `root` and tells its folder. The name must have been found good by `problemOf`. */
export function makeVenue(name: string, root: string): string {
  const folder = join(root, 'services', `ingestor-${name}`);
  for (const entry of readdirSync(TEMPLATE, { withFileTypes: true, recursive: true })) {
    if (!entry.isFile()) continue;
    const path = join(entry.parentPath, entry.name);
    const target = join(folder, path.slice(TEMPLATE.length));
    mkdirSync(join(target, '..'), { recursive: true });
    writeFileSync(target, renamed(readFileSync(path, 'utf8'), name), { flag: 'wx' });
  }
  return folder;
}

/** What is left to do. */
export function nextSteps(name: string): string {
  const folder = `services/ingestor-${name}`;
  return `${folder} stands, and its tests pass for a protocol that nobody speaks. Now:

  1. npm install                              links the new package
  2. npm test -- ${folder}
  3. ${folder}/src/messages.ts     the venue's frames, with link and date; then parse.ts, venue.ts, history.ts
     What is to be replaced says so: grep -rn "REPLACE TH" ${folder}
  4. concord.yaml                             the venue under "venues", its symbols under "instruments"
     npx concord config --check
  5. tools/venues/${name}                     a simulated venue, so that npm start and the system tests cover it

docs/adding-a-venue.md says how each is done.
`;
}
