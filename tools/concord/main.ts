import { ConcordError } from '@concord/model';
import { createProgram } from './program.ts';

try {
  await createProgram().parseAsync(process.argv);
} catch (error) {
  if (!(error instanceof ConcordError)) throw error;
  process.stderr.write(`${error.message}\n`);
  process.exitCode = 1;
}
