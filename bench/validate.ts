import {
  encodeMarker,
  numberedCodec,
  type CleanQuote,
  type CleanTrade,
  type Codec,
  type RawQuote,
  type RawTrade,
} from '@concord/codec';
import { ONE, type Kind } from '@concord/model';
import { configSchema, pipelineConfiguration } from '@concord/runtime';
import { ValidatorFold } from '@concord/validator';
import type { Measure, Scenario } from './harness/scenario.ts';
import { medianMeasure } from './harness/statistics.ts';

/** What the validator costs for each tick, without Kafka: four instruments of three sources, with grids to check. */

const SOURCES = ['alpha', 'beta', 'gamma'];
const INSTRUMENTS = ['BTC-USDT', 'ETH-USDT', 'SOL-USDT', 'XRP-USDT'];
const TICKS = 200_000;
const START_MS = Date.UTC(2026, 0, 5);
/** Ticks of all instruments and sources within a second. */
const PER_SECOND = 5_000;

const CONTENT = pipelineConfiguration(
  configSchema.parse({
    venues: Object.fromEntries(SOURCES.map((source) => [source, {}])),
    instruments: INSTRUMENTS.map((id) => ({
      id,
      base: id.slice(0, 3),
      quote: 'USDT',
      partition: 0,
      priceScale: 2,
      tickBands: [{ tick: '0.01' }],
      lot: '0.00001',
      venues: Object.fromEntries(SOURCES.map((source) => [source, { symbol: id }])),
    })),
  }),
  0,
);

function tick(index: number) {
  const time = (START_MS + Math.floor((index * 1_000) / PER_SECOND)) * 1_000;
  return {
    instrument: INSTRUMENTS[index % 4] as string,
    source: SOURCES[index % 3] as string,
    venueSymbol: 'BTCUSDT',
    market: null,
    eventTime: time - 35_000,
    eventTimePrecision: 'MILLISECOND',
    receiveTime: time,
    fills: null,
    venueSequence: null,
    session: `session-of-${index % 3}-2026-01-05T00:00:00.000Z`,
    ordinal: index,
    origin: 'LIVE',
    conditions: [],
    action: 'NEW',
    delayed: false,
    sampled: false,
    currency: 'USDT',
    sizeUnit: 'BTC',
  } as const;
}

function trade(index: number): RawTrade {
  const id = `${4_000_000_000 + Math.floor(index / 12)}`;
  const price = {
    price: (6_000_000n + BigInt(index % 999)) * (ONE / 100n),
    size: BigInt(1 + (index % 777)) * (ONE / 1_000n),
  };
  return { ...tick(index), idKind: 'TRADE', firstId: id, lastId: id, ...price, side: 'BUY' };
}

function quote(index: number, numbered: boolean): RawQuote {
  const id = numbered ? `${70_000_000_000 + index * 3}` : null;
  const bid = (6_000_000n + BigInt(index % 999)) * (ONE / 100n);
  const prices = { bid, bidSize: ONE / 8n, ask: bid + ONE / 100n, askSize: ONE / 4n };
  return { ...tick(index), idKind: numbered ? 'UPDATE' : 'NONE', firstId: id, lastId: id, ...prices };
}

/** CPU of this process in µs; what else runs on the machine does not count. */
function cpuMicros(): number {
  const { user, system } = process.cpuUsage();
  return user + system;
}

function configured(kind: Kind, codec: Codec): ValidatorFold<Kind> {
  const fold = new ValidatorFold(kind, codec);
  const marker = encodeMarker({ type: 'config', version: 1, digest: '', content: CONTENT });
  const headers = { marker: Buffer.from(marker.marker), body: Buffer.from(marker.body) };
  const record = {
    topic: `raw.${kind}`,
    partition: 0,
    offset: 0,
    timestampMs: START_MS,
    key: null,
    value: null,
    headers,
  };
  fold.apply(record, () => undefined);
  return fold;
}

function foldAll(
  kind: Kind,
  codec: Codec,
  values: readonly Buffer[],
): { micros: number; snapshotMicros: number; bytes: number } {
  const fold = configured(kind, codec);
  let emitted = 0;
  const begun = cpuMicros();
  values.forEach((value, index) => {
    const timestampMs = START_MS + Math.floor((index * 1_000) / PER_SECOND);
    fold.apply(
      { topic: `raw.${kind}`, partition: 0, offset: index, timestampMs, key: null, value, headers: {} },
      (output) => {
        if (output.topic.startsWith('clean.')) emitted++;
      },
    );
  });
  const folded = cpuMicros();
  if (emitted !== values.length) throw new Error(`${emitted} of ${values.length} ticks were passed on`);
  let bytes = 0;
  for (const [, value] of fold.changes()) bytes += value?.length ?? 0;
  return { micros: (folded - begun) / values.length, snapshotMicros: cpuMicros() - folded, bytes };
}

/** The codec's part: reading a raw record and writing it as clean. */
function codecAlone(kind: 'trades' | 'quotes', codec: Codec, values: readonly Buffer[]): number {
  const begun = cpuMicros();
  for (const value of values) {
    const decoded = codec.decode(`raw.${kind}`, value);
    if (!decoded.ok) throw new Error(decoded.message);
    const clean = { ...decoded.value, verdict: 'VALID', flags: [], fill: 'NONE' };
    codec.encode(`clean.${kind}`, clean as unknown as CleanTrade & CleanQuote);
  }
  return (cpuMicros() - begun) / values.length;
}

function measure(
  name: string,
  kind: 'trades' | 'quotes',
  make: (index: number) => RawTrade | RawQuote,
  rounds: number,
): Measure[] {
  const codec = numberedCodec();
  const values = Array.from({ length: TICKS }, (_, index) =>
    codec.encode(`raw.${kind}`, make(index) as RawTrade & RawQuote),
  );
  // Once to warm up.
  foldAll(kind, codec, values);
  codecAlone(kind, codec, values);
  const runs = Array.from({ length: rounds }, () => ({
    ...foldAll(kind, codec, values),
    codec: codecAlone(kind, codec, values),
  }));
  return [
    medianMeasure(
      `${name}: rules and state`,
      'µs',
      runs.map((run) => run.micros - run.codec),
      { atMost: 3 },
    ),
    medianMeasure(
      `${name}: with codec`,
      'µs',
      runs.map((run) => run.micros),
    ),
    medianMeasure(
      `${name}: snapshot of 12 sources`,
      'ms',
      runs.map((run) => run.snapshotMicros / 1_000),
    ),
    medianMeasure(
      `${name}: snapshot size`,
      'KB',
      runs.map((run) => run.bytes / 1_000),
    ),
  ];
}

export const scenario: Scenario = {
  says: 'CPU of the validator’s fold for each tick, without Kafka: rules alone, with codec, snapshots',
  run({ rounds, onProgress }) {
    const kinds: [string, 'trades' | 'quotes', (index: number) => RawTrade | RawQuote][] = [
      ['trades by id', 'trades', trade],
      ['quotes by update', 'quotes', (index) => quote(index, true)],
      ['quotes without id', 'quotes', (index) => quote(index, false)],
    ];
    return kinds.flatMap(([name, kind, make]) => {
      onProgress(`folding ${TICKS} ${name}`);
      return measure(name, kind, make, rounds);
    });
  },
};
