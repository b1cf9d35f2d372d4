import { decodeMarker, type Marker } from '@concord/codec';
import { ONE } from '@concord/model';
import { describe, expect, it } from 'vitest';
import { BYTES_MAX } from './quarantine.ts';
import {
  bar,
  configMarker,
  content,
  markerRecord,
  NOON,
  NOON_MS,
  quote,
  trade,
  Trial,
} from './testing/trial.ts';

function configured<K extends 'trades' | 'quotes' | 'bars'>(kind: K): Trial<K> {
  const trial = new Trial(kind);
  trial.mark(configMarker());
  return trial;
}

describe('the validator, of sound records', () => {
  it('passes them on with verdict and flags, under the instrument as key and with the input timestamp', () => {
    const trial = configured('trades');
    trial.put(trade(1));
    const [output] = trial.put(trade(5), NOON_MS + 7);
    expect(output).toMatchObject({ topic: 'clean.trades', key: 'BTC-USDT', timestampMs: NOON_MS + 7 });
    const expected = { ...trade(5), verdict: 'VALID', flags: ['gap'], fill: 'NONE' };
    expect(trial.read('clean.trades', [output!])).toEqual([expected]);
  });

  it('passes quotes and bars on as well', () => {
    const quotes = configured('quotes');
    expect(quotes.read('clean.quotes', quotes.put(quote(1)))).toMatchObject([
      { verdict: 'VALID', flags: [] },
    ]);
    const bars = configured('bars');
    expect(bars.read('clean.bars', bars.put(bar(1)))).toMatchObject([{ verdict: 'VALID', fill: 'NONE' }]);
  });

  it('passes a suspect on and says so', () => {
    const trial = configured('trades');
    trial.put(trade(1, { idKind: 'AGGREGATE', firstId: '1', lastId: '9' }));
    const outputs = trial.put(trade(2, { idKind: 'AGGREGATE', firstId: '5', lastId: '12' }));
    expect(trial.read('clean.trades', outputs)).toMatchObject([
      { verdict: 'SUSPECT', flags: ['id-overlap'] },
    ]);
  });

  it('drops duplicates without a trace but in the report', () => {
    const trial = configured('trades');
    trial.put(trade(1));
    expect(trial.put(trade(1))).toEqual([]);
    expect(trial.put(trade(1, { session: 's2' }))).toEqual([]);
  });
});

describe('the validator, of bad input', () => {
  it('quarantines what it cannot decode with its own bytes and place, and goes on', () => {
    const trial = configured('trades');
    const bytes = Buffer.from('not a tick');
    const [output] = trial.value(bytes, NOON_MS + 1, 'BTC-USDT');
    expect(output).toMatchObject({ topic: 'quarantine', key: 'BTC-USDT', timestampMs: NOON_MS + 1 });
    const [refused] = trial.read('quarantine', [output!]);
    expect(refused).toMatchObject({
      instrument: 'BTC-USDT',
      source: null,
      topic: 'raw.trades',
      partition: 0,
      offset: 1,
      logTime: NOON + 1_000,
      reasons: [{ code: 'not-avro' }],
      form: 'RECORD',
      schemaId: null,
      truncated: false,
    });
    expect(Buffer.from(refused!.bytes)).toEqual(bytes);
    expect(trial.read('clean.trades', trial.put(trade(1)))).toHaveLength(1);
  });

  it('names the schema that the registry does not know', () => {
    const trial = configured('trades');
    const [refused] = trial.read('quarantine', trial.value(Buffer.from([0, 0, 0, 3, 231, 1])));
    expect(refused).toMatchObject({ reasons: [{ code: 'unknown-schema' }], schemaId: 999, instrument: null });
  });

  it('refuses bytes that are not what their schema says', () => {
    const trial = configured('trades');
    const whole = trial.encode(trade(1));
    expect(trial.codes(trial.value(whole.subarray(0, whole.length - 3)))).toEqual(['undecodable']);
    expect(trial.codes(trial.value(Buffer.concat([whole, Buffer.from([1])])))).toEqual(['undecodable']);
  });

  it('refuses strangers: no configuration yet, unknown instrument, another partition, unknown source', () => {
    const trial = new Trial('trades');
    expect(trial.codes(trial.put(trade(1)))).toEqual(['no-configuration']);
    trial.mark(configMarker());
    expect(trial.codes(trial.put(trade(1, { instrument: 'DOGE-USDT' })))).toEqual(['unknown-instrument']);
    expect(trial.codes(trial.put(trade(1, { instrument: 'XRP-USDT' })))).toEqual(['unknown-instrument']);
    expect(trial.codes(trial.put(trade(1, { source: 'gamma' })))).toEqual(['unknown-source']);
    expect(trial.codes(trial.put(trade(1, { instrument: 'ETH-USDT', source: 'beta' })))).toEqual([
      'unknown-source',
    ]);
    expect(trial.read('clean.trades')).toEqual([]);
  });

  it('quarantines a record that breaks a rule with every reason, once', () => {
    const trial = configured('quotes');
    const bad = quote(1, { bid: -2n * ONE, ask: -3n * ONE });
    const [refused] = trial.read('quarantine', trial.put(bad));
    expect(refused).toMatchObject({
      instrument: 'BTC-USDT',
      source: 'alpha',
      venueSymbol: 'BTCUSDT',
      receiveTime: NOON,
      schemaId: trial.codec.idOf('raw.quotes'),
    });
    expect(refused!.reasons).toEqual([
      { code: 'price-not-positive', message: 'bid is -2; expected above 0' },
      { code: 'price-not-positive', message: 'ask is -3; expected above 0' },
      { code: 'crossed', message: 'bid -2, ask -3; expected bid below ask' },
    ]);
    expect(Buffer.from(refused!.bytes)).toEqual(trial.encode(bad));
    expect(trial.put(bad)).toEqual([]);
  });

  it('refuses a value longer than a tick can be, and keeps as much of it as fits a message', () => {
    const trial = configured('trades');
    const long = trial.encode(trade(1, { conditions: ['x'.repeat(70_000)] }));
    expect(trial.codes(trial.value(long))).toEqual(['oversized']);
    const [refused] = trial.read('quarantine', trial.value(Buffer.alloc(BYTES_MAX + 1)));
    expect(refused).toMatchObject({ truncated: true, reasons: [{ code: 'oversized' }] });
    expect(refused!.bytes).toHaveLength(BYTES_MAX);
  });

  it('quarantines a record that it could read but cannot write, and does not count its id as seen', () => {
    const trial = configured('trades');
    const { codec } = trial;
    const decode = codec.decode.bind(codec);
    let broken = true;
    codec.decode = (topic, value) => {
      const decoded = decode(topic, value);
      if (!decoded.ok || !broken) return decoded;
      return { ...decoded, value: { ...decoded.value, size: 10n ** 40n } };
    };
    expect(trial.put(trade(1)).map(({ topic }) => topic)).toEqual(['quarantine']);
    broken = false;
    expect(trial.codes(trial.outputs)).toEqual(['unencodable']);
    expect(trial.put(trade(1, { ordinal: 2 })).map(({ topic }) => topic)).toEqual(['clean.trades']);
  });
});

