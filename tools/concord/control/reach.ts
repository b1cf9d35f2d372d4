import { connect } from 'node:net';
import { countBrokers } from '@concord/local';
import { ConcordError } from '@concord/model';
import { SystemClock } from '@concord/runtime';

/** Something this command needs does not answer. */
export class UnreachableError extends ConcordError {
  constructor(what: string, variable: string, addresses: readonly string[], reason: string) {
    super(
      'unreachable',
      'fatal',
      `${what} does not answer at ${addresses.join(', ')} (${variable}): ${reason}. ` +
        `Start it or correct the address; npm start without ${variable} brings its own.`,
    );
  }
}

/** A part that was started just before may need as long. */
const WITHIN_MS = 10_000;
const EVERY_MS = 250;
const CONNECT_MS = 3_000;
const ANSWER_MS = 10_000;

/** Waits until one of `addresses` (`host:port`) takes a connection; throws `UnreachableError` after `withinMs`. */
export async function requireReachable(
  what: string,
  variable: string,
  addresses: readonly string[],
  withinMs = WITHIN_MS,
): Promise<void> {
  const clock = new SystemClock();
  const deadlineMs = clock.monotonicMs() + withinMs;
  for (;;) {
    const attempts = await Promise.allSettled(addresses.map((address) => tryConnection(address)));
    if (attempts.some(({ status }) => status === 'fulfilled')) return;
    if (clock.monotonicMs() > deadlineMs) {
      const reasons = attempts.flatMap((attempt) =>
        attempt.status === 'rejected' ? [(attempt.reason as Error).message] : [],
      );
      throw new UnreachableError(what, variable, addresses, reasons[0] ?? 'there is no address');
    }
    await clock.sleep(EVERY_MS);
  }
}

/** As `requireReachable`, for the brokers and the registry of a pipeline at once. */
export async function requireClusterReachable(
  brokers: readonly string[],
  registryUrl: string,
  withinMs?: number,
): Promise<void> {
  await Promise.all([
    requireReachable('Kafka', 'KAFKA_BROKERS', brokers, withinMs),
    requireReachable('The schema registry', 'SCHEMA_REGISTRY_URL', [placeOf(registryUrl)], withinMs),
  ]);
  await Promise.all([requireKafka(brokers, withinMs), requireHttp(registryUrl)]);
}

/** What listens at an address, and speaks of something else, would be asked again and again by the clients. */
async function requireKafka(brokers: readonly string[], withinMs = WITHIN_MS): Promise<void> {
  const clock = new SystemClock();
  const deadlineMs = clock.monotonicMs() + withinMs;
  const { signal } = new AbortController();
  for (;;) {
    const counts = await Promise.all(brokers.map((address) => countBrokers(splitAddress(address), signal)));
    if (counts.some((count) => count > 0)) return;
    const reason = 'what listens there does not speak its protocol';
    if (clock.monotonicMs() > deadlineMs)
      throw new UnreachableError('Kafka', 'KAFKA_BROKERS', brokers, reason);
    await clock.sleep(EVERY_MS);
  }
}

async function requireHttp(registryUrl: string): Promise<void> {
  try {
    const answer = await fetch(registryUrl, { signal: AbortSignal.timeout(ANSWER_MS) });
    await answer.body?.cancel();
  } catch {
    const reason = 'what listens there does not answer by HTTP';
    throw new UnreachableError('The schema registry', 'SCHEMA_REGISTRY_URL', [registryUrl], reason);
  }
}

function splitAddress(address: string): { host: string; port: number } {
  const at = address.lastIndexOf(':');
  return { host: address.slice(0, at).replace(/^\[|\]$/g, ''), port: Number(address.slice(at + 1)) };
}

function tryConnection(address: string): Promise<void> {
  const socket = connect(splitAddress(address));
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  socket.once('connect', () => resolve());
  socket.once('error', reject);
  socket.setTimeout(CONNECT_MS, () => reject(new Error(`no answer within ${CONNECT_MS} ms`)));
  return promise.finally(() => socket.destroy());
}

/** `host:port` of an http address. */
export function placeOf(url: string): string {
  const { hostname, port, protocol } = new URL(url);
  return `${hostname}:${port === '' ? (protocol === 'https:' ? 443 : 80) : port}`;
}
