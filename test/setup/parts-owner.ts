import { startParts } from '@concord/local';

/** A process that owns parts and does nothing else, to be killed by a test: `parts-owner.ts <folder>`; prints their numbers as JSON when they are ready. */
const dir = process.argv[2];
if (dir === undefined) throw new Error('usage: parts-owner.ts <folder>');
const parts = await startParts({ dir });
const pids = [...parts.brokers, parts.registry, parts.redis].map((part) => part?.pid);
process.stdout.write(
  `${JSON.stringify({ pids, kafkaBrokers: parts.kafkaBrokers, redisUrl: parts.redisUrl })}\n`,
);
