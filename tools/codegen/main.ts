import { releaseSchemas } from './history.ts';
import { writeGenerated } from './schema-files.ts';

const HELP = `npm run codegen              writes the generated files of libs/codec from schemas/*.avsc
npm run codegen -- release   keeps the current schemas in schemas/history as released
`;

const [command] = process.argv.slice(2);
if (command === undefined || command === 'release') {
  for (const path of command === 'release' ? releaseSchemas() : writeGenerated())
    process.stdout.write(`wrote ${path}\n`);
} else {
  process.stdout.write(HELP);
  process.exitCode = command === '--help' ? 0 : 2;
}
