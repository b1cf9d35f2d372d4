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

/** Waits until one of `addresses` answers, by default takes a connection at `host:port`; throws `UnreachableError` after `withinMs`. */
export async function requireReachable(
  what: string,
  variable: string,
  addresses: readonly string[],
  withinMs = WITHIN_MS,
  attempt: (address: string) => Promise<void> = tryConnection,
): Promise<void> {
  const clock = new SystemClock();
  const deadlineMs = clock.monotonicMs() + withinMs;
  for (;;) {
    const attempts = await Promise.allSettled(addresses.map(attempt));
    if (attempts.some(({ status }) => status === 'fulfilled')) return;
    if (clock.monotonicMs() > deadlineMs) {
      const reasons = attempts.flatMap((one) =>
        one.status === 'rejected' ? [(one.reason as Error).message] : [],
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
    requireReachable('Kafka', 'KAFKA_BROKERS', brokers, withinMs, tryKafka),
    requireReachable('The schema registry', 'SCHEMA_REGISTRY_URL', [registryUrl], withinMs, tryHttp),
  ]);
}

/** What listens at an address, and speaks of something else, would be asked again and again by the clients. */
async function tryKafka(address: string): Promise<void> {
  await tryConnection(address);
  const { signal } = new AbortController();
  if ((await countBrokers(splitAddress(address), signal)) === 0)
    throw new Error('what listens there does not answer as a broker does');
}

async function tryHttp(url: string): Promise<void> {
  await tryConnection(placeOf(url));
  try {
    const answer = await fetch(url, { signal: AbortSignal.timeout(ANSWER_MS) });
    await answer.body?.cancel();
  } catch (error) {
    throw new Error('what listens there does not answer by HTTP', { cause: error });
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
