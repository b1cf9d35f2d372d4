import { createKafka, topicSpecs } from '@concord/kafka';
import { connectPipeline } from '../pipeline/connection.ts';

/** `concord topics`: every topic of the deployment, what it keeps and how much it holds. */
export async function listTopics({ json }: { json?: boolean }): Promise<void> {
  const { kafka, prefix, config, logger } = await connectPipeline('topics');
  const client = createKafka(kafka, logger);
  const admin = client.kafka.admin();
  await admin.connect();
  try {
    const past = config.clock.startAt !== null;
    for (const spec of topicSpecs({
      prefix,
      partitions: config.partitions,
      replication: config.kafka.replication,
      past,
      slots: config.ingestors.slots,
    })) {
      const offsets = await admin.fetchTopicOffsets(spec.topic);
      const positions = offsets.reduce((sum, { low, high }) => sum + Number(high) - Number(low), 0);
      const row = {
        topic: spec.topic,
        partitions: offsets.length,
        positions,
        cleanup: spec.settings['cleanup.policy'],
      };
      process.stdout.write(
        json === true
          ? `${JSON.stringify(row)}\n`
          : `${row.topic.padEnd(28)} ${row.partitions} partitions  ${String(positions).padStart(10)} positions  ${row.cleanup}\n`,
      );
    }
  } finally {
    await admin.disconnect();
    client.destroy();
  }
}
