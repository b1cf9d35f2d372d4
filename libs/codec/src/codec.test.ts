import { describe, expect, it } from 'vitest';
import { AVRO_TOPICS, Codec, numberedCodec } from './codec.ts';
import { EncodeError } from './errors.ts';
import type { CodeCount, Instrument, QualityReport, Quarantined, RawTrade } from './records.generated.ts';
import type { RegisteredSchema } from './registry.ts';
import { SCHEMAS } from './schemas.generated.ts';

const trade: RawTrade = {
  instrument: 'BTC-USDT',
  source: 'alpha',
  venueSymbol: 'BTCUSDT',
  market: null,
  eventTime: 1_700_000_000_123_000,
  eventTimePrecision: 'MILLISECOND',
  receiveTime: 1_700_000_000_150_456,
  idKind: 'AGGREGATE',
  firstId: '3456789012',
  lastId: '3456789014',
  fills: 3,
  venueSequence: null,
  session: 'alpha-0-1',
  ordinal: 7,
  origin: 'LIVE',
  conditions: [],
  action: 'NEW',
  delayed: false,
  sampled: false,
  currency: 'USDT',
  sizeUnit: 'BTC',
  price: 65_083_560_000_000_000n,
  size: 12_340_000_000n,
  side: 'BUY',
};

const refused: Quarantined = {
  instrument: null,
  source: null,
  venueSymbol: null,
  topic: 'raw.trades',
  partition: 0,
  offset: 1,
  logTime: 2,
  receiveTime: null,
  reasons: [{ code: 'parse', message: 'no JSON' }],
  form: 'FRAME',
  schemaId: null,
  truncated: false,
  bytes: Buffer.from('{'),
};

const report: QualityReport = {
  instrument: 'BTC-USDT',
  source: 'alpha',
  kind: 'TRADES',
  start: 0,
  end: 1,
  received: 0,
  accepted: 0,
  noted: 0,
  suspected: 0,
  rejected: 0,
  codes: [{ code: 'a', count: 1 }],
  duplicates: 0,
  late: 0,
  gaps: 0,
  missingIds: 0,
  filled: 0,
  stalenessMicros: null,
  delayP50Micros: null,
  delayP99Micros: null,
  skewMicros: null,
  verified: 0,
  unverifiable: 0,
  suspect: 0,
};

const instrument: Instrument = {
  id: 'BTC-USDT',
  assetClass: 'CRYPTO',
  base: 'BTC',
  quote: 'USDT',
  currency: 'USDT',
  sizeUnit: 'BTC',
  partition: 0,
  priceScale: 2,
  tickBands: [],
  lot: null,
  multiplier: 1n,
  minimumPrice: null,
  maximumPrice: null,
  maximumSize: null,
  negativePrices: false,
  status: 'ACTIVE',
  expiry: null,
  venues: [],
  calendar: null,
  splits: [],
  parameters: '{}',
  configVersion: 1,
};

const codec = numberedCodec();

