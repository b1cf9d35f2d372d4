import { at, configurationOf, DAY, quote, trade } from '@concord/fusion/testing';
import { describe, expect, it } from 'vitest';
import { AggregatorFold } from './fold.ts';
import { barsOf, codec, foldAll, inputs, quotesOf, type Step } from './testing.ts';

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

describe('a change of configuration', () => {
  const both = configurationOf({ instruments: ['BTC-USDT', 'ETH-USDT'] });
  const one = configurationOf({ instruments: ['BTC-USDT'] });
  const config = (seconds: number, version: number, content: unknown): Step => {
    return { at: at(seconds), content: { type: 'config', version, digest: 'd', content } };
  };

  it('that leaves an instrument out says so once; it comes back without owing the time between', () => {
    const outputs = foldAll(
      new AggregatorFold('quotes', codec),
      inputs([config(0, 1, both), config(2.5, 2, one), config(60.5, 3, both), config(62.5, 4, both)]),
    );
    const eth = quotesOf(outputs).filter(({ instrument }) => instrument === 'ETH-USDT');
    const brief = eth.map(({ sequence, logTime, emission, sources }) => {
      return [sequence, (logTime - DAY) / 1_000_000, emission, sources.length];
    });
    expect(brief).toEqual([
      [1, 0, 'STATUS', 3],
      [2, 1, 'HEARTBEAT', 3],
      [3, 2, 'HEARTBEAT', 3],
      [4, 2.5, 'STATUS', 0],
      [5, 61, 'HEARTBEAT', 3],
      [6, 62, 'HEARTBEAT', 3],
    ]);
  });

  it('is in the very next snapshot with the instruments it brings', () => {
    const fold = new AggregatorFold('quotes', codec);
    foldAll(fold, inputs([config(0, 1, both)]));
    expect([...fold.changes()].map(([key]) => key).sort()).toEqual(['i:BTC-USDT', 'i:ETH-USDT', 'partition']);
    expect([...fold.changes()]).toEqual([]);
  });
});

describe('records lost before Kafka', () => {
  it('make the bars of all instruments partial where nobody knows whose they were', () => {
    const content = configurationOf({ instruments: ['BTC-USDT', 'ETH-USDT'] });
    const lost = { source: 'a', session: 'a-1', kind: 'trades', count: 3 } as const;
    const of = (instrument: string, seconds: number): Step => {
      return { at: at(seconds), content: trade('a', '100', '1', at(seconds), { instrument }) };
    };
    const dropped = (instrument: string | null, seconds: number): Step => {
      return { at: at(seconds), content: { type: 'dropped', ...lost, instrument, receiveTime: at(seconds) } };
    };
    const outputs = foldAll(
      new AggregatorFold('trades', codec),
      inputs([
        { at: at(0), content: { type: 'config', version: 1, digest: 'd', content } },
        ...[of('BTC-USDT', 1.2), of('ETH-USDT', 1.3), dropped(null, 1.5)],
        ...[of('BTC-USDT', 3.2), of('ETH-USDT', 3.3), dropped('ETH-USDT', 3.5)],
        { at: at(6), content: { type: 'clock', time: at(6) } },
      ]),
    );
    const brief = barsOf(outputs).map(({ instrument, start, partial }) => {
      return [instrument, (start - DAY) / 1_000_000, partial];
    });
    expect(brief).toHaveLength(4);
    expect(brief).toEqual(
      expect.arrayContaining([
        ['BTC-USDT', 1, true],
        ['BTC-USDT', 3, false],
        ['ETH-USDT', 1, true],
        ['ETH-USDT', 3, true],
      ]),
    );
  });
});
