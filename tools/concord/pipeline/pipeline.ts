import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { requireFreeFolder, requireRunFolder, startParts, type Part, type Parts } from '@concord/local';
import { clockOf, createLogger, SystemClock, type ConcordConfig } from '@concord/runtime';
import { checkVenues } from '../control/check-venues.ts';
import { setUp } from '../control/setup.ts';
import { Child } from './child.ts';
import { keepParts } from './keep-parts.ts';
import { recordedSettings } from './recording.ts';
import { clearRunState, ROOT, RUN_DIR, writeRunState, type ServiceEntry } from './run-state.ts';
import {
  checkSettings,
  readSettings,
  runSettings,
  writeSettings,
  type RawSettings,
  type RunSettings,
} from './settings.ts';
import { startVenueProcess, type VenueProcess } from './venue-process.ts';

export interface PipelineOptions {
  /** The user's configuration file. */
  configFile: string;
  /** `live` talks to the real venues. */
  mode: 'simulated' | 'recording' | 'live';
  recordings?: readonly string[];
  /** Seconds of a recording per real second; `max`: as fast as it is read, and every clock follows it. */
  speed?: number | 'max';
  seed?: number;
  rate?: number;
  /** Data of this run's parts; `.concord/run` unless told. A folder in use by another run is refused. */
  dir?: string;
  topicPrefix?: string;
  /** Whether `run.json` tells other commands of this run; only for the folder's main run. */
  announce?: boolean;
  truthFile?: string;
  /** Parts that run already and are not stopped with the pipeline; started here unless given. */
  parts?: Pick<Parts, 'kafkaBrokers' | 'registryUrl' | 'redisUrl'>;
  onProgress?: (line: string) => void;
  /** What an operator must see of a service: warnings, restarts. */
  onLine?: (line: string) => void;
  signal?: AbortSignal;
}

/** A running pipeline: parts, venues and services. Disposing of it drains and stops them in order. */
export interface Pipeline extends AsyncDisposable {
  readonly config: ConcordConfig;
  readonly configFile: string;
  readonly parts: Parts;
  readonly venues: VenueProcess | undefined;
  readonly children: readonly Child[];
  /** Where the services answer; grows and changes as they start. */
  readonly services: ReadonlyMap<string, ServiceEntry>;
  /** Resolves when every service has said where it listens. */
  readonly listening: Promise<void>;
}

/** Starts everything; on failure or abort what was started is stopped again before it rejects. */
export async function startPipeline(options: PipelineOptions): Promise<Pipeline> {
  const stack = new AsyncDisposableStack();
  try {
    return await start(options, stack);
  } catch (error) {
    await stack.disposeAsync();
    throw error;
  }
}

async function start(options: PipelineOptions, stack: AsyncDisposableStack): Promise<Pipeline> {
  const { onProgress = () => {}, dir = RUN_DIR, announce = false } = options;
  const recordings = options.mode === 'recording' ? (options.recordings ?? []) : [];
  const settings = recordedSettings(readSettings(options.configFile), recordings);
  const checked = checkSettings(settings, options.configFile);
  await checkVenues(checked, options.configFile);
  if (options.parts === undefined) await requireFreeFolder(dir);
  else requireRunFolder(dir);
  const abort = options.signal === undefined ? {} : { signal: options.signal };
  const partsStart =
    options.parts === undefined
      ? startParts({
          dir,
          brokers: 1,
          compiler: 'thorough',
          registry: true,
          redis: true,
          onProgress,
          ...abort,
        })
      : Promise.resolve({ ...options.parts, brokers: [], [Symbol.asyncDispose]: () => Promise.resolve() });
  const venuesStart =
    options.mode === 'live' ? undefined : startVenueProcess({ ...options, dir, config: checked });
  const [parts, venues] = await settle(partsStart, venuesStart, stack);
  if (options.parts === undefined) stack.use(keepParts(partsIn(parts), new SystemClock(), options.onLine));
  options.signal?.throwIfAborted();
  const configFile = join(dir, 'config.yaml');
  const config = writeSettings(overlay({ ...options, dir }, settings, parts, venues), configFile);
  onProgress('topics, schemas and configuration');
  const clock = clockOf(config);
  const logger = createLogger({ name: 'setup', level: 'warn', clock });
  await untilAborted(setUp({ config, clock, logger }), options.signal);
  onProgress('services');
  return launch({ options, parts, venues, config, configFile, dir, announce }, stack);
}

function partsIn({ brokers, registry, redis }: Parts): Part[] {
  return [...brokers, registry, redis].filter((part) => part !== undefined);
}

/** Leaves work behind when the signal aborts; its end is then nobody's concern. */
async function untilAborted<T>(work: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (signal === undefined) return work;
  const aborted = Promise.withResolvers<never>();
  const abort = (): void => aborted.reject(signal.reason as Error);
  signal.addEventListener('abort', abort, { once: true });
  if (signal.aborted) abort();
  try {
    return await Promise.race([work, aborted.promise]);
  } finally {
    signal.removeEventListener('abort', abort);
    work.catch(() => undefined);
  }
}

