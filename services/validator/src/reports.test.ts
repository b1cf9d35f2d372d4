import type { Marker } from '@concord/codec';
import { describe, expect, it } from 'vitest';
import { configMarker, NOON, NOON_MS, quote, trade, Trial } from './testing/trial.ts';

const MINUTE_MS = 60_000;

function clock(trial: Trial<'trades' | 'quotes'>, timestampMs: number) {
  return trial.mark({ type: 'clock', time: timestampMs * 1_000 }, timestampMs);
}

describe('quality reports of the validator', () => {
  it('come for every source of every instrument, in the order of the definition, before the marker that closed the window', () => {
    const trial = new Trial('trades');
    trial.mark(configMarker());
    trial.put(trade(1), NOON_MS + 5);
    const outputs = clock(trial, NOON_MS + MINUTE_MS);
    expect(outputs.map(({ topic, key }) => `${topic} ${key}`)).toEqual([
      'quality BTC-USDT',
      'quality BTC-USDT',
      'quality ETH-USDT',
      'clean.trades null',
    ]);
    expect(outputs.every(({ timestampMs }) => timestampMs === NOON_MS + MINUTE_MS)).toBe(true);
    expect(trial.read('quality', outputs)).toMatchObject([
      {
        instrument: 'BTC-USDT',
        source: 'alpha',
        kind: 'TRADES',
        start: NOON,
        received: 1,
        accepted: 1,
        verified: 1,
      },
      { instrument: 'BTC-USDT', source: 'beta', received: 0 },
      { instrument: 'ETH-USDT', source: 'alpha', received: 0 },
    ]);
  });

  it('are closed by the instrument’s own records and by markers, never by its neighbours', () => {
    const trial = new Trial('trades');
    trial.mark(configMarker());
    const other = trade(1, { instrument: 'ETH-USDT', venueSymbol: 'ETHUSDT' });
    const outputs = trial.put(other, NOON_MS + MINUTE_MS);
    expect(trial.read('quality', outputs).map(({ instrument }) => instrument)).toEqual(['ETH-USDT']);
    expect(outputs.at(-1)?.topic).toBe('clean.trades');
    expect(
      trial.read('quality', clock(trial, NOON_MS + MINUTE_MS + 1)).map(({ instrument }) => instrument),
    ).toEqual(['BTC-USDT', 'BTC-USDT']);
  });

  it('put a record that closes a window into the next one', () => {
    const trial = new Trial('trades');
    trial.mark(configMarker());
    trial.put(trade(1), NOON_MS + MINUTE_MS);
    const [alpha] = trial.read('quality', clock(trial, NOON_MS + 2 * MINUTE_MS));
    expect(alpha).toMatchObject({ start: NOON + 60_000_000, received: 1 });
  });

  it('do not let log time go back', () => {
    const trial = new Trial('trades');
    trial.mark(configMarker());
    clock(trial, NOON_MS + MINUTE_MS);
    expect(trial.read('quality', trial.put(trade(1), NOON_MS + 1))).toEqual([]);
    expect(trial.read('quality', clock(trial, NOON_MS + MINUTE_MS + 5))).toEqual([]);
  });

  it('count what only ingestors can see: refused frames, gaps without ids, overflows', () => {
    const trial = new Trial('quotes');
    trial.mark(configMarker());
    const stream = { source: 'alpha', session: 's1', receiveTime: NOON } as const;
    const place = { ...stream, instrument: 'BTC-USDT', kind: 'quotes' } as const;
    const marks: Marker[] = [
      { type: 'gap', ...place, firstId: null, lastId: null, missing: null },
      { type: 'gap', ...place, firstId: '5', lastId: '9', missing: 5 },
      { type: 'gap', ...place, kind: 'trades', firstId: null, lastId: null, missing: 3 },
      { type: 'gap', ...place, instrument: 'DOGE-USDT', firstId: null, lastId: null, missing: 3 },
      { type: 'dropped', ...place, instrument: null, count: 12 },
      { type: 'dropped', ...place, kind: 'bars', count: 1 },
      {
        type: 'refused',
        ...place,
        ordinal: 1,
        code: 'half-frame',
        message: '',
        venueSymbol: null,
        truncated: false,
      },
    ];
    for (const marker of marks) trial.mark(marker);
    trial.put(quote(1));
    const [alpha, beta, eth] = trial.read('quality', clock(trial, NOON_MS + MINUTE_MS));
    expect(alpha).toMatchObject({
      received: 2,
      rejected: 1,
      gaps: 2,
      missingIds: 0,
      unverifiable: 1,
      suspect: 1,
      codes: [
        { code: 'dropped', count: 1 },
        { code: 'gap', count: 1 },
        { code: 'half-frame', count: 1 },
      ],
    });
    expect(beta).toMatchObject({ gaps: 0 });
    expect(eth).toMatchObject({ gaps: 1 });
  });
});
