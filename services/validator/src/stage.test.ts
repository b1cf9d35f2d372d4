import { Codec, decodeMarker, numberedCodec, AVRO_TOPICS, type SchemaSource } from '@concord/codec';
import type { InputRecord } from '@concord/kafka';
import { Registry } from 'prom-client';
import { describe, expect, it } from 'vitest';
import { ValidatorMetrics } from './metrics.ts';
import { validatorStage } from './stage.ts';
import { configMarker, NOON_MS, trade, Trial } from './testing/trial.ts';

describe("the validator's stage", () => {
  it('reads the raw topics and writes clean, quarantine and quality', () => {
    const stage = validatorStage(numberedCodec());
    expect(stage.name).toBe('validator');
    expect(stage.inputs).toEqual(['raw.trades', 'raw.quotes', 'raw.bars']);
    expect(stage.outputs).toEqual(['clean.trades', 'clean.quotes', 'clean.bars', 'quarantine', 'quality']);
    expect(() => stage.createFold('sources', 0)).toThrow(RangeError);
  });

  it('gives each raw topic a clock marker with the time it is asked at', () => {
    const ticks = validatorStage(numberedCodec()).ticks?.(0, NOON_MS) ?? [];
    expect(ticks.map(({ topic, timestampMs }) => [topic, timestampMs])).toEqual([
      ['raw.trades', NOON_MS],
      ['raw.quotes', NOON_MS],
      ['raw.bars', NOON_MS],
    ]);
    for (const { headers } of ticks) {
      expect(decodeMarker(headers)).toEqual({ ok: true, marker: { type: 'clock', time: NOON_MS * 1_000 } });
    }
  });

  it('looks the schema ids of a batch that it does not know up before the batch is folded, unknown ones each time', async () => {
    const asked: unknown[] = [];
    const source: SchemaSource = {
      lookUp: (ids, topic) => {
        asked.push([topic, ...ids]);
        return Promise.resolve(new Map());
      },
    };
    const codec = new Codec(new Map(AVRO_TOPICS.map((topic, index) => [topic, index + 1])), source);
    const id = codec.idOf('raw.trades');
    const values = [[0, 0, 0, 3, 232, 1], [0, 0, 0, 3, 232, 2], [0, 0, 0, 0, id, 1], [9]].map((bytes) =>
      Buffer.from(bytes),
    );
    const records = [...values, null].map((value, offset): InputRecord => ({
      topic: 'raw.trades',
      partition: 0,
      offset,
      timestampMs: NOON_MS,
      key: null,
      value,
      headers: {},
    }));
    const stage = validatorStage(codec);
    const { signal } = new AbortController();
    await stage.prepare?.(records, signal);
    await stage.prepare?.(records, signal);
    expect(asked).toEqual([
      ['raw.trades', 1_000],
      ['raw.trades', 1_000],
    ]);
  });
});

describe('metrics of the validator', () => {
  it('count what was committed and tell the figures of closed windows', async () => {
    const registry = new Registry();
    const trial = new Trial('trades');
    const stage = validatorStage(trial.codec, new ValidatorMetrics(registry));
    expect(await registry.metrics()).toContain('concord_validator_outputs_total{topic="quarantine"} 0');
    trial.mark(configMarker());
    trial.put(trade(1));
    trial.put(trade(4));
    trial.put(trade(5, { price: 0n }));
    trial.mark({ type: 'clock', time: 0 }, NOON_MS + 60_000);
    stage.committed?.(0, trial.outputs);
    const text = await registry.metrics();
    const stream = 'source="alpha",instrument="BTC-USDT",kind="trades"';
    expect(text).toContain('concord_validator_outputs_total{topic="clean.trades"} 4');
    expect(text).toContain('concord_validator_outputs_total{topic="quality"} 3');
    expect(text).toContain(`concord_quality_records_total{${stream},outcome="accepted"} 2`);
    expect(text).toContain(`concord_quality_records_total{${stream},outcome="rejected"} 1`);
    expect(text).toContain(`concord_quality_coverage_total{${stream},state="verified"} 1`);
    expect(text).toContain(`concord_quality_missing_ids_total{${stream}} 2`);
    expect(text).toContain('concord_quality_codes_total{source="alpha",kind="trades",code="gap"} 1');
    expect(text).toContain(`concord_quality_staleness_seconds{${stream}} 60`);
    expect(text).toContain(`concord_quality_skew_seconds{${stream}} 0.02`);
    expect(text).not.toContain('concord_quality_skew_seconds{source="beta"');
    trial.mark({ type: 'clock', time: 0 }, NOON_MS + 120_000);
    stage.committed?.(0, trial.outputs.slice(-4));
    expect(await registry.metrics()).not.toContain(`concord_quality_skew_seconds{${stream}}`);
  });
});
