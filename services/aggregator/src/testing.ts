import { encodeMarker, numberedCodec } from '@concord/codec';
import type { AvroTopic, CleanQuote, CleanTrade, Marker, RecordByTopic } from '@concord/codec';
import type { Fold, InputRecord, OutputRecord } from '@concord/kafka';
import { MICROS_PER_MS, type Micros } from '@concord/model';

export const codec = numberedCodec();

/** One step of a fold's input: when it stands in the log, and what it is. */
export interface Step {
  /** Log time, whole milliseconds. */
  readonly at: Micros;
  readonly content: CleanQuote | CleanTrade | Marker;
}

/** Steps as the records of one partition, in their order. */
export function inputs(steps: readonly Step[]): InputRecord[] {
  return steps.map(({ at, content }, offset) => {
    const common = { partition: 0, offset, timestampMs: Math.floor(at / MICROS_PER_MS) };
    if ('type' in content) {
      const { marker, body } = encodeMarker(content);
      const headers = { marker: Buffer.from(marker), body: Buffer.from(body) };
      return { ...common, topic: 'clean', key: null, value: null, headers };
    }
    const key = Buffer.from(content.instrument);
    const value =
      'price' in content ? codec.encode('clean.trades', content) : codec.encode('clean.quotes', content);
    return { ...common, topic: 'clean', key, value, headers: {} };
  });
}

export function foldAll(fold: Fold, records: readonly InputRecord[]): OutputRecord[] {
  const outputs: OutputRecord[] = [];
  for (const record of records) fold.apply(record, (output) => outputs.push(output));
  return outputs;
}

export function barsOf(outputs: readonly OutputRecord[]): RecordByTopic['consensus.bars'][] {
  return valuesOf('consensus.bars', outputs);
}

export function quotesOf(outputs: readonly OutputRecord[]): RecordByTopic['consensus.quotes'][] {
  return valuesOf('consensus.quotes', outputs);
}

export function tradesOf(outputs: readonly OutputRecord[]): RecordByTopic['consensus.trades'][] {
  return valuesOf('consensus.trades', outputs);
}

function valuesOf<T extends AvroTopic>(topic: T, outputs: readonly OutputRecord[]): RecordByTopic[T][] {
  return outputs
    .filter((output) => output.topic === topic)
    .map(({ value }) => {
      const decoded = codec.decode(topic, value);
      if (!decoded.ok) throw new Error(decoded.message);
      return decoded.value;
    });
}
