import { parseArgs } from 'node:util';
import { ConcordError } from '@concord/model';
import { collectDefaultMetrics, Registry } from 'prom-client';
import { SystemClock, type Clock } from './clock.ts';
import { PlayedClock } from './played-clock.ts';
import { loadConfig } from './config/load.ts';
import type { ConcordConfig } from './config/schema.ts';
import { readEnvironment } from './environment.ts';
import { Health } from './health.ts';
import { serveObservation } from './http.ts';
import { createLogger, type Logger } from './logger.ts';

/** What a service is given to run with. */
export interface ServiceContext {
  readonly name: string;
  /** Unique among replicas of the same service. */
  readonly replica: string;
  readonly config: ConcordConfig;
  /** The run's clock: the present, or a past instant at another speed. Stamps and judges. */
  readonly clock: Clock;
  /** The machine's own clock, for network time-outs and retries, which do not pass faster in a playback. */
  readonly machineClock: Clock;
  readonly logger: Logger;
  readonly metrics: Registry;
  readonly health: Health;
  /** Extra JSON views beside `/healthz`; add to it before or while running. */
  readonly views: Record<string, () => unknown>;
  /** Aborts when the service is asked to stop: drain, then return. */
  readonly signal: AbortSignal;
}

const GRACE_MS = 10_000;

const HELP = (name: string): string => `Usage: ${name} [--config FILE] [--check]

  --config FILE   configuration (default: CONCORD_CONFIG, else concord.yaml)
  --check         validate the configuration and exit

Environment: KAFKA_BROKERS, SCHEMA_REGISTRY_URL, REDIS_URL, CONCORD_TOPIC_PREFIX, CONCORD_LOG_LEVEL,
CONCORD_HTTP_PORT, CONCORD_HTTP_HOST, CONCORD_REPLICA take the place of the file's values.
`;

/** The clock that a configuration asks for. */
export function clockOf(config: ConcordConfig): Clock {
  const { startAt, speed, anchor } = config.clock;
  const anchored = anchor === null ? {} : { anchorMs: anchor };
  if (speed === 'max')
    return new PlayedClock({ ...anchored, ...(startAt === null ? {} : { startAtMs: startAt }) });
  return new SystemClock({ speed, ...anchored, ...(startAt === null ? {} : { startAtMs: startAt }) });
}

/**
 * The whole life of a service process: arguments, configuration, logger, metrics, health endpoint, signals, grace and force
 * deadlines, exit code. `start` resolves when it has drained; a rejection ends the process with code 1 and its message.
 */
export async function runService(
  name: string,
  start: (context: ServiceContext) => Promise<void>,
): Promise<void> {
  const environment = readEnvironment();
  const { values } = parseArgs({
    options: {
      config: { type: 'string' },
      check: { type: 'boolean' },
      help: { type: 'boolean', short: 'h' },
    },
  });
  if (values.help === true) return void process.stdout.write(HELP(name));
  const file = values.config ?? environment.configFile ?? 'concord.yaml';
  let config: ConcordConfig;
  try {
    config = loadConfig(file, environment);
  } catch (error) {
    process.stderr.write(`${error instanceof ConcordError ? error.message : String(error)}\n`);
    process.exitCode = 2;
    return;
  }
  if (values.check === true) return void process.stdout.write(`${file} is valid\n`);
  const clock = clockOf(config);
  const logger = createLogger({ name, level: config.log.level, clock });
  const metrics = new Registry();
  metrics.setDefaultLabels({ service: name });
  collectDefaultMetrics({ register: metrics });
  const context = {
    name,
    replica: environment.replica ?? `${name}-${process.pid}`,
    config,
    clock,
    machineClock: new SystemClock(),
    logger,
    metrics,
    health: new Health(),
    views: {},
  };
  await supervise(context, environment, start);
}

async function supervise(
  parts: Omit<ServiceContext, 'signal'>,
  environment: ReturnType<typeof readEnvironment>,
  start: (context: ServiceContext) => Promise<void>,
): Promise<void> {
  const { logger, health, machineClock } = parts;
  const stop = new AbortController();
  const context: ServiceContext = { ...parts, signal: stop.signal };
  const unhook = onStopRequest((reason) => {
    if (stop.signal.aborted) return;
    logger.info({ reason }, 'stopping: draining what was taken in');
    stop.abort();
    machineClock.setTimer(() => exitAtOnce(logger, 'grace period is over', 1), GRACE_MS);
  });
  process.on('uncaughtException', (error) => {
    logger.fatal({ err: error }, 'a broken invariant ends this process; its supervisor starts it again');
    exitAtOnce(logger, 'uncaught error', 1);
  });
  try {
    await using observation = await serveObservation({
      host: environment.httpHost,
      port: environment.httpPort,
      health: parts.health,
      metrics: parts.metrics,
      views: parts.views,
    });
    process.send?.({
      type: 'listening',
      name: parts.name,
      host: environment.httpHost,
      port: observation.port,
    });
    logger.info({ port: observation.port, pid: process.pid }, 'started');
    await start(context);
    logger.info('stopped');
  } catch (error) {
    // What was under way when the stop came says so by rejecting; that is not a failure.
    if (stop.signal.aborted && isAbort(error)) return;
    health.fail(String(error));
    logger.fatal({ err: error }, error instanceof Error ? error.message : String(error));
    process.exitCode = 1;
  } finally {
    unhook();
    if (process.connected) process.disconnect();
    // A client library may keep a handle open after its close, and the grace timer does: drained is drained.
    logger.flush();
    process.exit();
  }
}

function isAbort(error: unknown): boolean {
  return error instanceof Error && error.name === 'AbortError';
}

/** A signal, or the death of the launcher that started this process (its end of the channel closes). */
function onStopRequest(stop: (reason: string) => void): () => void {
  const onTerm = (): void => stop('SIGTERM');
  const onInt = (): void => stop('SIGINT');
  const onDisconnect = (): void => stop('launcher is gone');
  process.on('SIGTERM', onTerm).on('SIGINT', onInt).on('disconnect', onDisconnect);
  return () => {
    process.off('SIGTERM', onTerm).off('SIGINT', onInt).off('disconnect', onDisconnect);
  };
}

function exitAtOnce(logger: Logger, reason: string, code: number): void {
  logger.flush();
  process.stderr.write(`exit ${code}: ${reason}\n`);
  process.exit(code);
}
