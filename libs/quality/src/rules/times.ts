import { MICROS_PER_MS, type Micros } from '@concord/model';
import { Finding, type Code } from '../codes.ts';
import type { RawRecord } from '../record.ts';
import { gather, type Rule, type Subject } from '../rule.ts';

/**
 * Whether a judged record's times may be measured with: a receive time that is missing (rule 1), or an event time that cannot belong to
 * it (rule 4), tells nothing of delays and staleness.
 */
export function timesHold(record: RawRecord, codes: readonly Code[]): boolean {
  return record.receiveTime > 0 && !codes.includes('event-in-future') && !codes.includes('event-too-old');
}

function eventTime({ record, rules }: Subject): Finding | undefined {
  if (record.eventTime === null) return undefined;
  const behind = record.receiveTime - record.eventTime;
  const { futureToleranceMs, liveMaximumAgeMs } = rules.parameters;
  if (-behind > futureToleranceMs * MICROS_PER_MS) {
    return new Finding(
      'event-in-future',
      () => `eventTime is ${-behind} µs ahead of receiveTime; expected at most ${futureToleranceMs} ms`,
    );
  }
  if (record.origin === 'LIVE' && behind > liveMaximumAgeMs * MICROS_PER_MS) {
    return new Finding(
      'event-too-old',
      () =>
        `eventTime is ${behind} µs behind receiveTime; expected at most ${liveMaximumAgeMs} ms while LIVE`,
    );
  }
  return undefined;
}

function isAhead({ record, rules, logTime }: Subject): boolean {
  return record.receiveTime - logTime > rules.parameters.clockAheadMs * MICROS_PER_MS;
}

/** When a record was received, for staleness: where the ingestor's clock is too far ahead, the log knows better. */
export function receivedAt(subject: Subject): Micros {
  return isAhead(subject) ? subject.logTime : subject.record.receiveTime;
}

function ingestorClock(subject: Subject): Finding | undefined {
  if (!isAhead(subject)) return undefined;
  const ahead = subject.record.receiveTime - subject.logTime;
  const { clockAheadMs } = subject.rules.parameters;
  return new Finding(
    'clock-ahead',
    () => `receiveTime is ${ahead} µs ahead of the log; expected at most ${clockAheadMs} ms`,
  );
}

/** Rule 4: the venue's clock against the ingestor's, and the ingestor's against the log's. */
export const times: Rule = (subject) => gather(eventTime(subject), ingestorClock(subject));
