import { describe, expect, it } from 'vitest';
import { content, NOON_MS, trade, Trial } from './testing/trial.ts';

const FAR = Number.MAX_SAFE_INTEGER;

/** What the fold of a partition with a sound configuration makes of another one, then of a trade, a minute and a new start. */
function offered(change: object): string[] {
  const trial = new Trial('trades');
  trial.mark({ type: 'config', version: 1, digest: 'a', content: content() });
  const outputs = trial.mark({
    type: 'config',
    version: 2,
    digest: 'b',
    content: { ...content(), ...change },
  });
  trial.put(trade(1));
  trial.mark({ type: 'clock', time: 0 }, NOON_MS + 60_000);
  trial.restart();
  expect(trial.read('clean.trades', trial.put(trade(2), NOON_MS + 60_001))).toHaveLength(1);
  return [...trial.codes(outputs), ...outputs.map(({ topic }) => topic)];
}

function instruments(change: object): object {
  return { instruments: content().instruments.map((instrument) => ({ ...instrument, ...change })) };
}

describe('a configuration marker', () => {
  it('is passed on when every stage can use it', () => {
    expect(offered(instruments({ lot: '0.001', tickBands: [{ from: '0', tick: '0.01' }] }))).toEqual([
      'clean.trades',
    ]);
  });

  const { fusion, quality } = content();
  it.each([
    ['a lot of 0', instruments({ lot: '0' })],
    ['a tick of 0', instruments({ tickBands: [{ from: '0', tick: '0' }] })],
    ['no fusion', { fusion: undefined }],
    ['no sources', { sources: undefined }],
    ['an unknown strategy', { fusion: { ...fusion, strategy: 'guess' } }],
    ['an unknown strategy of one instrument', instruments({ fusion: { strategy: 'guess' } })],
    ['a report in 285,000 years', { quality: { ...quality, reportMs: FAR } }],
    ['a heartbeat in 285,000 years', { fusion: { ...fusion, heartbeatMs: FAR } }],
    ['rules before the first', { rules: 0 }],
  ])('with %s is quarantined, not passed on, and the one before stays in force', (_, change) => {
    expect(offered(change)).toEqual(['bad-configuration', 'quarantine']);
  });
});
