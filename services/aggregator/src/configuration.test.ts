import { at, configurationOf, quote } from '@concord/fusion/testing';
import type { PipelineConfiguration } from '@concord/runtime';
import { describe, expect, it } from 'vitest';
import { AggregatorFold } from './fold.ts';
import { codec, foldAll, inputs, quotesOf, type Step } from './testing.ts';

const YEAR_MS = 31_536_000_000;
type Content = { [Part in keyof PipelineConfiguration]: unknown };

const sound = (): Content => configurationOf({ everyChange: ['a', 'b', 'c'] });
const config = (seconds: number, version: number, content: unknown): Step => {
  return { at: at(seconds), content: { type: 'config', version, digest: 'd', content } };
};
const quotes = (seconds: number): Step[] =>
  ['a', 'b', 'c'].map((source) => {
    return { at: at(seconds), content: quote(source, '100', '100.02', at(seconds)) };
  });

describe('a configuration marker that the aggregator cannot read', () => {
  it.each<[string, unknown]>([
    ['is no object', null],
    ['lacks the fusion', { ...sound(), fusion: undefined }],
    ['lacks the sources', { ...sound(), sources: undefined }],
    ['names an unknown strategy', { ...sound(), fusion: { ...configurationOf().fusion, strategy: 'nope' } }],
    [
      'lets a heartbeat last for ever',
      { ...sound(), fusion: { ...configurationOf().fusion, heartbeatMs: 2 ** 53 - 1 } },
    ],
    [
      'has slots without an end for one kind',
      { ...sound(), fusion: { ...configurationOf().fusion, kinds: { quotes: { emissionMs: 2 ** 53 - 1 } } } },
    ],
  ])('%s: the one before stays in force, and it is told', (_, content) => {
    const told: string[] = [];
    const fold = new AggregatorFold('quotes', codec, (reason, detail) => told.push(`${reason} ${detail}`));
    const outputs = foldAll(
      fold,
      inputs([config(0, 1, sound()), ...quotes(0.5), config(1.2, 2, content), ...quotes(1.5)]),
    );
    expect(told).toEqual([expect.stringMatching(/^configuration version 2: ./)]);
    expect(quotesOf(outputs).at(-1)).toMatchObject({ configVersion: 1, status: 'OK' });
  });

  it('is not in the snapshot either', () => {
    const fold = new AggregatorFold('quotes', codec);
    foldAll(fold, inputs([config(0, 1, sound()), config(1.2, 2, {})]));
    const restored = new AggregatorFold('quotes', codec);
    for (const [key, value] of fold.entries()) restored.restore(key, value);
    const [last] = quotesOf(foldAll(restored, inputs(quotes(2.5)))).slice(-1);
    expect(last?.configVersion).toBe(1);
  });

  it('of other rules stops the task: to go on without them would give other results', () => {
    const fold = new AggregatorFold('quotes', codec);
    expect(() => foldAll(fold, inputs([config(0, 1, { ...sound(), rules: 99 })]))).toThrow(
      expect.objectContaining({ code: 'rules-not-carried', fate: 'fatal' }),
    );
  });
});

describe('a configuration with the longest durations', () => {
  it('can be written down and read back', () => {
    const durations = {
      heartbeatMs: YEAR_MS,
      emissionMs: YEAR_MS,
      barCloseMs: YEAR_MS,
      silentAfterMs: YEAR_MS,
    };
    const content = configurationOf({ fusion: { ...durations, barRevisionMs: YEAR_MS } });
    const fold = new AggregatorFold('quotes', codec);
    foldAll(fold, inputs([config(0, 1, content), ...quotes(0.5)]));
    const restored = new AggregatorFold('quotes', codec);
    for (const [key, value] of fold.entries()) restored.restore(key, value);
    expect([...restored.entries()]).toEqual([...fold.entries()]);
  });
});

describe('a snapshot', () => {
  it('whose configuration cannot be read stops the task: it was written by another version', () => {
    const partition = {
      v: 1,
      markerTime: at(0),
      sessions: [],
      configuration: { version: 1, digest: 'd', content: {} },
    };
    const fold = new AggregatorFold('quotes', codec);
    expect(() => fold.restore('partition', Buffer.from(JSON.stringify(partition)))).toThrow(
      expect.objectContaining({ code: 'configuration-unreadable', fate: 'fatal' }),
    );
  });
});
