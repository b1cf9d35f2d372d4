import type { Quarantined, RawTrade } from '@concord/codec';
import { createKafka } from '@concord/kafka';
import { createLogger, SystemClock } from '@concord/runtime';
import { until } from '@concord/testkit';
import { describe, expect, inject, it } from 'vitest';
import { runPipeline, type PipelineRun } from './pipeline-run.ts';

const clock = new SystemClock();
const logger = createLogger({ name: 'test', level: 'error', clock });

async function command(run: PipelineRun, fault: Record<string, unknown>): Promise<void> {
  const url = `${run.pipeline.venues?.controlUrl}/control/fault`;
  const answer = await fetch(url, { method: 'POST', body: JSON.stringify(fault) });
  expect(answer.ok, await answer.text()).toBe(true);
}

/** Writes values into a raw topic as a careless producer would. */
async function produce(run: PipelineRun, topic: string, values: readonly Buffer[]): Promise<void> {
  const client = createKafka({ brokers: inject('kafkaBrokers'), clientId: 'careless' }, logger);
  const producer = client.kafka.producer();
  await producer.connect();
  const messages = values.map((value) => ({ key: 'BTC-USDT', value, partition: 0 }));
  await producer.send({ topic: run.pipeline.config.topicPrefix + topic, messages, acks: -1 });
  await producer.disconnect();
  client.destroy();
}

async function quarantined(run: PipelineRun, code: string, source?: string): Promise<Quarantined> {
  return until(
    `quarantine of ${code} ${source ?? ''}`,
    async () => {
      const records = (await run.read('quarantine')).map(({ value }) => value);
      return records.find(
        ({ reasons, source: from }) =>
          reasons.some((reason) => reason.code === code) && (source === undefined || from === source),
      );
    },
    { everyMs: 200 },
  );
}

/** The values of one instrument's consensus still move. */
async function expectMoving(run: PipelineRun): Promise<void> {
  const before = (await run.read('consensus.quotes')).length;
  await until('more consensus', async () => (await run.read('consensus.quotes')).length > before + 20, {
    everyMs: 200,
  });
}

/** A raw trade as one of the venues gave it, taken from its clean record. */
async function soundTrade(run: PipelineRun): Promise<RawTrade> {
  const [sample] = await run.read('clean.trades');
  if (sample === undefined) throw new Error('no clean trade was found');
  const { verdict: _verdict, flags: _flags, fill: _fill, ...raw } = sample.value;
  return raw;
}

describe('bad input', () => {
  it('goes to quarantine with its bytes and its code, and nothing stops', async () => {
    await using run = await runPipeline({ name: 'bad-input', mode: 'simulated', seed: 7 });
    await run.pipeline.listening;
    await expectMoving(run);
    const pids = new Map([...run.pipeline.services].map(([name, { pid }]) => [name, pid]));

    for (const venue of Object.keys(run.pipeline.config.venues)) {
      await command(run, { kind: 'garbage', venue });
      await command(run, { kind: 'half-frame', venue });
      await command(run, { kind: 'unknown-symbol', venue });
      const garbage = await quarantined(run, 'not-json', venue);
      expect(garbage.form).toBe('FRAME');
      expect(garbage.bytes.length).toBeGreaterThan(0);
      expect(garbage.receiveTime).not.toBeNull();
      const unknown = await quarantined(run, 'unknown-symbol', venue);
      expect(Buffer.from(unknown.bytes).toString()).toContain(unknown.venueSymbol ?? 'a symbol');
    }
    await command(run, { kind: 'huge-frame', venue: 'binance' });
    const huge = await until(
      'quarantine of the 5 MB frame',
      async () => (await run.read('quarantine')).map(({ value }) => value).find(({ truncated }) => truncated),
      { everyMs: 200 },
    );
    expect(huge.bytes.length).toBe(384 * 1_024);

    const notAvro = Buffer.from('this is no record');
    const unknownSchema = Buffer.concat([Buffer.from([0, 0x7f, 0xff, 0xff, 0xff]), Buffer.from('whatever')]);
    const raw = await soundTrade(run);
    const sound = run.codec.encode('raw.trades', { ...raw, instrument: 'BTC-USDT' });
    const broken = sound.subarray(0, sound.length - 3);
    const negative = run.codec.encode('raw.trades', {
      ...raw,
      instrument: 'BTC-USDT',
      source: 'binance',
      price: -1n,
      session: 'careless',
      ordinal: 1,
    });
    await produce(run, 'raw.trades', [notAvro, unknownSchema, broken, negative]);
    for (const [code, bytes] of [
      ['not-avro', notAvro],
      ['unknown-schema', unknownSchema],
      ['undecodable', broken],
      ['price-not-positive', negative],
    ] as const) {
      const record = await quarantined(run, code);
      expect(record.form, code).toBe('RECORD');
      expect(Buffer.from(record.bytes).equals(bytes), code).toBe(true);
      expect(record.topic, code).toBe('raw.trades');
    }

    await expectMoving(run);
    expect(
      new Map([...run.pipeline.services].map(([name, { pid }]) => [name, pid])),
      'no process was started again',
    ).toEqual(pids);
  });
});
