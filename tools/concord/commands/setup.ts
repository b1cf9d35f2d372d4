import { clockOf, createLogger, loadConfig, readEnvironment } from '@concord/runtime';
import { setUp } from '../control/setup.ts';

/** `concord setup`: what a cluster needs before services start; run it again after every change of the configuration. */
export async function setUpCluster({ config: file }: { config: string }): Promise<void> {
  const config = loadConfig(file, readEnvironment());
  const clock = clockOf(config);
  const { version, changed } = await setUp({
    config,
    clock,
    logger: createLogger({ name: 'setup', level: 'warn', clock }),
  });
  process.stdout.write(
    changed
      ? `Configuration version ${version} is published.\n`
      : `Nothing to do: version ${version} is in force.\n`,
  );
}
