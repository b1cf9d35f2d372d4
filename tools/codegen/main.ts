import { writeGenerated } from './schema-files.ts';

for (const path of writeGenerated()) process.stdout.write(`wrote ${path}\n`);
