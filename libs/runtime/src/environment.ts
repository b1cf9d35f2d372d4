/** The only reader of the process environment. Every variable Concord knows is listed here. */
export interface Environment {
  /** Path of the configuration file. */
  configFile: string | undefined;
  /** `host:port,host:port`: used instead of starting a broker. */
  kafkaBrokers: string[] | undefined;
  registryUrl: string | undefined;
  redisUrl: string | undefined;
  topicPrefix: string | undefined;
  logLevel: string | undefined;
  /** Port of a service's /healthz, /readyz and /metrics; 0 takes a free one. */
  httpPort: number;
  /** Host on which it listens; loopback unless told. */
  httpHost: string;
  /** Name of this replica, unique among replicas of one service. */
  replica: string | undefined;
  /** Folder of the launcher's run: data of its parts, logs, `run.json`; `.concord/run` of the repository unless told. */
  runDir: string | undefined;
}

/** An empty variable counts as absent, as it does in a shell script that forwards its own. */
function text(env: NodeJS.ProcessEnv, name: string): string | undefined {
  const value = env[name]?.trim();
  return value === undefined || value === '' ? undefined : value;
}

export function readEnvironment(env: NodeJS.ProcessEnv = process.env): Environment {
  return {
    configFile: text(env, 'CONCORD_CONFIG'),
    kafkaBrokers: text(env, 'KAFKA_BROKERS')
      ?.split(',')
      .map((broker) => broker.trim()),
    registryUrl: text(env, 'SCHEMA_REGISTRY_URL'),
    redisUrl: text(env, 'REDIS_URL'),
    topicPrefix: text(env, 'CONCORD_TOPIC_PREFIX'),
    logLevel: text(env, 'CONCORD_LOG_LEVEL'),
    httpPort: Number(text(env, 'CONCORD_HTTP_PORT') ?? 0),
    httpHost: text(env, 'CONCORD_HTTP_HOST') ?? '127.0.0.1',
    replica: text(env, 'CONCORD_REPLICA') ?? text(env, 'HOSTNAME'),
    runDir: text(env, 'CONCORD_RUN_DIR'),
  };
}
