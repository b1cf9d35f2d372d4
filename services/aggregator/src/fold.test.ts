import { at, configurationOf, DAY, quote } from '@concord/fusion/testing';
import { describe, expect, it } from 'vitest';
import { AggregatorFold } from './fold.ts';
import { codec, foldAll, inputs, quotesOf } from './testing.ts';

describe('the fold of quotes', () => {
  it('publishes what three sources agree on, with the log time as timestamp', () => {
    const content = configurationOf({ everyChange: ['a', 'b', 'c'] });
    const outputs = foldAll(
      new AggregatorFold('quotes', codec),
      inputs([
        { at: at(0), content: { type: 'config', version: 7, digest: 'd', content } },
        { at: at(0.1), content: quote('a', '100.00', '100.02', at(0.1)) },
        { at: at(0.2), content: quote('b', '100.01', '100.03', at(0.2)) },
        { at: at(0.3), content: quote('c', '100.00', '100.04', at(0.3)) },
        { at: at(1.5), content: { type: 'clock', time: DAY } },
      ]),
    );
    const brief = quotesOf(outputs).map(({ sequence, status, emission }) => [sequence, status, emission]);
    expect(brief).toEqual([
      [1, 'NO_QUORUM', 'STATUS'],
      [2, 'DEGRADED', 'STATUS'],
      [3, 'OK', 'STATUS'],
      [4, 'OK', 'HEARTBEAT'],
    ]);
    expect(outputs.map(({ timestampMs }) => timestampMs - DAY / 1_000)).toEqual([0, 200, 300, 1_000]);
    expect(quotesOf(outputs).every(({ configVersion }) => configVersion === 7)).toBe(true);
  });
});
