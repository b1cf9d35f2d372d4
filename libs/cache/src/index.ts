export { SnapshotCache, type SnapshotCacheOptions } from './snapshot-cache.ts';
export { SnapshotReader, type SnapshotReaderOptions, type StoredSnapshot } from './snapshot-reader.ts';
export {
  isSnapshotTopic,
  SNAPSHOT_TOPICS,
  snapshotKey,
  snapshotName,
  type SnapshotName,
  type SnapshotRecords,
  type SnapshotTopic,
} from './snapshot.ts';
