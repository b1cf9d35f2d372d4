import { setTimeout as delay } from 'node:timers/promises';
import { createCodec, type Instrument } from '@concord/codec';
import { readCommitted } from '@concord/kafka';
import { createLogger, SystemClock } from '@concord/runtime';
import type { Scenario } from '../harness/scenario.ts';
import { slope, type Point } from '../harness/statistics.ts';
import { FloodedIngestor } from '../ingest/flooded-ingestor.ts';
import { plainKafka } from '../relay/kafka.ts';

const PACE = 3_000;
const CHANGE_MS = 1_000;
/** Heaps grow to their working size first; the part of the time that is left out. */
const WARM_UP_SHARE = 0.3;
const GROWTH_MB_MAX = 0.2;
const MEMORY_MB_MAX = 150;

const clock = new SystemClock();
const logger = createLogger({ name: 'bench', level: 'error', clock });

export const scenario: Scenario = {
  says: 'memory of one ingestor while an instrument is added or removed every second (an hour: --minutes 60)',
  onRequest: true,
  run: async (context) => {
    const { signal, minutes, onProgress } = context;
    await using flooded = await FloodedIngestor.start(context, 'churn', PACE);
    const { pipeline } = flooded;
    const { topicPrefix: prefix } = pipeline.config;
    const brokers = pipeline.parts.kafkaBrokers;
    const codec = await createCodec({ registry: pipeline.parts.registryUrl, prefix, clock });
    const instruments: { readonly partition: number; value: Instrument }[] = [];
    const reading = {
      kafka: { brokers, clientId: 'churn' },
      topics: ['instruments'],
      prefix,
      logger,
    } as const;
    await using reader = await readCommitted({ ...reading, from: 'beginning', until: 'end' });
    for await (const { partition, value } of reader) {
      const decoded = value === null ? undefined : codec.decode('instruments', value);
      if (decoded?.ok === true) instruments.push({ partition, value: decoded.value });
    }
    const producer = plainKafka(brokers, 'churn').producer();
    await producer.connect();
    const points: Point[] = [];
    const startMs = performance.now();
    let changes = 0;
    try {
      while (performance.now() - startMs < minutes * 60_000) {
        // The first stays, so that the connection does.
        const one = instruments[1 + (changes % (instruments.length - 1))];
        if (one === undefined) throw new Error('there are no instruments');
        one.value = { ...one.value, status: one.value.status === 'ACTIVE' ? 'DELISTED' : 'ACTIVE' };
        const value = codec.encode('instruments', one.value);
        const messages = [{ key: one.value.id, value, partition: one.partition }];
        await producer.send({ topic: `${prefix}instruments`, messages });
        changes++;
        await delay(CHANGE_MS, undefined, { signal });
        points.push({ x: (performance.now() - startMs) / 60_000, y: flooded.usage().residentMb });
        if (changes % 60 === 0) onProgress(`${changes} changes, ${await flooded.memory()}`);
      }
    } finally {
      await producer.disconnect();
    }
    const settled = points.filter(({ x }) => x > minutes * WARM_UP_SHARE);
    return [
      { name: 'changes', unit: 'instruments', value: changes },
      { name: 'records written', unit: 'records', value: await flooded.written() },
      { name: 'growth of memory', unit: 'MB/min', value: slope(settled), atMost: GROWTH_MB_MAX },
      {
        name: 'most memory',
        unit: 'MB',
        value: Math.max(...points.map(({ y }) => y)),
        atMost: MEMORY_MB_MAX,
      },
    ];
  },
};
