import type { Marker } from '@concord/codec';
import type { OutputRecord } from '@concord/kafka';
import { ONE } from '@concord/model';
import { CODES, type Code } from '@concord/quality';
import { describe, expect, it } from 'vitest';
import { bar, content, markerRecord, NOON, NOON_MS, quote, trade, Trial } from './testing/trial.ts';

const BOUNDS = {
  minimumPrice: '1',
  maximumPrice: '100000',
  maximumSize: '100',
  tickBands: [{ from: '0', tick: '0.5' }],
  lot: '0.25',
};

/** A validator whose instruments have bounds and a grid. */
function configured<K extends 'trades' | 'quotes' | 'bars'>(kind: K, changes: object = BOUNDS): Trial<K> {
  const trial = new Trial(kind);
  const base = content();
  const instruments = base.instruments.map((instrument) => ({ ...instrument, ...changes }));
  const quality = { ...base.quality, rememberedIds: 16 };
  trial.mark({ type: 'config', version: 1, digest: 'd', content: { ...base, instruments, quality } });
  return trial;
}

type Scene = () => [Trial<'trades' | 'quotes' | 'bars'>, OutputRecord[]];

function trades(...records: ReturnType<typeof trade>[]): Scene {
  return () => {
    const trial = configured('trades');
    return [trial, records.flatMap((record, n) => trial.put({ ...record, ordinal: n + 1 }))];
  };
}

function quotes(...records: ReturnType<typeof quote>[]): Scene {
  return () => {
    const trial = configured('quotes');
    return [trial, records.flatMap((record, n) => trial.put({ ...record, ordinal: n + 1 }))];
  };
}

function bars(...records: ReturnType<typeof bar>[]): Scene {
  return () => {
    const trial = configured('bars');
    return [trial, records.flatMap((record, n) => trial.put({ ...record, ordinal: n + 1 }))];
  };
}

function raw(value: Buffer | null, headers: Record<string, Buffer> = {}): Scene {
  return () => {
    const trial = configured('trades');
    return [trial, trial.apply({ key: null, value, headers, timestampMs: NOON_MS })];
  };
}

function marked(marker: Marker): Scene {
  return raw(null, markerRecord(marker, NOON_MS).headers);
}

const aggregate = (firstId: string, lastId: string) => trade(1, { idKind: 'AGGREGATE', firstId, lastId });
const update = (id: string) => quote(1, { idKind: 'UPDATE', firstId: id, lastId: id });

/** The shortest log that brings each code out. */
const SCENES: Record<Code, Scene> = {
  'not-a-marker': raw(null),
  'unknown-marker': raw(null, { marker: Buffer.from('party') }),
  'unreadable-marker': raw(null, { marker: Buffer.from('clock') }),
  'bad-configuration': marked({ type: 'config', version: 1, digest: 'd', content: 7 }),
  'not-avro': raw(Buffer.from('tick')),
  'unknown-schema': raw(Buffer.from([0, 0, 0, 9, 9, 9])),
  undecodable: raw(Buffer.from([0, 0, 0, 0, 12, 1])),
  oversized: raw(Buffer.alloc(70_000)),
  // The codec refuses to read what it could not write; only a fault of its own would bring this out.
  unencodable: () => {
    const trial = configured('trades');
    const { codec } = trial;
    const decode = codec.decode.bind(codec);
    codec.decode = (topic, value) => {
      const decoded = decode(topic, value);
      return decoded.ok ? { ...decoded, value: { ...decoded.value, fills: 0.5 } } : decoded;
    };
    const outputs = trial.put(trade(1));
    codec.decode = decode;
    return [trial, outputs];
  },
  'no-configuration': () => {
    const trial = new Trial('trades');
    return [trial, trial.put(trade(1))];
  },
  'unknown-instrument': trades(trade(1, { instrument: 'DOGE' })),
  'unknown-source': trades(trade(1, { source: 'gamma' })),
  'missing-field': trades(trade(1, { session: '' })),
  'bad-id': trades(trade(1, { firstId: 'x' })),
  'price-not-positive': trades(trade(1, { price: 0n })),
  'size-negative': trades(trade(1, { size: -ONE })),
  'size-not-whole': () => {
    const trial = configured('trades', { sizeUnit: 'SHARES' });
    return [trial, trial.put(trade(1))];
  },
  'price-out-of-bounds': trades(trade(1, { price: 200_000n * ONE })),
  'size-out-of-bounds': trades(trade(1, { size: 200n * ONE })),
  'off-tick': trades(trade(1, { price: ONE + 1n })),
  'off-lot': trades(trade(1, { size: ONE / 8n })),
  'event-in-future': trades(trade(1, { eventTime: NOON + 10_000_000 })),
  'event-too-old': trades(trade(1, { eventTime: NOON - 100_000_000_000 })),
  'clock-ahead': trades(trade(1, { receiveTime: NOON + 2_000_000 })),
  duplicate: trades(trade(1), trade(1)),
  superseded: bars(bar(1, { eventTime: NOON }), bar(1, { session: 's2', volume: ONE })),
  'beyond-horizon': trades(...Array.from({ length: 20 }, (_, n) => trade(n * 2)), trade(2)),
  'id-overlap': trades(aggregate('1', '5'), aggregate('4', '9')),
  gap: trades(trade(1), trade(5)),
  late: trades(trade(5), trade(1)),
  'id-reset': quotes(update('50'), update('1')),
  crossed: quotes(quote(1, { bid: 60_002n * ONE })),
  locked: quotes(quote(1, { bid: 60_001n * ONE })),
  'bar-inconsistent': bars(bar(1, { low: 11n * ONE })),
  'volume-negative': bars(bar(1, { volume: -ONE })),
  'vwap-outside': bars(bar(1, { vwap: 20n * ONE })),
  'bar-misaligned': bars(bar(1, { start: NOON + 5 })),
  'bar-not-newer': bars(bar(1), bar(2, { revision: 0 })),
};

/** Where a code shows: in quarantine, in the flags of a clean record, or in the counts of a report. */
function shown(
  trial: Trial<'trades' | 'quotes' | 'bars'>,
  outputs: OutputRecord[],
): Record<string, string[]> {
  const clean = [`clean.${trial.kind}` as const].flatMap((topic) => trial.read(topic, outputs));
  const later = trial.mark({ type: 'clock', time: 0 }, NOON_MS + 60_000);
  return {
    REJECT: trial.codes(outputs),
    SUSPECT: clean.filter(({ verdict }) => verdict === 'SUSPECT').flatMap(({ flags }) => flags),
    INFO: clean.filter(({ verdict }) => verdict === 'VALID').flatMap(({ flags }) => flags),
    DROP: trial.read('quality', later).flatMap(({ codes }) => codes.map(({ code }) => code)),
  };
}

describe('each code of the validator', () => {
  it.each(Object.entries(SCENES))('%s comes out of a log and has the effect of its table', (code, scene) => {
    const { effect } = CODES[code as Code];
    expect(shown(...scene())[effect]).toContain(code);
  });

  it('has a rule, an effect and a meaning of one line', () => {
    for (const { rule, effect, meaning } of Object.values(CODES)) {
      expect(rule).toBeGreaterThanOrEqual(0);
      expect(['REJECT', 'SUSPECT', 'INFO', 'DROP']).toContain(effect);
      expect(meaning).toMatch(/^[^\n|]+\.$/);
    }
  });
});