describe('encoding', () => {
  it.each<[change: object, path: string, expected: RegExp]>([
    [{ price: 1.5 }, 'price', /a bigint of at most 38 digits, in units of 10\^-12, got 1\.5$/],
    [{ price: '1.5' }, 'price', /got "1\.5"$/],
    [{ price: 10n ** 38n }, 'price', /got the bigint 1000/],
    [{ size: -(10n ** 38n) }, 'size', /got the bigint -1000/],
    [{ side: 'LONG' }, 'side', /null or one of UNKNOWN BUY SELL, got "LONG"/],
    [{ origin: null }, 'origin', /one of UNKNOWN LIVE SNAPSHOT BACKFILL, got null/],
    [{ instrument: undefined }, 'instrument', /a string, got undefined/],
    [{ market: undefined }, 'market', /null or a string, got undefined/],
    [{ fills: 2 ** 31 }, 'fills', /null or a 32-bit integer, got 2147483648/],
    [{ ordinal: 0.5 }, 'ordinal', /an integer within ±2\^53, got 0\.5/],
    [{ ordinal: 2 ** 53 }, 'ordinal', /got 9007199254740992/],
    [{ receiveTime: Number.NaN }, 'receiveTime', /a time in whole microseconds, got NaN/],
    [{ delayed: 1 }, 'delayed', /a boolean, got 1/],
    [{ conditions: 'T' }, 'conditions', /an array, got "T"/],
    [{ conditions: ['T', 4] }, 'conditions[1]', /a string, got 4/],
  ])('refuses %o naming the field and what was expected', (change, path, expected) => {
    const attempt = (): Buffer => codec.encode('raw.trades', { ...trade, ...change });
    expect(attempt).toThrowError(expected);
    expect(attempt).toThrowError(EncodeError);
    expect(attempt).toThrowError(expect.objectContaining({ code: 'unencodable', fate: 'quarantine', path }));
  });

  it('names a field inside an entry, bytes that are none, and a record that is none', () => {
    const codes = [{ code: 'a', count: 1 }, { code: 'b', count: '2' } as unknown as CodeCount];
    expect(() => codec.encode('quality', { ...report, codes })).toThrowError(
      /^quality: codes\[1\]\.count must be/,
    );
    const bytes = 'text' as unknown as Uint8Array;
    expect(() => codec.encode('quarantine', { ...refused, bytes })).toThrowError(
      /bytes must be bytes, got "text"/,
    );
    expect(() => codec.encode('raw.trades', null as unknown as RawTrade)).toThrowError(
      /must be a RawTrade, got null/,
    );
  });

  it('names a field of a type that a schema declares behind an empty array', () => {
    const band = { from: 0n, tick: '0.01' as unknown as bigint };
    const venues = [{ source: 'alpha', symbol: 'X', market: null, tickBands: [band], lot: null }];
    expect(() => codec.encode('instruments', { ...instrument, venues })).toThrowError(
      /venues\[0\]\.tickBands\[0\]\.tick/,
    );
  });

  it('goes on after a refused record', () => {
    expect(() => codec.encode('raw.trades', { ...trade, side: 'LONG' as 'BUY' })).toThrowError(EncodeError);
    expect(codec.decode('raw.trades', codec.encode('raw.trades', trade))).toMatchObject({ value: trade });
  });

  it('never writes again into what it gave out, over many slabs and with values larger than one', () => {
    const records = Array.from({ length: 3_000 }, (_, ordinal): RawTrade => {
      return { ...trade, ordinal, venueSymbol: ordinal % 500 === 0 ? 'é'.repeat(70_000) : 'BTCUSDT' };
    });
    const values = records.map((record) => codec.encode('raw.trades', record));
    const copies = values.map((value) => Buffer.from(value));
    expect(values.every((value, index) => value.equals(copies[index] as Buffer))).toBe(true);
    for (const [index, record] of records.entries()) {
      expect(codec.decode('raw.trades', values[index] as Buffer)).toMatchObject({ ok: true, value: record });
    }
  });

  it('writes a lone surrogate as U+FFFD', () => {
    const value = codec.encode('raw.trades', { ...trade, venueSymbol: 'a\ud800b' });
    expect(codec.decode('raw.trades', value)).toMatchObject({ value: { venueSymbol: 'a\ufffdb' } });
  });
});

describe('decoding', () => {
  it('calls a value without magic byte, too short or null not Avro', () => {
    for (const value of [null, Buffer.alloc(0), Buffer.from([0, 0, 0, 0]), Buffer.from('{"price":1}')]) {
      expect(codec.decode('raw.trades', value)).toMatchObject({ ok: false, code: 'not-avro' });
      expect(codec.needs(value)).toBeUndefined();
    }
  });

  it('refuses a record of another topic', () => {
    const value = codec.encode('raw.trades', trade);
    const schemaId = codec.idOf('raw.trades');
    expect(codec.decode('raw.quotes', value)).toMatchObject({
      ok: false,
      code: 'unknown-schema',
      schemaId,
      message: `Schema ${schemaId} is not one of those registered for raw.quotes`,
    });
  });

  it.each([
    ['a string that is not UTF-8', 'instrument', Buffer.of(2, 0xff)],
    ['a length beyond the end', 'instrument', Buffer.of(0x80, 0x80, 0x80, 0x80, 0x10)],
    ['a negative length', 'instrument', Buffer.of(1)],
    ['a long of eleven bytes', 'instrument', Buffer.alloc(11, 0xff)],
  ])('refuses %s', (_, __, start) => {
    const header = Buffer.from([0, 0, 0, 0, codec.idOf('raw.trades')]);
    const value = Buffer.concat([header, start, Buffer.alloc(60)]);
    expect(codec.decode('raw.trades', value)).toMatchObject({ ok: false, code: 'undecodable' });
  });

  it('refuses decimals without bytes or beyond 38 digits, and reads one with spare sign bytes', () => {
    const value = codec.encode('raw.trades', { ...trade, price: -2n, size: 1n, side: null });
    const head = value.subarray(0, value.length - 5);
    const withPrice = (...bytes: number[]): Buffer =>
      Buffer.concat([head, Buffer.from([bytes.length * 2, ...bytes]), Buffer.of(2, 1, 0)]);
    expect(codec.decode('raw.trades', withPrice(0xfe))).toMatchObject({ value: { price: -2n } });
    expect(codec.decode('raw.trades', withPrice(...Array<number>(11).fill(0xff), 0xfe))).toMatchObject({
      value: { price: -2n },
    });
    for (const bytes of [[], [0x7f, ...Array<number>(15).fill(0xff)], Array<number>(17).fill(0)]) {
      expect(codec.decode('raw.trades', withPrice(...bytes))).toMatchObject({ code: 'undecodable' });
    }
  });

  it('reads arrays that another writer split into blocks, with and without sizes', () => {
    const whole = codec.encode('quality', { ...report, codes: [] });
    // The codes are empty, so a single 0 stands where they end: behind instrument, source, kind, two times and five counts.
    const at = 5 + 9 + 6 + 1 + 1 + 1 + 5;
    expect(whole[at]).toBe(0);
    const entry = [2, 0x61, 2];
    const blocks = [2, ...entry, 3, 12, ...entry, ...entry, 0];
    const value = Buffer.concat([whole.subarray(0, at), Buffer.from(blocks), whole.subarray(at + 1)]);
    const one: CodeCount = { code: 'a', count: 1 };
    expect(codec.decode('quality', value)).toMatchObject({ value: { codes: [one, one, one] } });
  });

  it('refuses an array that claims more items than there are bytes', () => {
    const whole = codec.encode('quality', { ...report, codes: [] });
    const at = 28;
    const value = Buffer.concat([
      whole.subarray(0, at),
      Buffer.of(0xfe, 0xff, 0xff, 0x0f),
      whole.subarray(at + 1),
    ]);
    expect(codec.decode('quality', value)).toMatchObject({
      code: 'undecodable',
      message: expect.stringMatching(/items/),
    });
  });
});