describe('the validator, of markers', () => {
  const stream = { source: 'alpha', session: 's1', receiveTime: NOON };
  const place = { ...stream, instrument: 'BTC-USDT', kind: 'trades' } as const;
  const markers: Marker[] = [
    { type: 'session', ...stream, state: 'live' },
    { type: 'clock', time: NOON },
    { type: 'gap', ...place, firstId: '1', lastId: '2', missing: 2 },
    { type: 'repair', ...place, firstId: '1', lastId: '2', outcome: 'filled' },
    { type: 'reconnect', ...stream, previousSession: null, reason: 'cut' },
    { type: 'resync', ...place, reason: 'sequence' },
    { type: 'dropped', ...place, count: 4 },
    configMarker({}, 2),
  ];

  it.each(markers.map((marker) => [marker.type, marker] as const))(
    'passes a %s marker on unchanged',
    (_, marker) => {
      const trial = configured('trades');
      const outputs = trial.mark(marker, NOON_MS + 3);
      expect(outputs).toHaveLength(1);
      expect(outputs[0]).toMatchObject({
        topic: 'clean.trades',
        key: null,
        value: null,
        timestampMs: NOON_MS + 3,
      });
      expect(decodeMarker(outputs[0]!.headers)).toEqual({ ok: true, marker });
    },
  );

  it('turns a refused frame into a quarantine record and passes it on no further', () => {
    const trial = configured('trades');
    const marker: Marker = {
      type: 'refused',
      ...stream,
      ordinal: 9,
      code: 'not-json',
      message: 'no JSON',
      venueSymbol: null,
      instrument: 'BTC-USDT',
      truncated: true,
    };
    const outputs = trial.mark(marker, NOON_MS, Buffer.from('{garbage'));
    expect(outputs.map(({ topic }) => topic)).toEqual(['quarantine']);
    const [frame] = trial.read('quarantine', outputs);
    expect(frame).toMatchObject({
      form: 'FRAME',
      source: 'alpha',
      receiveTime: NOON,
      truncated: true,
      reasons: [{ code: 'not-json', message: 'no JSON' }],
    });
    expect(Buffer.from(frame!.bytes).toString()).toBe('{garbage');
    expect(trial.mark(marker)).toEqual([]);
    expect(trial.mark({ ...marker, ordinal: 10 })).toHaveLength(1);
  });

  it('bounds the texts of a refused frame', () => {
    const trial = configured('trades');
    const long = 'x'.repeat(100_000);
    const texts = {
      ordinal: 1,
      code: long,
      message: long,
      venueSymbol: long,
      instrument: long,
      truncated: false,
    };
    const [frame] = trial.read('quarantine', trial.mark({ type: 'refused', ...stream, ...texts }));
    expect(frame!.reasons[0]!.message).toHaveLength(1_024);
    expect(frame!.reasons[0]!.code).toHaveLength(64);
    expect(frame!.venueSymbol).toHaveLength(1_024);
  });

  it('passes on of a marker what is its own, not what else its record carries', () => {
    const trial = configured('trades');
    const { headers } = markerRecord(markers[0]!, NOON_MS);
    const more = { ...headers, trace: Buffer.alloc(700_000), bytes: Buffer.of(7) };
    const [output] = trial.apply({ key: null, value: null, headers: more, timestampMs: NOON_MS });
    expect(output?.headers).toEqual({ ...headers, bytes: Buffer.of(7) });
  });

  it.each([
    ['not-a-marker', {}, '{}'],
    ['not-a-marker', { note: Buffer.from('é') }, '{"note":"é"}'],
    ['unknown-marker', { marker: Buffer.from('party') }, '{"marker":"party"}'],
    [
      'unreadable-marker',
      { marker: Buffer.from('clock'), body: Buffer.from('{"'), bytes: Buffer.of(0xff, 0) },
      '{"marker":"clock","body":"{\\"","bytes":{"base64":"/wA="}}',
    ],
    [
      'bad-configuration',
      { marker: Buffer.from('config'), body: Buffer.from('{"version":2,"digest":"d","content":7}') },
      '{"marker":"config","body":"{\\"version\\":2,\\"digest\\":\\"d\\",\\"content\\":7}"}',
    ],
  ])('quarantines as %s, with all its headers, a null value in headers %j', (code, headers, bytes) => {
    const trial = configured('trades');
    const outputs = trial.apply({ key: null, value: null, headers, timestampMs: NOON_MS });
    const [refused] = trial.read('quarantine', outputs);
    expect(outputs).toHaveLength(1);
    expect(refused).toMatchObject({ reasons: [{ code }], form: 'RECORD', truncated: false });
    expect(Buffer.from(refused!.bytes).toString()).toBe(bytes);
  });

  it('quarantines a marker whose key cannot be an instrument: a broker may not take back as text what it took as bytes', () => {
    const trial = configured('trades');
    const { headers } = markerRecord(markers[0]!, NOON_MS);
    const key = Buffer.alloc(4_000_000, 0xff);
    const outputs = trial.apply({ key, value: null, headers, timestampMs: NOON_MS });
    expect(trial.codes(outputs)).toEqual(['unreadable-marker']);
    const bytes = outputs.reduce((sum, one) => sum + (one.key?.length ?? 0) + (one.value?.length ?? 0), 0);
    expect(bytes).toBeLessThan(500_000);
  });

  it('keeps as much of the headers of a marker that it refuses as fits a message', () => {
    const trial = configured('trades');
    const headers = { marker: Buffer.from('party'), body: Buffer.alloc(BYTES_MAX, 'x') };
    const [refused] = trial.read(
      'quarantine',
      trial.apply({ key: null, value: null, headers, timestampMs: NOON_MS }),
    );
    expect(refused).toMatchObject({ truncated: true, reasons: [{ code: 'unknown-marker' }] });
    expect(refused!.bytes).toHaveLength(BYTES_MAX);
  });

  it('keeps the configuration in force when the next cannot be used', () => {
    const trial = configured('trades');
    const bad = { ...content(), instruments: [{ id: 'BTC-USDT' }] };
    const outputs = trial.mark({ type: 'config', version: 2, digest: 'd', content: bad });
    expect(trial.codes(outputs)).toEqual(['bad-configuration']);
    expect(outputs).toHaveLength(1);
    const worse = content({ reportMs: 0 });
    expect(trial.codes(trial.mark({ type: 'config', version: 3, digest: 'd', content: worse }))).toEqual([
      'bad-configuration',
    ]);
    expect(trial.read('clean.trades', trial.put(trade(1)))).toHaveLength(1);
  });

  it('stops for rules that it does not carry', () => {
    const trial = configured('trades');
    const later = { ...content(), rules: 99 };
    expect(() => trial.mark({ type: 'config', version: 2, digest: 'd', content: later })).toThrow(
      expect.objectContaining({ code: 'rules-not-carried', fate: 'fatal' }),
    );
  });

  it('judges by the parameters in force at that place of the log', () => {
    const trial = configured('trades');
    const ahead = { eventTime: NOON + 2_000_000 };
    expect(trial.codes(trial.put(trade(1, ahead)))).toEqual([]);
    trial.mark(configMarker({ futureToleranceMs: 1_000 }, 2));
    expect(trial.codes(trial.put(trade(2, ahead)))).toEqual(['event-in-future']);
  });
});
