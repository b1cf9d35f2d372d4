import type { Clock } from '@concord/runtime';
import { protocolErrorOf } from './errors.ts';

const UNSETTLED = new Set(['NOT_LEADER_FOR_PARTITION', 'LEADER_NOT_AVAILABLE', 'UNKNOWN_TOPIC_OR_PARTITION']);
const LIMIT_MS = 15_000;
const WAIT_MS = 50;

/** Whether a broker does not know a topic or its leader yet, as right after the topic was made or a leader has changed. */
export function isUnsettled(error: unknown): boolean {
  return UNSETTLED.has(protocolErrorOf(error) ?? '');
}

/** kafkajs' admin asks nobody for the offsets of a partition without a leader, and then takes the answer apart that it does not have. */
function isLeaderless(error: unknown): boolean {
  return error instanceof TypeError;
}

/** Asks again for up to 15 s while leaders are unsettled: kafkajs' admin does not. */
export async function onceSettled<T>(machineClock: Clock, ask: () => Promise<T>): Promise<T> {
  const deadlineMs = machineClock.monotonicMs() + LIMIT_MS;
  for (;;) {
    try {
      return await ask();
    } catch (error) {
      const isPassing = isUnsettled(error) || isLeaderless(error);
      if (!isPassing || machineClock.monotonicMs() > deadlineMs) throw error;
      await machineClock.sleep(WAIT_MS);
    }
  }
}
