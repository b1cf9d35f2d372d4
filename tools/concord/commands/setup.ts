import { clockOf, createLogger, loadConfig, readEnvironment, type ConcordConfig } from '@concord/runtime';
import { checkVenues } from '../control/check-venues.ts';
import { setUp } from '../control/setup.ts';
import { readRunState } from '../pipeline/run-state.ts';
import { readSettings, writeSettings } from '../pipeline/settings.ts';

/**
 * `concord setup`: what a cluster needs before services start; run it again after every change of the configuration. Services that run
 * take up what has changed. Without addresses of a cluster it is the pipeline that runs in this folder.
 */
export async function setUpCluster({ config: file }: { config: string }): Promise<void> {
  const config = configurationFor(file);
  await checkVenues(config, file);
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

/** The parts of a configuration that take effect while services run. */
const LIVE_PARTS = ['instruments', 'quality', 'fusion'] as const;

/** The file's configuration; where a pipeline runs here, that one's with what may change of the file's. */
function configurationFor(file: string): ConcordConfig {
  const environment = readEnvironment();
  const run = environment.kafkaBrokers === undefined ? readRunState() : undefined;
  if (run === undefined) return loadConfig(file, environment);
  const settings = readSettings(file);
  const live = Object.fromEntries(
    LIVE_PARTS.flatMap((part) => (part in settings ? [[part, settings[part]]] : [])),
  );
  return writeSettings({ ...readSettings(run.configFile), ...live }, run.configFile);
}
