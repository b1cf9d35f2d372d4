import { join } from 'node:path';
import { VENUE_NAMES, type Address, type LimitChanges } from '@concord/venues';
import { ConcordError } from '@concord/model';
import type { ConcordConfig } from '@concord/runtime';
import { Child } from './child.ts';
import { simulatedInstruments } from './market.ts';
import { ROOT } from './run-state.ts';

export interface VenueProcessOptions {
  dir: string;
  /** The configuration whose venues and instruments are played; a recording brings its own. */
  config: ConcordConfig;
  recordings?: readonly string[];
  speed?: number | 'max';
  seed?: number;
  rate?: number;
  truthFile?: string;
  limits?: LimitChanges;
  onLine?: (line: string) => void;
}

/** The simulated venues as a process of their own. */
export interface VenueProcess extends AsyncDisposable {
  readonly pid: number;
  readonly addresses: Readonly<Record<string, Address>>;
  readonly controlUrl: string;
  /** First time of the recording. */
  readonly startAtMs?: number;
  /** Resolves when a recording has been played to its end. */
  readonly finished: Promise<void>;
}

type Ready = Pick<VenueProcess, 'addresses' | 'controlUrl' | 'startAtMs'> & { ready: true };

/** Venues that can be simulated; others of a configuration are left out of a simulated run. */
const SIMULATED: readonly string[] = VENUE_NAMES;

/** The venues did not start; the message holds what they said. */
export class VenuesNotStartedError extends ConcordError {
  constructor(lines: readonly string[]) {
    super(
      'venues-not-started',
      'fatal',
      `The simulated venues did not start: ${lines.join(' ') || 'they said nothing'}`,
    );
  }
}

export async function startVenueProcess(options: VenueProcessOptions): Promise<VenueProcess> {
  const { config, recordings, speed, seed = 1, rate, truthFile, limits } = options;
  const request = {
    seed,
    instruments: simulatedInstruments(config.instruments),
    venues: Object.keys(config.venues).filter((name) => SIMULATED.includes(name)),
    stopWithParent: false,
    ...(recordings === undefined || recordings.length === 0 ? {} : { recordings, speed: speed ?? 1 }),
    ...(rate === undefined ? {} : { rate }),
    ...(truthFile === undefined ? {} : { truthFile }),
    ...(limits === undefined ? {} : { limits }),
  };
  const lines: string[] = [];
  const ready = Promise.withResolvers<Ready>();
  const finished = Promise.withResolvers<void>();
  let started = false;
  let stopping = false;
  const child = new Child({
    name: 'venues',
    entry: join(ROOT, 'tools/venues/main.ts'),
    args: [JSON.stringify(request)],
    logDir: join(options.dir, 'logs'),
    restart: false,
    onLine: (_, line) => {
      if (line.startsWith('{')) return;
      if (!started) lines.push(line);
      options.onLine?.(`venues: ${line}`);
    },
    onExit: (code) => {
      ready.reject(new VenuesNotStartedError(lines));
      if (started && !stopping)
        options.onLine?.(
          `venues: ended (${code}): nothing comes from them any more; stop with Ctrl-C and start again`,
        );
    },
  });
  child.onMessage((message) => {
    if (isReady(message)) ready.resolve(message);
    else if (typeof message === 'object' && message !== null && 'finished' in message) finished.resolve();
  });
  const { addresses, controlUrl, startAtMs } = await ready.promise;
  started = true;
  return {
    pid: child.pid ?? 0,
    addresses,
    controlUrl,
    ...(startAtMs === undefined ? {} : { startAtMs }),
    finished: finished.promise,
    [Symbol.asyncDispose]: () => {
      stopping = true;
      return child.stop();
    },
  };
}

function isReady(message: unknown): message is Ready {
  return typeof message === 'object' && message !== null && (message as { ready?: unknown }).ready === true;
}
