import { mkdirSync } from 'node:fs';
import { storeRoot } from './places.ts';
import { foreignParts, type ForeignParts } from './environment.ts';
import { holdFolder } from './folder.ts';
import { findJava, type Java } from './java.ts';
import { brokerPlan, findKafka, type ClusterPlan } from './kafka.ts';
import { startPart, type Part } from './part.ts';
import { freePorts } from './ports.ts';
import { findRedis, redisPlan } from './redis.ts';
import { findRegistry, registryPlan, registryUrlOf } from './registry.ts';
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
interface Prepared {
  readonly java?: Java;
  readonly kafka?: string;
  readonly registry?: string;
  readonly redis?: string;
}

/**
 * Finds or fetches what the parts need, without starting any. What is there already is not fetched again.
 * @throws LocalPartsError PREREQUISITE_MISSING, FETCH_FAILED, HASH_MISMATCH
 */
export async function prepareParts(options: PreparePartsOptions = {}): Promise<void> {
  await prepare(options, foreignParts());
}

/**
 * Starts the parts that no address was given for (KAFKA_BROKERS, SCHEMA_REGISTRY_URL, REDIS_URL) on free loopback ports with their
 * data in `dir`, and resolves when each answers. They end when this process ends, however it ends.
 * @throws LocalPartsError FOLDER_IN_USE, PART_NOT_STARTED, and those of `prepareParts`
 */
export async function startParts(options: StartPartsOptions): Promise<Parts> {
  const foreign = foreignParts();
  const prepared = await prepare(options, foreign);
  mkdirSync(options.dir, { recursive: true });
  const folder = await holdFolder(options.dir);
  const started: Part[] = [];
  const stopAll = async (): Promise<void> => {
    try {
      await Promise.all(started.map((part) => part.stop()));
    } finally {
      folder.release();
    }
  };
  try {
    return await startAll(options, prepared, foreign, started, stopAll);
  } catch (error) {
    await stopAll();
    throw error;
  }
}

function fetchContext(options: PreparePartsOptions): FetchContext {
  return {
    store: options.storeDir ?? storeRoot,
    onProgress: options.onProgress ?? (() => undefined),
    signal: options.signal,
  };
}

async function prepare(options: PreparePartsOptions, foreign: ForeignParts): Promise<Prepared> {
  const context = fetchContext(options);
  const wantsKafka = (options.brokers ?? 1) > 0 && foreign.kafkaBrokers === undefined;
  const wantsRegistry = (options.registry ?? true) && foreign.registryUrl === undefined;
  const wantsRedis = (options.redis ?? true) && foreign.redisUrl === undefined;
  const [java, kafka, registry, redis] = await Promise.all([
    wantsKafka || wantsRegistry ? findJava(context) : undefined,
    wantsKafka ? findKafka(context) : undefined,
    wantsRegistry ? findRegistry(context) : undefined,
    wantsRedis ? findRedis(context) : undefined,
  ]);
  return {
    ...(java === undefined ? {} : { java }),
    ...(kafka === undefined ? {} : { kafka }),
    ...(registry === undefined ? {} : { registry }),
    ...(redis === undefined ? {} : { redis }),
  };
}

async function startAll(
  options: StartPartsOptions,
  prepared: Prepared,
  foreign: ForeignParts,
  started: Part[],
  stopAll: () => Promise<void>,
): Promise<Parts> {
  const { dir, signal } = options;
  const { java } = prepared;
  const count = prepared.kafka === undefined ? 0 : (options.brokers ?? 1);
  const ports = await freePorts(2 * count + 2);
  const launch = async (plan: Parameters<typeof startPart>[0]): Promise<Part> => {
    const part = await startPart(plan, signal);
    started.push(part);
    return part;
  };
  const startBrokers = async (): Promise<Part[]> => {
    if (java === undefined || prepared.kafka === undefined) return [];
    const pairs = Array.from({ length: count }, (_, at) => ({
      client: ports[2 + 2 * at] ?? 0,
      controller: ports[3 + 2 * at] ?? 0,
    }));
    const plan: ClusterPlan = {
      dir,
      jars: prepared.kafka,
      java,
      ports: pairs,
      heapMb: options.heapMb ?? (count > 1 ? 256 : 512),
      settings: options.brokerSettings ?? {},
    };
    const plans = [];
    for (let at = 0; at < count; at += 1) plans.push(await brokerPlan(fetchContext(options), plan, at));
    return Promise.all(plans.map(launch));
  };
  const settled = await Promise.allSettled([
    startBrokers(),
    java === undefined || prepared.registry === undefined
      ? undefined
      : launch(registryPlan(java, prepared.registry, dir, ports[0] ?? 0)),
    prepared.redis === undefined ? undefined : launch(redisPlan(prepared.redis, dir, ports[1] ?? 0)),
  ]);
  for (const one of settled) if (one.status === 'rejected') throw one.reason;
  const [brokers, registry, redis] = settled.map((one) =>
    one.status === 'fulfilled' ? one.value : undefined,
  ) as [Part[], Part | undefined, Part | undefined];
  return {
    kafkaBrokers: foreign.kafkaBrokers ?? brokers.map(({ port }) => `127.0.0.1:${port}`),
    registryUrl: foreign.registryUrl ?? (registry === undefined ? '' : registryUrlOf(registry.port)),
    redisUrl: foreign.redisUrl ?? (redis === undefined ? '' : `redis://127.0.0.1:${redis.port}`),
    brokers,
    ...(registry === undefined ? {} : { registry }),
    ...(redis === undefined ? {} : { redis }),
    [Symbol.asyncDispose]: stopAll,
  };
}
