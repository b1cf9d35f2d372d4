import { at, configurationOf, fixed, quote, trade } from '@concord/fusion/testing';
import { MAX_UNSCALED } from '@concord/model';
import { describe, expect, it } from 'vitest';
import { AggregatorFold } from './fold.ts';
import { barsOf, codec, foldAll, inputs, quotesOf, tradesOf, type Step } from './testing.ts';

const FARTHEST = Number.MAX_SAFE_INTEGER;
const configured: Step = {
  at: at(0),
  content: {
    type: 'config',
    version: 1,
    digest: 'd',
    content: configurationOf({ everyChange: ['a', 'b', 'c'] }),
  },
};
const until = (seconds: number): Step => ({ at: at(seconds), content: { type: 'clock', time: at(seconds) } });

/** What comes of the steps, with the state written down and read back once all of them are taken in. */
function outputsOf(kind: 'trades' | 'quotes', steps: readonly Step[]): ReturnType<typeof foldAll> {
  const fold = new AggregatorFold(kind, codec);
  const before = foldAll(fold, inputs([configured, ...steps, until(70)]));
  const restored = new AggregatorFold(kind, codec);
  for (const [key, value] of fold.entries()) restored.restore(key, value);
  return [...before, ...foldAll(restored, inputs([until(72)]))];
}

describe('a quote at a price that no published decimal holds', () => {
  const of = (source: string, bid: bigint | null, ask: bigint | null): Step => {
    const sizes = { bidSize: bid === null ? null : 1n, askSize: ask === null ? null : 1n };
    return { at: at(1), content: { ...quote(source, null, null, at(1)), bid, ask, ...sizes } };
  };

  it.each([
    ['asks alone', null, MAX_UNSCALED, [null, null]],
    ['asks beside a sound bid', fixed('99.99'), MAX_UNSCALED, [fixed('99.99'), null]],
    ['bids below every price', -MAX_UNSCALED, fixed('100.01'), [null, fixed('100.01')]],
    ['bids and asks so', -MAX_UNSCALED, MAX_UNSCALED, [null, null]],
  ])('%s: its source is one-sided and the others go on', (_, bid, ask, published) => {
    const sound = [of('b', fixed('100'), fixed('100.02')), of('c', fixed('100'), fixed('100.04'))];
    const last = quotesOf(outputsOf('quotes', [of('a', bid, ask), ...sound])).find(
      ({ sequence, status }) => sequence > 1 && status === 'DEGRADED',
    );
    const [a] = last?.sources ?? [];
    expect([a?.reason, a?.bid, a?.ask]).toEqual(['one-sided', ...published]);
    expect(last?.bid).toBe(fixed('100'));
  });
});

describe('a trade whose numbers are at the end of their range', () => {
  const of = (more: Parameters<typeof trade>[4], seconds = 1, source = 'a'): Step => {
    return { at: at(seconds), content: trade(source, '100', '1', at(seconds), more) };
  };

  it('leaves sums of a bar that can be published, and the bar partial', () => {
    for (const [price, size, notional] of [
      [-fixed('90000000000'), fixed('90000000000'), -MAX_UNSCALED],
      [fixed('90000000000'), fixed('90000000000'), MAX_UNSCALED],
    ] as const) {
      const [bar] = barsOf(outputsOf('trades', [of({ price, size }), of({ price, size }, 1.1, 'b')]));
      expect([bar?.notional, bar?.partial]).toEqual([notional, true]);
    }
    const huge = { size: MAX_UNSCALED };
    const [bar] = barsOf(outputsOf('trades', [of(huge), of(huge, 1.1, 'b')]));
    expect([bar?.volume, bar?.partial]).toEqual([MAX_UNSCALED, true]);
  });

  it('has an age that can be published however early it says it was received', () => {
    const early = { eventTime: at(1), receiveTime: -FARTHEST };
    const trades = tradesOf(outputsOf('trades', [of(early), of({}, 1.1, 'b')]));
    expect(trades.at(-1)?.sources[0]?.ageMicros).toBe(FARTHEST);
    const quotes = quotesOf(
      outputsOf('quotes', [{ at: at(1), content: quote('a', '100', '101', -FARTHEST) }]),
    );
    expect(quotes.at(-1)?.sources[0]?.ageMicros).toBe(FARTHEST);
  });
});
