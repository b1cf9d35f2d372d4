import type { ConsensusBar, ConsensusQuote, ConsensusTrade } from '@concord/codec';
import { INTERVAL_NAMES } from '@concord/model';

/** Topics whose newest records are kept as snapshots, with their records. */
export interface SnapshotRecords {
  'consensus.trades': ConsensusTrade;
  'consensus.quotes': ConsensusQuote;
  'consensus.bars': ConsensusBar;
}

export type SnapshotTopic = keyof SnapshotRecords;

export const SNAPSHOT_TOPICS: readonly SnapshotTopic[] = [
  'consensus.trades',
  'consensus.quotes',
  'consensus.bars',
];

export function isSnapshotTopic(topic: string): topic is SnapshotTopic {
  return (SNAPSHOT_TOPICS as readonly string[]).includes(topic);
}

/** Names one snapshot. Bars have one per interval and method, since both kinds of bars may exist side by side. */
export interface SnapshotName {
  readonly topic: SnapshotTopic;
  readonly instrument: string;
  readonly interval?: string;
  /** Of bars: TAPE unless told. */
  readonly method?: string;
}

/**
 * Key of a snapshot in Redis, and the name of the channel that announces it:
 * `concord:<prefix>snapshot:<topic>:<instrument>`, for bars followed by `:<interval>` (tape) or `:<interval>:<method>` (others).
 */
export function snapshotKey(prefix: string, name: SnapshotName): string {
  const { topic, instrument, interval, method = 'TAPE' } = name;
  const key = `concord:${prefix}snapshot:${topic}:${instrument}`;
  if (topic !== 'consensus.bars') return key;
  if (interval === undefined || !(INTERVAL_NAMES as readonly string[]).includes(interval)) {
    throw new RangeError(`a snapshot of bars is named with one of the intervals ${INTERVAL_NAMES.join(' ')}`);
  }
  return method === 'TAPE' ? `${key}:${interval}` : `${key}:${interval}:${method}`;
}

/** The name under which a record is kept. */
export function snapshotName<T extends SnapshotTopic>(topic: T, record: SnapshotRecords[T]): SnapshotName {
  const { instrument, method } = record;
  return 'interval' in record
    ? { topic, instrument, interval: record.interval, method }
    : { topic, instrument };
}
