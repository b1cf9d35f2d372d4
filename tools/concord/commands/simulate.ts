import { requireRunFolder } from '@concord/local';
import type { LimitChanges } from '@concord/venues';
import { recordedSettings } from '../pipeline/recording.ts';
import { RUN_DIR } from '../pipeline/run-state.ts';
import { untilInterrupted } from '../pipeline/interrupt.ts';
import { checkSettings, readSettings } from '../pipeline/settings.ts';
import { startVenueProcess } from '../pipeline/venue-process.ts';

interface SimulateOptions {
  config: string;
  recording?: string[];
  speed: number | 'max';
  seed: number;
  rate: number;
  truth?: string;
  limit?: LimitChanges;
}

/** `concord simulate`: the venues alone; prints one JSON object with their addresses and runs until interrupted. */
export async function simulate(options: SimulateOptions): Promise<void> {
  const { recording: recordings = [] } = options;
  const config = checkSettings(recordedSettings(readSettings(options.config), recordings), options.config);
  requireRunFolder(RUN_DIR);
  await using venues = await startVenueProcess({
    dir: RUN_DIR,
    config,
    recordings,
    speed: options.speed,
    seed: options.seed,
    rate: options.rate,
    ...(options.truth === undefined ? {} : { truthFile: options.truth }),
    ...(options.limit === undefined ? {} : { limits: options.limit }),
    onLine: (line) => process.stderr.write(`${line}\n`),
  });
  process.stdout.write(`${JSON.stringify({ venues: venues.addresses, control: venues.controlUrl })}\n`);
  void venues.finished.then(() => process.stderr.write('The recording is played to its end.\n'));
  await untilInterrupted();
}