describe('schema ids', () => {
  const ids = new Map(AVRO_TOPICS.map((topic, index) => [topic, index + 1]));
  const foreign = Buffer.from([0, 0, 0, 1, 0, 4]);

  it('that nobody looked up or that the registry does not have make the schema unknown', async () => {
    const asked: number[][] = [];
    const lookUp = (wanted: readonly number[]): Promise<Map<number, RegisteredSchema>> => {
      asked.push([...wanted]);
      return Promise.resolve(new Map<number, RegisteredSchema>());
    };
    const learning = new Codec(ids, { lookUp });
    expect(learning.needs(foreign)).toBe(256);
    expect(learning.decode('raw.trades', foreign)).toMatchObject({ code: 'unknown-schema', schemaId: 256 });
    await learning.learn([256, 1, 256]);
    expect(learning.needs(foreign)).toBeUndefined();
    expect(learning.decode('raw.trades', foreign)).toMatchObject({ code: 'unknown-schema', schemaId: 256 });
    expect(asked).toEqual(AVRO_TOPICS.map(() => [256]));
  });

  it('that were unknown are looked up again for each batch, and only a thousand count as asked for', async () => {
    let known = new Map<number, RegisteredSchema>();
    const learning = new Codec(ids, { lookUp: () => Promise.resolve(known) });
    await learning.learn(Array.from({ length: 1_001 }, (_, index) => 256 + index));
    expect(learning.needs(foreign)).toBe(256);
    await learning.learn([256]);
    expect(learning.needs(foreign)).toBeUndefined();
    known = new Map([[256, { schema: SCHEMAS['raw.trades'], schemaType: 'AVRO' }]]);
    await learning.prepare([{ topic: 'raw.trades', value: foreign }]);
    expect(learning.decode('raw.trades', foreign)).toMatchObject({ code: 'undecodable' });
  });

  it('are signed: a value that claims a negative one is unknown without a question and fits a quarantined record', () => {
    const garbage = Buffer.from([0, 0xff, 0xff, 0xff, 0xff, 0x7a, 0x7a]);
    const lookUp = (): Promise<never> => Promise.reject(new Error('asked'));
    const learning = new Codec(ids, { lookUp });
    expect(learning.needs(garbage)).toBeUndefined();
    const result = learning.decode('raw.trades', garbage);
    expect(result).toMatchObject({ ok: false, code: 'unknown-schema', schemaId: -1 });
    const schemaId = result.schemaId ?? null;
    const kept = learning.encode('quarantine', { ...refused, schemaId, bytes: garbage });
    expect(learning.decode('quarantine', kept)).toMatchObject({ ok: true, value: { schemaId: -1 } });
  });

  it('of the same schema with other docs and key order are read as this program’s own', async () => {
    const { doc: _, type, ...rest } = JSON.parse(SCHEMAS['raw.trades']) as Record<string, unknown>;
    const schema = { schema: JSON.stringify({ ...rest, doc: 'Another.', type }), schemaType: 'AVRO' };
    const learning = new Codec(ids, { lookUp: () => Promise.resolve(new Map([[256, schema]])) });
    await learning.learn([256]);
    const value = Buffer.from(learning.encode('raw.trades', trade));
    value.writeUInt32BE(256, 1);
    expect(learning.decode('raw.trades', value)).toEqual({ ok: true, value: trade, schemaId: 256 });
  });

  it.each([
    [{ schema: 'syntax = "proto3";', schemaType: 'PROTOBUF' }, /is PROTOBUF, not AVRO/],
    [{ schema: '{', schemaType: 'AVRO' }, /is not Avro/],
    [{ schema: '{"type":"record"}', schemaType: 'AVRO' }, /is not Avro/],
    [
      { schema: '"string"', schemaType: 'AVRO' },
      /the record is string, which cannot be read as record RawTrade/,
    ],
  ])('of %o cannot be decoded with', async (schema, message) => {
    const lookUp = (): Promise<Map<number, RegisteredSchema>> => Promise.resolve(new Map([[256, schema]]));
    const learning = new Codec(ids, { lookUp });
    await learning.learn([256]);
    expect(learning.decode('raw.trades', foreign)).toMatchObject({
      code: 'undecodable',
      message: expect.stringMatching(message),
    });
  });
});
