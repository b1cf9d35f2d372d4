import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { archiveOptions } from './archive.ts';
import { parseCoordinates, pinnedArtifacts } from './artifacts.ts';
import { JAVA_ENV, type Java } from './java.ts';
import { formatBroker, formatTemplate } from './kafka-format.ts';
import { countBrokers } from './kafka-protocol.ts';
import { brokerName, brokerProperties, propertiesText, type ClusterSettings } from './kafka-settings.ts';
import { fetchArtifacts } from './maven.ts';
import type { PartPlan } from './part.ts';
import { makeOnce, type FetchContext } from './store.ts';

const HEAP_MB_TRAINING = 256;
const logSettings = join(import.meta.dirname, 'kafka-log.xml');

/** Everything a broker of this machine is started from. */
export interface KafkaKit {
  readonly java: Java;
  /** The folder with the broker's jars. */
  readonly jars: string;
  /** A formatted folder to copy from. */
  readonly template: string;
  readonly jvmOptions: readonly string[];
}

/** The folder with the broker's jars, those of its Java client among them; fetched once. */
export async function fetchKafkaJars(context: FetchContext): Promise<string> {
  const { kafka } = pinnedArtifacts();
  const server = kafka
    .map(({ artifact }) => parseCoordinates(artifact))
    .find(({ name }) => name === 'kafka_2.13');
  if (server === undefined) throw new Error('artifacts.json names no broker');
  return makeOnce(context, `kafka-${server.version}`, async (folder, scratch) => {
    context.onProgress(`fetching the Kafka ${server.version} broker (${kafka.length} jars, 43 MB)`);
    await fetchArtifacts(context, kafka, folder, scratch);
  });
}

/** Fetches the broker's jars and prepares what makes its starts fast. */
export async function findKafka(context: FetchContext, javaFound: Promise<Java>): Promise<KafkaKit> {
  const [java, jars] = await Promise.all([javaFound, fetchKafkaJars(context)]);
  const template = await formatTemplate(context, java, jars, logSettings);
  const kit = { java, jars, template, jvmOptions: [] };
  const jvmOptions = await archiveOptions(context, {
    name: 'broker',
    java,
    jars,
    plan: (dir, [client = 0, controller = 0], option) => {
      const cluster = {
        dir,
        ports: [{ client, controller }],
        settings: {},
        heapMb: HEAP_MB_TRAINING,
        compiler: 'quick' as const,
      };
      return brokerPlan({ ...kit, jvmOptions: [option] }, cluster, 0);
    },
  });
  return { ...kit, jvmOptions };
}

export interface ClusterPlan extends ClusterSettings {
  /** Heap of each broker. */
  readonly heapMb: number;
  readonly compiler: JavaCompiler;
}

/**
 * `quick` is Java's first compiler alone: in the first minute half the CPU for each transaction (7 ms instead of 14) and for each start
 * (1.4 s instead of 2.6 s). `thorough` is both: after a minute at 5,000 ticks/s 114 µs of CPU for each tick instead of 151.
 */
export type JavaCompiler = 'quick' | 'thorough';

/** Where the system gives them on request: 117 µs of CPU for each tick instead of 127, in turn within an hour. Only Linux knows the option. */
const LARGE_PAGES = process.platform === 'linux' ? ['-XX:+UseTransparentHugePages'] : [];

/** Writes a broker's settings, formats its folder when that is new, and says how to start it. */
export function brokerPlan(kit: KafkaKit, cluster: ClusterPlan, index: number): PartPlan {
  const { dir, ports } = cluster;
  const port = ports[index]?.client ?? 0;
  const name = brokerName(index);
  mkdirSync(dir, { recursive: true });
  const settings = join(dir, `${name}.properties`);
  writeFileSync(settings, propertiesText(brokerProperties(cluster, index)));
  formatBroker(kit.template, dir, index);
  return {
    name,
    program: kit.java.program,
    args: [
      `-Xmx${cluster.heapMb}m`,
      '-XX:+UseSerialGC',
      ...(cluster.compiler === 'quick' ? ['-XX:TieredStopAtLevel=1'] : LARGE_PAGES),
      ...kit.jvmOptions,
      `-Dlog4j2.configurationFile=${logSettings}`,
      `-Dconcord.log=${join(dir, 'logs', `${name}-broker.log`)}`,
      '-cp',
      join(kit.jars, '*'),
      'kafka.Kafka',
      settings,
    ],
    env: JAVA_ENV,
    port,
    dir,
    ready: async (signal) => (await countBrokers({ host: '127.0.0.1', port }, signal)) >= ports.length,
    readyTimeoutMs: 120_000,
  };
}
