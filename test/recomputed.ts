import { readCommitted, type InputRecord, type OutputRecord, type Stage } from '@concord/kafka';
import { createLogger, SystemClock } from '@concord/runtime';
import { expect, inject } from 'vitest';

const logger = createLogger({ name: 'test', level: 'error', clock: new SystemClock() });

/** What a consumer can tell of a record, apart from its offset. */
function face(record: Pick<OutputRecord, 'key' | 'value' | 'headers' | 'timestampMs'>): string {
  const headers = Object.entries(record.headers ?? {}).map(
    ([name, value]) => `${name}=${Buffer.from(value).toString('base64')}`,
  );
  return `${record.timestampMs} ${record.key} ${record.value?.toString('base64')} ${headers.sort().join(' ')}`;
}

async function readTopics(
  topics: readonly string[],
  prefix: string,
  brokers: readonly string[],
): Promise<InputRecord[]> {
  const kafka = { brokers, clientId: 'recomputed' };
  await using reader = await readCommitted({
    kafka,
    topics,
    prefix,
    logger,
    from: 'beginning',
    until: 'end',
  });
  const records: InputRecord[] = [];
  for await (const record of reader) records.push(record);
  return records;
}

/**
 * Folds a stage's whole input once, undisturbed, in this process, and holds what the pipeline has committed against it: byte for byte, in
 * order, per partition. Folds of one task share output partitions, so each input's outputs are compared as the subsequence they are.
 * Returns how many records were compared. The shared broker is read unless others are named.
 */
export async function expectRecomputed(
  stage: Stage,
  prefix: string,
  partitions: number,
  brokers: readonly string[] = inject('kafkaBrokers'),
): Promise<number> {
  const committed = await readTopics(stage.outputs, prefix, brokers);
  const inputs = await readTopics(stage.inputs, prefix, brokers);
  await stage.prepare?.(inputs, AbortSignal.timeout(10_000));
  const order = new Map<string, string[]>();
  for (const topic of stage.inputs) {
    for (let partition = 0; partition < partitions; partition++) {
      const fold = stage.createFold(topic, partition);
      for (const record of inputs) {
        if (record.topic !== topic || record.partition !== partition) continue;
        fold.apply(record, (output) => {
          const name = `${output.topic}[${partition}] from ${topic}`;
          const faces = order.get(name);
          if (faces === undefined) order.set(name, [face(output)]);
          else faces.push(face(output));
        });
      }
    }
  }
  return compare(committed, order);
}

/** Each committed record must be the next one of exactly one input's outputs. */
function compare(committed: readonly InputRecord[], order: ReadonlyMap<string, readonly string[]>): number {
  const position = new Map<string, number>();
  for (const record of committed) {
    const where = `${record.topic}[${record.partition}]`;
    const found = face({ ...record, key: record.key?.toString() ?? null });
    const source = [...order].find(
      ([name, faces]) => name.startsWith(`${where} from `) && faces[position.get(name) ?? 0] === found,
    );
    expect(source, `${where}@${record.offset} is not what the fold makes of the log`).toBeDefined();
    const [name] = source as [string, readonly string[]];
    position.set(name, (position.get(name) ?? 0) + 1);
  }
  return committed.length;
}
