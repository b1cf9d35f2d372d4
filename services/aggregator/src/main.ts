import { SnapshotCache } from '@concord/cache';
import { serveStage } from '@concord/kafka';
import { runService } from '@concord/runtime';
import { skipCounter } from './metrics.ts';
import { aggregatorStage } from './stage.ts';

await runService('aggregator', async (context) => {
  const { config, machineClock: clock, logger, metrics, health } = context;
  const onSkip = skipCounter(metrics, logger);
  const { url } = config.redis;
  if (url === undefined) {
    logger.warn('No address of Redis is known (REDIS_URL, or redis.url): no snapshots are written');
    return serveStage(context, (codec) => aggregatorStage(codec, { onSkip }));
  }
  await using cache = SnapshotCache.create({
    url,
    prefix: config.topicPrefix,
    clock,
    logger,
    metrics,
    health,
  });
  // It outlives the stage, so that what the last commit holds is written as well.
  const drained = new AbortController();
  const writing = cache.run(drained.signal);
  try {
    await serveStage(context, (codec) => aggregatorStage(codec, { cache, onSkip }));
  } finally {
    drained.abort();
    await writing;
  }
});
