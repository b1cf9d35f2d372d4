import type { InputRecord } from '@concord/kafka';
import { MICROS_PER_MS } from '@concord/model';
import { DURATION_MS_MAX } from '@concord/runtime';

/** Latest log time, in the year 2254: with any duration of a configuration added it is still an exact number of microseconds. */
export const LOG_MS_MAX = Math.floor(Number.MAX_SAFE_INTEGER / MICROS_PER_MS) - DURATION_MS_MAX;

/** Kafka's word for no timestamp. */
const NONE_MS = -1;

/** The record with a timestamp that can be computed with: where producers set it, it may be any 64-bit number. */
export function withLogTime(record: InputRecord): InputRecord {
  const { timestampMs } = record;
  if (timestampMs >= NONE_MS && timestampMs <= LOG_MS_MAX) return record;
  return { ...record, timestampMs: Math.max(NONE_MS, Math.min(timestampMs, LOG_MS_MAX)) };
}
