import type { Marker, RawTrade } from '@concord/codec';
import { DURATION_MS_MAX } from '@concord/runtime';
import { describe, expect, it } from 'vitest';
import { LOG_MS_MAX } from './log-time.ts';
import { bar, configMarker, NOON, NOON_MS, trade, Trial } from './testing/trial.ts';

const MAX = Number.MAX_SAFE_INTEGER;
const MINUTE_MS = 60_000;

function configured<K extends 'trades' | 'quotes' | 'bars'>(kind: K): Trial<K> {
  const trial = new Trial(kind);
  trial.mark(configMarker());
  return trial;
}

/** The first source's report of the open window, made by a fold that knows only the snapshot of the one before. */
function reported(trial: Trial<'trades' | 'quotes' | 'bars'>, timestampMs = NOON_MS + MINUTE_MS) {
  trial.restart();
  return trial.read('quality', trial.mark({ type: 'clock', time: NOON }, timestampMs))[0];
}

function numbered(ordinal: number, id: string, changes: Partial<RawTrade> = {}): RawTrade {
  return trade(ordinal, { firstId: id, lastId: id, ...changes });
}

describe('the validator, of claims that no number can hold', () => {
  it('reports as many missing ids as can be counted when ids leap, and goes on from its snapshot', () => {
    const trial = configured('trades');
    const ids = ['1', '5000000000000000000', '5000000000000000007', '9000000000000000000'];
    ids.forEach((id, n) => trial.put(numbered(n + 1, id)));
    expect(reported(trial)).toMatchObject({ received: 4, accepted: 4, gaps: 3, missingIds: MAX });
  });

  it('reports as many filled ids as can be counted when a backfill claims to bring them all', () => {
    const trial = configured('trades');
    const aggregate = { idKind: 'AGGREGATE', origin: 'BACKFILL' } as const;
    trial.put(numbered(1, '1', { idKind: 'AGGREGATE' }));
    trial.put(numbered(2, '90000000000000000000', { idKind: 'AGGREGATE' }));
    trial.put(trade(3, { ...aggregate, firstId: '3', lastId: '10000000000000000000' }));
    trial.put(trade(4, { ...aggregate, firstId: '10000000000000000001', lastId: '40000000000000000000' }));
    expect(reported(trial)).toMatchObject({ filled: MAX, missingIds: MAX });
  });

  it('reports as many missing records as can be counted of gaps that only ingestors see', () => {
    const trial = configured('quotes');
    const place = { source: 'alpha', session: 's', receiveTime: NOON, instrument: 'BTC-USDT' } as const;
    const gap: Marker = { type: 'gap', ...place, kind: 'quotes', firstId: null, lastId: null, missing: MAX };
    trial.mark(gap);
    trial.mark(gap);
    expect(reported(trial)).toMatchObject({ gaps: 2, missingIds: MAX });
  });

  it.each([
    ['ages ago', { receiveTime: MAX, eventTime: -MAX }],
    ['in a future far away', { receiveTime: NOON, eventTime: MAX }],
    ['without a receive time', { receiveTime: -MAX, eventTime: MAX }],
    ['long before', { receiveTime: -MAX, eventTime: -MAX }],
  ])('measures no delay and no staleness with the times of a record refused for them: %s', (_, times) => {
    const trial = configured('trades');
    trial.put(trade(1, { receiveTime: NOON + 5_000, eventTime: NOON + 1_000 }));
    expect(trial.codes(trial.put(trade(2, times)))).not.toEqual([]);
    expect(reported(trial)).toMatchObject({
      received: 2,
      rejected: 1,
      skewMicros: 4_000,
      stalenessMicros: MINUTE_MS * 1_000 - 5_000,
    });
  });

  it.each([
    ['the largest that Kafka knows', Number(2n ** 63n - 1n), LOG_MS_MAX],
    ['in the year 9999', 253_402_300_799_999, LOG_MS_MAX],
    ['the least that Kafka knows', Number(-(2n ** 63n)), -1],
  ])('goes on when a producer gives its records any timestamp: %s', (_, timestampMs, logMs) => {
    const trial = new Trial('trades');
    trial.mark(configMarker({ reportMs: DURATION_MS_MAX }));
    const [clean] = trial.put(trade(1), timestampMs).filter(({ topic }) => topic === 'clean.trades');
    expect(clean?.timestampMs).toBe(logMs);
    expect(trial.codes(trial.put(trade(2, { price: 0n }), timestampMs))).toContain('price-not-positive');
    trial.mark({ type: 'clock', time: NOON }, timestampMs);
    expect(reported(trial)).toBeUndefined();
    expect(trial.put(trade(3))).toHaveLength(1);
  });

  it('takes the log’s word for when a record was received whose own says later than it was written', () => {
    const trial = configured('trades');
    trial.put(trade(1, { receiveTime: MAX, eventTime: null, eventTimePrecision: null }), NOON_MS + 9);
    trial.put(trade(2), NOON_MS + 10);
    expect(reported(trial)).toMatchObject({ accepted: 2, stalenessMicros: (MINUTE_MS - 9) * 1_000 });
  });

  it('refuses a bar at the end of time and reports on', () => {
    const trial = configured('bars');
    const outputs = trial.put(bar(1, { start: MAX - 5, end: MAX, receiveTime: MAX, eventTime: -MAX }));
    expect(trial.codes(outputs)).toContain('bar-misaligned');
    expect(reported(trial)).toMatchObject({ received: 1, rejected: 1, delayP50Micros: null });
  });
});
