import { createCodec, type Codec } from '@concord/codec';
import type { KafkaConnection } from '@concord/kafka';
import {
  createLogger,
  loadConfig,
  readEnvironment,
  SystemClock,
  type ConcordConfig,
  type Environment,
  type Logger,
} from '@concord/runtime';
import { requireAddresses } from '../control/addresses.ts';
import { requireClusterReachable } from '../control/reach.ts';
import { NotRunningError, readRunState, type RunState } from './run-state.ts';

/** Which pipeline a command means: the one that the environment names, else the one that runs in this folder. */
export interface FoundPipeline {
  readonly config: ConcordConfig;
  readonly run: RunState | undefined;
}

/** How a command reads a pipeline. */
export interface ConnectedPipeline {
  readonly kafka: KafkaConnection;
  readonly prefix: string;
  readonly config: ConcordConfig;
  readonly codec: Codec;
  readonly logger: Logger;
}

/** The file that says what the pipeline's topics are called: the running one's own, unless the environment names another cluster. */
export function configFileFor(
  { kafkaBrokers, configFile }: Pick<Environment, 'kafkaBrokers' | 'configFile'>,
  run: Pick<RunState, 'configFile'> | undefined,
): string {
  const own = run?.configFile;
  return (kafkaBrokers === undefined ? (own ?? configFile) : (configFile ?? own)) ?? 'concord.yaml';
}

/** @throws NotRunningError when nothing runs here and the environment names nothing. */
export function findPipeline(): FoundPipeline {
  const environment = readEnvironment();
  const run = readRunState();
  if (environment.kafkaBrokers === undefined && run === undefined) throw new NotRunningError();
  return { config: loadConfig(configFileFor(environment, run), environment), run };
}

/** @throws UnreachableError when the brokers or the registry do not answer. */
export async function connectPipeline(
  name: string,
  { config }: FoundPipeline = findPipeline(),
): Promise<ConnectedPipeline> {
  const { brokers, registryUrl } = requireAddresses(config);
  // A client alone would try on, without a word, for as long as nobody interrupts it.
  await requireClusterReachable(brokers, registryUrl);
  const codec = await createCodec({
    registry: registryUrl,
    prefix: config.topicPrefix,
    clock: new SystemClock(),
  });
  const logger = createLogger({ name, level: 'error', clock: new SystemClock() });
  return {
    kafka: { brokers, clientId: `concord-${name}` },
    prefix: config.topicPrefix,
    config,
    codec,
    logger,
  };
}
