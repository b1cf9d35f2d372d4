import { foreignParts, type ForeignParts } from './environment.ts';
import { holdFolder } from './folder.ts';
import { findJava } from './java.ts';
import { findKafka, type KafkaKit, type JavaCompiler } from './kafka.ts';
import { launchParts, type Launched } from './launch.ts';
import type { Part } from './part.ts';
import { storeRoot } from './places.ts';
import { requireFreeFolder } from './run-folder.ts';
import { findRedis } from './redis-program.ts';
import { findRegistry, registryUrlOf, type RegistryKit } from './registry.ts';
import type { FetchContext } from './store.ts';

export interface PreparePartsOptions {
  /** How many brokers will run; 0 when none is wanted. Default 1. */
  readonly brokers?: 0 | 1 | 3;
  readonly registry?: boolean;
  readonly redis?: boolean;
  /** Called with one line for each thing that takes a while. */
  readonly onProgress?: (line: string) => void;
  readonly signal?: AbortSignal;
  /** Where fetched files are kept; `.concord` of the repository by default. */
  readonly storeDir?: string;
}

export interface StartPartsOptions extends PreparePartsOptions {
  /** The data folder of this run; a folder that another living process uses is refused. */
  readonly dir: string;
  /** Heap of each broker; default 512 for one, 256 for three. */
  readonly heapMb?: number;
  /**
   * How the brokers are compiled while they run: `quick` (the default) for those that live a minute, as in tests; `thorough` for those that
   * live on: a third less CPU from their second minute on, more before.
   */
  readonly compiler?: JavaCompiler;
  /** Added to, and stronger than, the settings chosen here. */
  readonly brokerSettings?: Readonly<Record<string, string>>;
}

/** Addresses of the parts, and the parts themselves where they were started here. Disposing of it stops them all. */
export interface Parts extends AsyncDisposable {
  readonly kafkaBrokers: string[];
  readonly registryUrl: string;
  readonly redisUrl: string;
  readonly brokers: Part[];
  readonly registry?: Part;
  readonly redis?: Part;
}

/** What was found on the machine or fetched, for those parts that are to be started here. */
export interface Kits {
  readonly kafka?: KafkaKit;
  readonly registry?: RegistryKit;
  /** The Redis program. */
  readonly redis?: string;
}

/**
 * Finds or fetches what the parts need, without starting any. What is there already is not fetched again.
 * @throws LocalPartsError PREREQUISITE_MISSING, FETCH_FAILED, HASH_MISMATCH; the signal's reason when it aborts
 */
export async function prepareParts(options: PreparePartsOptions = {}): Promise<void> {
  await prepare(options, foreignParts());
}

/**
 * Starts the parts that no address was given for (KAFKA_BROKERS, SCHEMA_REGISTRY_URL, REDIS_URL) on loopback with their
 * data in `dir`, and resolves when each answers. Ports are free ones, those of the folder's last run when they are free again. The parts end
 * when this process ends, however it ends.
 * @throws LocalPartsError FOLDER_IN_USE, FOLDER_UNUSABLE, PART_NOT_STARTED, and what `prepareParts` throws
 */
export async function startParts(options: StartPartsOptions): Promise<Parts> {
  const foreign = foreignParts();
  await requireFreeFolder(options.dir);
  const kits = await prepare(options, foreign);
  const folder = await holdFolder(options.dir);
  try {
    const launched = await launchParts(options, kits);
    return partsOf(launched, foreign, () => folder.release());
  } catch (error) {
    folder.release();
    throw error;
  }
}

async function prepare(options: PreparePartsOptions, foreign: ForeignParts): Promise<Kits> {
  const context: FetchContext = {
    store: options.storeDir ?? storeRoot,
    onProgress: options.onProgress ?? (() => undefined),
    signal: options.signal,
  };
  const wantsKafka = (options.brokers ?? 1) > 0 && foreign.kafkaBrokers === undefined;
  const wantsRegistry = (options.registry ?? true) && foreign.registryUrl === undefined;
  const wantsRedis = (options.redis ?? true) && foreign.redisUrl === undefined;
  const java = wantsKafka || wantsRegistry ? findJava(context) : undefined;
  // All of them are waited for, also when one fails: none may go on fetching behind a caller that has given up.
  const [kafka, registry, redis] = await Promise.allSettled([
    wantsKafka && java !== undefined ? findKafka(context, java) : undefined,
    wantsRegistry && java !== undefined ? findRegistry(context, java) : undefined,
    wantsRedis ? findRedis(context) : undefined,
  ]);
  for (const one of [kafka, registry, redis]) if (one.status === 'rejected') throw one.reason;
  return {
    ...(kafka.status === 'fulfilled' && kafka.value !== undefined ? { kafka: kafka.value } : {}),
    ...(registry.status === 'fulfilled' && registry.value !== undefined ? { registry: registry.value } : {}),
    ...(redis.status === 'fulfilled' && redis.value !== undefined ? { redis: redis.value } : {}),
  };
}

function partsOf(launched: Launched, foreign: ForeignParts, release: () => void): Parts {
  const { brokers, registry, redis } = launched;
  let stopping: Promise<void> | undefined;
  return {
    kafkaBrokers: foreign.kafkaBrokers ?? brokers.map(({ port }) => `127.0.0.1:${port}`),
    registryUrl: foreign.registryUrl ?? (registry === undefined ? '' : registryUrlOf(registry.port)),
    redisUrl: foreign.redisUrl ?? (redis === undefined ? '' : `redis://127.0.0.1:${redis.port}`),
    brokers,
    ...(registry === undefined ? {} : { registry }),
    ...(redis === undefined ? {} : { redis }),
    [Symbol.asyncDispose]: () => (stopping ??= launched.stop().finally(release)),
  };
}
