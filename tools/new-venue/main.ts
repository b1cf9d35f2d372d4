import { join } from 'node:path';
import { makeVenue, nextSteps, problemOf } from './new-venue.ts';

const ROOT = join(import.meta.dirname, '../..');
const HELP = `npm run new-venue NAME

Makes services/ingestor-NAME: an ingestor that works, with its tests, for a made-up protocol that is to be replaced by the venue's.
`;

function main([name, ...more]: readonly string[]): number {
  if (name === '--help' || name === '-h') {
    process.stdout.write(HELP);
    return 0;
  }
  const problem = name === undefined || more.length > 0 ? 'expected one name' : problemOf(name, ROOT);
  if (name === undefined || problem !== undefined) {
    process.stderr.write(`${problem}.\n\n${HELP}`);
    return 2;
  }
  makeVenue(name, ROOT);
  process.stdout.write(nextSteps(name));
  return 0;
}

process.exitCode = main(process.argv.slice(2));