/** Waits for both; what did start is handed to the stack even when the other failed. */
async function settle(
  partsStart: Promise<Parts>,
  venuesStart: Promise<VenueProcess> | undefined,
  stack: AsyncDisposableStack,
): Promise<[Parts, VenueProcess | undefined]> {
  const [parts, venues] = await Promise.allSettled([partsStart, venuesStart]);
  if (parts.status === 'fulfilled') stack.use(parts.value);
  if (venues.status === 'fulfilled' && venues.value !== undefined) stack.use(venues.value);
  if (parts.status === 'rejected') throw parts.reason;
  if (venues.status === 'rejected') throw venues.reason;
  return [parts.value, venues.value];
}

function overlay(
  options: PipelineOptions & { dir: string },
  settings: RawSettings,
  parts: Parts,
  venues: VenueProcess | undefined,
): RawSettings {
  const past = venues?.startAtMs;
  const prefix =
    options.topicPrefix ??
    (past === undefined
      ? undefined
      : `recording-${new Date().toISOString().replace(/\D/g, '').slice(0, 14)}.`);
  return runSettings(settings, {
    kafkaBrokers: parts.kafkaBrokers,
    registryUrl: parts.registryUrl,
    redisUrl: parts.redisUrl,
    cacheDir: join(options.dir, 'schemas'),
    ...(venues === undefined ? {} : { venueAddresses: venues.addresses }),
    ...(past === undefined ? {} : { clock: playedClock(past, options.speed ?? 1) }),
    ...(prefix === undefined ? {} : { topicPrefix: prefix }),
    ...(options.mode === 'simulated' ? { venuesBeganAtMs: Date.now() } : {}),
  });
}

/** Real time passes on the clock until the first frame is played at `max`, and none of it may lie in the recording. */
const LEAD_IN_MS = 600_000;

function playedClock(pastMs: number, speed: number | 'max'): NonNullable<RunSettings['clock']> {
  return { startAtMs: speed === 'max' ? pastMs - LEAD_IN_MS : pastMs, speed, anchorMs: Date.now() };
}

interface Launch {
  options: PipelineOptions;
  parts: Parts;
  venues: VenueProcess | undefined;
  config: ConcordConfig;
  configFile: string;
  dir: string;
  announce: boolean;
}

/** Folder of each service of this configuration, in the order in which they are stopped. */
export function serviceNames(config: ConcordConfig): string[] {
  const ingestors = Object.keys(config.venues).map((venue) => `ingestor-${venue}`);
  const present = (name: string): boolean => existsSync(serviceEntry(name));
  return [...ingestors, 'validator', 'aggregator', 'gateway'].filter(present);
}

function serviceEntry(name: string): string {
  return join(ROOT, 'services', name, 'src/main.ts');
}

function launch(
  { options, parts, venues, config, configFile, dir, announce }: Launch,
  stack: AsyncDisposableStack,
): Pipeline {
  const { onLine = () => {} } = options;
  const services = new Map<string, ServiceEntry>();
  const names = serviceNames(config);
  const allListening = Promise.withResolvers<void>();
  const publish = (): void => {
    if (!announce) return;
    writeRunState({
      pid: process.pid,
      kafka: parts.kafkaBrokers,
      registry: parts.registryUrl,
      redis: parts.redisUrl,
      gateway: null,
      configFile,
      topicPrefix: config.topicPrefix,
      venues: { ...venues?.addresses },
      services: [...services.values()],
    });
  };
  if (announce) stack.defer(clearRunState);
  publish();
  const children = names.map(
    (name) =>
      new Child({
        name,
        entry: serviceEntry(name),
        args: ['--config', configFile],
        logDir: join(dir, 'logs'),
        onLine: (from, line) => onLine(`${from}: ${line}`),
        onRestart: (from, code, delayMs) =>
          onLine(`${from}: ended (${code}), starting again in ${delayMs} ms`),
        onAdvice: onLine,
        onListening: (from, address) => {
          services.set(from, { name: from, ...address });
          publish();
          if (services.size === names.length) allListening.resolve();
        },
      }),
  );
  // Stops run in reverse order of registration: intake first, then each stage after the one that feeds it.
  for (const child of [...children].reverse()) stack.defer(() => child.stop());
  const ingestors = children.filter((child) => child.name.startsWith('ingestor-'));
  stack.defer(async () => void (await Promise.all(ingestors.map((child) => child.stop()))));
  return {
    config,
    configFile,
    parts,
    venues,
    children,
    services,
    listening: allListening.promise,
    [Symbol.asyncDispose]: () => stack.disposeAsync(),
  };
}
