import { loadConfig, readEnvironment } from '@concord/runtime';
import { stringify } from 'yaml';
import { checkVenues } from '../control/check-venues.ts';

/** `concord config [--check]`. */
export async function checkConfig({
  config: file,
  check,
}: {
  config: string;
  check?: boolean;
}): Promise<void> {
  const config = loadConfig(file, readEnvironment());
  await checkVenues(config, file);
  if (check === true) {
    const venues = Object.keys(config.venues).join(', ');
    process.stdout.write(
      `${file} is valid: ${config.instruments.length} instruments, venues ${venues}, ${config.partitions} partitions\n`,
    );
    return;
  }
  process.stdout.write(stringify(config, { aliasDuplicateObjects: false }));
}
