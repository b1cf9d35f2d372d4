import { loadConfig, readEnvironment } from '@concord/runtime';
import { stringify } from 'yaml';

/** `concord config [--check]`. */
export function checkConfig({ config: file, check }: { config: string; check?: boolean }): void {
  const config = loadConfig(file, readEnvironment());
  if (check === true) {
    const venues = Object.keys(config.venues).join(', ');
    process.stdout.write(
      `${file} is valid: ${config.instruments.length} instruments, venues ${venues}, ${config.partitions} partitions\n`,
    );
    return;
  }
  process.stdout.write(stringify(config, { aliasDuplicateObjects: false }));
}
