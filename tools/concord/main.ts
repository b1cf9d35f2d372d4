import { fileTrouble } from '@concord/local';
import { ConcordError } from '@concord/model';
import { createProgram } from './program.ts';

// Whoever reads has seen enough, as in `concord topics | head`. A command that must stop in order does so.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') process.exitCode = 1;
  if (process.listenerCount('SIGINT') === 0) process.exit();
});
process.stderr.on('error', () => undefined);

try {
  await createProgram().parseAsync(process.argv);
} catch (error) {
  const message = error instanceof ConcordError ? error.message : fileTrouble(error);
  if (message === undefined) throw error;
  process.stderr.write(`${message}\n`);
  process.exitCode = 1;
}
// A client that was interrupted while it connected may try on for a while; nobody waits for it.
process.exit();
