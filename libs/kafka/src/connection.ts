import { connect as connectPlain, isIP, type Socket } from 'node:net';
import { connect as connectTls, type ConnectionOptions } from 'node:tls';
import type { Logger } from '@concord/runtime';
import type { Kafka, LogEntry, RetryOptions, SASLOptions } from 'kafkajs';
import { logLevel } from './kafkajs.ts';
import { createRememberingKafka } from './remembering-kafka.ts';

/** Where the brokers are and how to reach them. */
export interface KafkaConnection {
  /** `host:port` of at least one broker. */
  readonly brokers: readonly string[];
  readonly clientId?: string;
  readonly ssl?: ConnectionOptions;
  readonly sasl?: SASLOptions;
  /** Opens a plain socket; tests route it through a proxy. Not used with `ssl`. */
  readonly connect?: (host: string, port: number) => Socket;
}

/** A kafkajs instance whose sockets can be cut at once. */
export interface KafkaClient {
  readonly kafka: Kafka;
  /**
   * Cuts every connection and refuses new ones, so that nothing this client still holds can be written any more. Requests under
   * way are rejected. Harmless when repeated.
   */
  destroy(): void;
}

const KEEP_ALIVE_MS = 30_000;

/** kafkajs waits 300 ms before its first retry; a transaction right after another needs one or two ms. */
const RETRY: RetryOptions = {
  initialRetryTime: 4,
  multiplier: 2,
  factor: 0.2,
  maxRetryTime: 500,
  retries: 10,
};

/**
 * Creates one client: share it by nothing that must be discarded alone, since `destroy` takes all of its producers, consumers and
 * admins with it.
 */
export function createKafka(connection: KafkaConnection, logger: Logger): KafkaClient {
  const sockets = new Set<Socket>();
  let destroyed = false;
  const socketFactory = (target: {
    host: string;
    port: number;
    ssl: ConnectionOptions;
    onConnect: () => void;
  }): Socket => {
    if (destroyed) throw new Error('the client was discarded');
    const socket = openSocket(connection, target.host, target.port, target.onConnect);
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
    return socket;
  };
  const kafka = createRememberingKafka({
    brokers: [...connection.brokers],
    clientId: connection.clientId ?? 'concord',
    connectionTimeout: 3_000,
    requestTimeout: 10_000,
    retry: RETRY,
    socketFactory,
    logLevel: levelFor(logger),
    logCreator: () => (entry) => forwardLog(logger, entry),
    ...(connection.ssl === undefined ? {} : { ssl: connection.ssl }),
    ...(connection.sasl === undefined ? {} : { sasl: connection.sasl }),
  });
  const destroy = (): void => {
    destroyed = true;
    for (const socket of sockets) socket.destroy(new Error('the client was discarded'));
  };
  return { kafka, destroy };
}

function openSocket(connection: KafkaConnection, host: string, port: number, onConnect: () => void): Socket {
  let socket: Socket;
  if (connection.ssl !== undefined) {
    const serverName = isIP(host) === 0 ? { servername: host } : {};
    socket = connectTls({ host, port, ...serverName, ...connection.ssl }, onConnect);
  } else if (connection.connect !== undefined) {
    socket = connection.connect(host, port);
    socket.once('connect', onConnect);
  } else {
    socket = connectPlain({ host, port }, onConnect);
  }
  // kafkajs may write before the connection stands, each time with a listener of its own.
  socket.setMaxListeners(0);
  socket.setNoDelay(true);
  socket.setKeepAlive(true, KEEP_ALIVE_MS);
  return socket;
}

function levelFor(logger: Logger): logLevel {
  if (logger.isLevelEnabled('trace')) return logLevel.DEBUG;
  if (logger.isLevelEnabled('debug')) return logLevel.INFO;
  return logLevel.NOTHING;
}

/** Whatever kafkajs calls an error is retried or reported by this package, so that none of its lines asks an operator to act. */
function forwardLog(logger: Logger, entry: LogEntry): void {
  const { message, timestamp: _timestamp, ...details } = entry.log;
  const line = { part: entry.namespace, ...details };
  if (entry.level === logLevel.DEBUG) logger.trace(line, message);
  else logger.debug(line, message);
}
