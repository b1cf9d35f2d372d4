import { once } from 'node:events';
import { runService } from '../service.ts';

/** A service that does nothing until it is stopped. */
await runService('idle', async ({ signal, logger }) => {
  if (!signal.aborted) await once(signal, 'abort');
  for (let line = 0; line < 100; line++) logger.info({ line }, 'draining');
});
