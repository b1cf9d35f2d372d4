import type { Project } from '../project.ts';
import type { Rule } from '../rule.ts';

/** What its folder is called is too short to be told from other words. */
const INTERACTIVE_BROKERS = 'interactive[ -_]?brokers';
const LENGTH_MIN = 3;

/** The names of all venues that have an ingestor, however they are written. */
function venuesOf(project: Project): RegExp {
  const names = project.folders.flatMap(
    (folder) => /^services\/ingestor-([a-z0-9-]+)$/.exec(folder)?.[1] ?? [],
  );
  const patterns = names
    .filter(({ length }) => length >= LENGTH_MIN)
    .map((name) => name.replaceAll('-', '[ -_.]?'));
  return new RegExp([INTERACTIVE_BROKERS, ...patterns].join('|'), 'gi');
}

export const venueNames: Rule = {
  name: 'venue-names',
  promise: 'no venue is named in libs',
  *find(project) {
    const venues = venuesOf(project);
    for (const [path, text] of project.texts()) {
      // Generated types repeat the schemas' documentation, which gives examples; a test may play a real venue's record.
      if (!path.startsWith('libs/') || /\.(test|generated)\.ts$/.test(path)) continue;
      for (const [index, line] of text.split('\n').entries()) {
        for (const [venue] of line.matchAll(venues)) {
          yield {
            path,
            line: index + 1,
            message: `names ${venue}; what is a venue's own belongs to services/ingestor-*`,
          };
        }
      }
    }
  },
};
