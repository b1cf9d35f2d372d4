import { isSnapshotTopic, type SnapshotCache } from '@concord/cache';
import type { Codec } from '@concord/codec';
import type { Stage } from '@concord/kafka';

/** Hands what was committed to the cache. Only what stands in the log can come to be seen there. */
export function snapshotWriter(
  codec: Codec,
  cache: Pick<SnapshotCache, 'put'>,
): NonNullable<Stage['committed']> {
  return (_partition, outputs) => {
    for (const { topic, value } of outputs) {
      if (!isSnapshotTopic(topic)) continue;
      const decoded = codec.decode(topic, value);
      if (decoded.ok) cache.put(topic, decoded.value);
    }
  };
}
