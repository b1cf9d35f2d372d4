import { encodeMarker, numberedCodec, type CleanQuote, type Marker } from '@concord/codec';
import { at, configurationOf, DAY, quote } from '@concord/fusion/testing';
import type { InputRecord, OutputRecord } from '@concord/kafka';
import { describe, expect, it } from 'vitest';
import { AggregatorFold } from './fold.ts';

const codec = numberedCodec();

function input(offset: number, seconds: number, content: CleanQuote | Marker): InputRecord {
  const timestampMs = at(seconds) / 1_000;
  const base = { topic: 'clean.quotes', partition: 0, offset, timestampMs };
  if ('type' in content) {
    const { marker, body } = encodeMarker(content);
    const headers = { marker: Buffer.from(marker), body: Buffer.from(body) };
    return { ...base, key: null, value: null, headers };
  }
  const value = codec.encode('clean.quotes', content);
  return { ...base, key: Buffer.from(content.instrument), value, headers: {} };
}

describe('the fold of quotes', () => {
  it('publishes what three sources agree on, with the log time as timestamp', () => {
    const content = configurationOf({ everyChange: ['a', 'b', 'c'] });
    const fold = new AggregatorFold('quotes', codec);
    const outputs: OutputRecord[] = [];
    const records = [
      input(0, 0, { type: 'config', version: 7, digest: 'd', content }),
      input(1, 0.1, quote('a', '100.00', '100.02', at(0.1))),
      input(2, 0.2, quote('b', '100.01', '100.03', at(0.2))),
      input(3, 0.3, quote('c', '100.00', '100.04', at(0.3))),
      input(4, 1.5, { type: 'clock', time: DAY }),
    ];
    for (const record of records) fold.apply(record, (output) => outputs.push(output));
    const decoded = outputs.map(({ value }) => codec.decode('consensus.quotes', value));
    const values = decoded.map((result) => (result.ok ? result.value : undefined));
    expect(values.map((value) => [value?.sequence, value?.status, value?.emission])).toEqual([
      [1, 'NO_QUORUM', 'STATUS'],
      [2, 'DEGRADED', 'STATUS'],
      [3, 'OK', 'STATUS'],
      [4, 'OK', 'HEARTBEAT'],
    ]);
    expect(outputs.map(({ timestampMs }) => timestampMs - DAY / 1_000)).toEqual([0, 200, 300, 1_000]);
  });
});
