import type { Clock } from '@concord/runtime';
import { Redis } from 'ioredis';

const RETRY_MS = 50;
const RETRY_MS_MAX = 2_000;
/** A command without an answer for this long has failed. */
const ANSWER_MS_MAX = 2_000;

/**
 * A connection that comes back by itself (capped back-off with full jitter) and never queues: while it is away commands fail at
 * once, so that nothing old is sent later. Not connected yet.
 */
export function openRedis(url: string, name: string, clock: Clock): Redis {
  return new Redis(url, {
    lazyConnect: true,
    connectionName: name,
    enableOfflineQueue: false,
    autoResendUnfulfilledCommands: false,
    maxRetriesPerRequest: 0,
    commandTimeout: ANSWER_MS_MAX,
    connectTimeout: ANSWER_MS_MAX,
    disableClientInfo: true,
    retryStrategy: (attempt) => {
      const ceiling = Math.min(RETRY_MS_MAX, RETRY_MS * 2 ** Math.min(attempt, 10));
      return Math.ceil(ceiling * clock.random());
    },
  });
}
