import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { brokerPlan } from './kafka.ts';
import { startPart, type Part, type PartPlan } from './part.ts';
import type { Kits, StartPartsOptions } from './parts.ts';
import { freePorts } from './ports.ts';
import { redisPlan } from './redis.ts';
import { registryPlan } from './registry.ts';

export interface Launched {
  readonly brokers: Part[];
  readonly registry?: Part;
  readonly redis?: Part;
  stop(): Promise<void>;
}

/**
 * Of several combined nodes, each tells a quorum that it goes, and the last ones wait for a quorum that is gone already. What they acknowledged is in
 * the files, so they are not waited for.
 */
const CLUSTER_STOP_GRACE_MS = 1_500;
const HEAP_MB = { single: 512, cluster: 256 };

/** Starts all parts at once; when one does not start, or on abort, those that did are stopped before it rejects. */
export async function launchParts(options: StartPartsOptions, kits: Kits): Promise<Launched> {
  const { dir, onProgress } = options;
  const failure = new AbortController();
  const signals = options.signal === undefined ? [failure.signal] : [options.signal, failure.signal];
  const started: Part[] = [];
  const launch = async (plan: PartPlan): Promise<Part> => {
    const begun = performance.now();
    try {
      const part = await startPart(plan, AbortSignal.any(signals));
      started.push(part);
      onProgress?.(`${plan.name} answers after ${((performance.now() - begun) / 1_000).toFixed(1)} s`);
      return part;
    } catch (error) {
      failure.abort(error);
      throw error;
    }
  };
  const count = kits.kafka === undefined ? 0 : (options.brokers ?? 1);
  const stop = async (): Promise<void> => {
    const grace = count > 1 ? CLUSTER_STOP_GRACE_MS : undefined;
    await Promise.all(started.map((part) => part.stop(grace)));
  };
  const ports = await portsFor(dir, 2 + 2 * count);
  const plans = brokerPlans(options, kits, ports.slice(2), count);
  const registry = kits.registry && launch(registryPlan(kits.registry, dir, ports[0] ?? 0));
  const redis = kits.redis === undefined ? undefined : launch(redisPlan(kits.redis, dir, ports[1] ?? 0));
  const brokers = plans.map(launch);
  const settled = await Promise.allSettled([registry, redis, ...brokers]);
  if (settled.some(({ status }) => status === 'rejected')) {
    await stop();
    throw failure.signal.reason;
  }
  return {
    brokers: await Promise.all(brokers),
    ...(registry === undefined ? {} : { registry: await registry }),
    ...(redis === undefined ? {} : { redis: await redis }),
    stop,
  };
}

function brokerPlans(
  options: StartPartsOptions,
  kits: Kits,
  ports: readonly number[],
  count: number,
): PartPlan[] {
  const { kafka } = kits;
  if (kafka === undefined) return [];
  const cluster = {
    dir: options.dir,
    ports: Array.from({ length: count }, (_, at) => ({
      client: ports[2 * at] ?? 0,
      controller: ports[2 * at + 1] ?? 0,
    })),
    heapMb: options.heapMb ?? (count > 1 ? HEAP_MB.cluster : HEAP_MB.single),
    compiler: options.compiler ?? 'quick',
    settings: options.brokerSettings ?? {},
  };
  return cluster.ports.map((_, index) => brokerPlan(kafka, cluster, index));
}

/** Free ports, the ones of the folder's last run first, so that addresses noted down stay good. */
async function portsFor(dir: string, count: number): Promise<number[]> {
  const file = join(dir, 'ports.json');
  const ports = await freePorts(count, parsePorts(readText(file)));
  writeFileSync(file, `${JSON.stringify(ports)}\n`);
  return ports;
}

function readText(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return undefined;
  }
}

/** The ports in the file; none when it is missing or was left half-written. */
export function parsePorts(text: string | undefined): number[] {
  try {
    const value: unknown = JSON.parse(text ?? '[]');
    return Array.isArray(value)
      ? value.filter((port): port is number => Number.isInteger(port) && port > 0)
      : [];
  } catch {
    return [];
  }
}
