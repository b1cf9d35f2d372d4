import { AggregatorFold } from '@concord/aggregator';
import { encodeMarker, numberedCodec, type CleanQuote, type CleanTrade, type Codec } from '@concord/codec';
import { configurationOf, quote, trade } from '@concord/fusion/testing';
import type { InputRecord } from '@concord/kafka';
import { formatFixed } from '@concord/model';
import type { Measure, Scenario } from './harness/scenario.ts';
import { medianMeasure } from './harness/statistics.ts';

/** What the aggregator costs for each tick, without Kafka: four instruments of three sources that wander around one price. */

const SOURCES = ['alpha', 'beta', 'gamma'];
const INSTRUMENTS = ['BTC-USDT', 'ETH-USDT', 'SOL-USDT', 'XRP-USDT'];
const TICKS = 200_000;
const START_MS = Date.UTC(2026, 0, 5);
/** Ticks of all instruments and sources within a second. */
const PER_SECOND = 5_000;

type Kind = 'trades' | 'quotes';

/** Twelve walks over one instrument's price in hundredths; seeded, so that each run folds the same. */
function walks(): (index: number) => number {
  let state = 20_260_105;
  const cents = INSTRUMENTS.map(() => 6_500_000);
  return (index) => {
    state = (state * 1_103_515_245 + 12_345) % 2_147_483_648;
    const which = index % INSTRUMENTS.length;
    const next = (cents[which] ?? 0) + (((state >> 16) % 201) - 100);
    cents[which] = next;
    return next;
  };
}

function records(kind: Kind, codec: Codec): InputRecord[] {
  const content = configurationOf({ sources: SOURCES, everyChange: SOURCES, instruments: INSTRUMENTS });
  const log = [markerRecord(kind, START_MS, { type: 'config', version: 1, digest: '', content })];
  const walk = walks();
  for (let index = 0; index < TICKS; index++) {
    const timestampMs = START_MS + Math.floor((index * 1_000) / PER_SECOND);
    if (index % PER_SECOND === 0) log.push(...signsOfLife(kind, timestampMs));
    const value = tick(kind, codec, index, timestampMs * 1_000, walk(index));
    log.push({
      topic: `clean.${kind}`,
      partition: 0,
      offset: log.length,
      timestampMs,
      key: null,
      value,
      headers: {},
    });
  }
  return log;
}

function tick(kind: Kind, codec: Codec, index: number, received: number, cents: number): Buffer {
  const instrument = INSTRUMENTS[index % INSTRUMENTS.length] as string;
  const source = SOURCES[index % SOURCES.length] as string;
  const text = (hundredths: number): string => formatFixed(BigInt(hundredths), 2);
  if (kind === 'trades') {
    const id = { idKind: 'TRADE', firstId: String(index), lastId: String(index), instrument } as const;
    const made: CleanTrade = trade(source, text(cents), '0.015', received, id);
    return codec.encode('clean.trades', made);
  }
  const made: CleanQuote = quote(source, text(cents), text(cents + 40), received, { instrument });
  return codec.encode('clean.quotes', made);
}

/** What stands in a partition each second: a marker of each source's session and the validator's clock. */
function signsOfLife(kind: Kind, timestampMs: number): InputRecord[] {
  const receiveTime = timestampMs * 1_000;
  return [
    ...SOURCES.map((source) => {
      const session = `${source}-1`;
      return markerRecord(kind, timestampMs, {
        type: 'session',
        source,
        session,
        state: 'live',
        receiveTime,
      });
    }),
    markerRecord(kind, timestampMs, { type: 'clock', time: receiveTime }),
  ];
}

function markerRecord(
  kind: Kind,
  timestampMs: number,
  marker: Parameters<typeof encodeMarker>[0],
): InputRecord {
  const { marker: type, body } = encodeMarker(marker);
  const headers = { marker: Buffer.from(type), body: Buffer.from(body) };
  return { topic: `clean.${kind}`, partition: 0, offset: 0, timestampMs, key: null, value: null, headers };
}

/** CPU of this process in µs; what else runs on the machine does not count. */
function cpuMicros(): number {
  const { user, system } = process.cpuUsage();
  return user + system;
}

interface Run {
  readonly whole: number;
  readonly decoding: number;
  readonly emitted: number;
  readonly snapshotMs: number;
  readonly snapshotKb: number;
}

function runOnce(kind: Kind, codec: Codec, log: readonly InputRecord[]): Run {
  const fold = new AggregatorFold(kind, codec);
  let emitted = 0;
  const begun = cpuMicros();
  for (const record of log) fold.apply(record, () => emitted++);
  const folded = cpuMicros();
  let bytes = 0;
  for (const [, value] of fold.changes()) bytes += value?.length ?? 0;
  const snapshotted = cpuMicros();
  for (const { value } of log) if (value !== null) codec.decode(`clean.${kind}`, value);
  const decoded = cpuMicros();
  return {
    whole: (folded - begun) / TICKS,
    decoding: (decoded - snapshotted) / TICKS,
    emitted,
    snapshotMs: (snapshotted - folded) / 1_000,
    snapshotKb: bytes / 1_000,
  };
}

function measure(kind: Kind, rounds: number): Measure[] {
  const codec = numberedCodec();
  const log = records(kind, codec);
  // Once to warm up.
  runOnce(kind, codec, log);
  const runs = Array.from({ length: rounds }, () => runOnce(kind, codec, log));
  const figure = (name: string, unit: string, of: (run: Run) => number, bounds = {}): Measure =>
    medianMeasure(`${kind}: ${name}`, unit, runs.map(of), bounds);
  return [
    figure('fusion, emission and state', 'µs', (run) => run.whole - run.decoding, {
      atMost: kind === 'quotes' ? 5 : 15,
    }),
    figure('with decoding', 'µs', (run) => run.whole),
    figure('records out for each tick in', 'ratio', (run) => run.emitted / TICKS),
    figure('snapshot of 12 sources', 'ms', (run) => run.snapshotMs),
    figure('snapshot size', 'KB', (run) => run.snapshotKb),
  ];
}

export const scenario: Scenario = {
  says: 'CPU of the aggregator’s fold for each tick, without Kafka: fusion and bars, with decoding, snapshots',
  run({ rounds, onProgress }) {
    return (['quotes', 'trades'] as const).flatMap((kind) => {
      onProgress(`folding ${TICKS} ${kind}`);
      return measure(kind, rounds);
    });
  },
};
