import type { TickKind } from '@concord/fusion';
import type { InputRecord, OutputRecord } from '@concord/kafka';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { AggregatorFold } from '@concord/aggregator';
import { INSTRUMENTS, logArbitrary } from './random-log.ts';
import { codec, foldAll, inputs } from '@concord/aggregator/testing';

// Whole logs shrink for minutes: a failure names its seed at once instead; run it again with it and without `endOnFailure`.
const KINDS: readonly TickKind[] = ['quotes', 'trades'];

/** Comparable and short in a failure's report. */
function texts(outputs: readonly OutputRecord[]): string[] {
  return outputs.map(
    ({ topic, key, timestampMs, value }) => `${topic} ${key} ${timestampMs} ${value?.toString('hex')}`,
  );
}

function restored(kind: TickKind, entries: Iterable<readonly [string, Buffer]>): AggregatorFold {
  const fold = new AggregatorFold(kind, codec);
  for (const [key, value] of entries) fold.restore(key, value);
  return fold;
}

describe.each(KINDS)('the fold of %s', (kind) => {
  it('goes on byte for byte the same from a snapshot taken anywhere, its entries in any order', () => {
    fc.assert(
      fc.property(logArbitrary(kind), fc.nat(), fc.boolean(), (log, chance, reversed) => {
        const cut = chance % (log.length + 1);
        const whole = foldAll(new AggregatorFold(kind, codec), log);
        const first = new AggregatorFold(kind, codec);
        const before = foldAll(first, log.slice(0, cut));
        const entries = [...first.entries()];
        const second = restored(kind, reversed ? entries.reverse() : entries);
        expect(texts([...before, ...foldAll(second, log.slice(cut))])).toEqual(texts(whole));
      }),
      { numRuns: 40, endOnFailure: true },
    );
  });

  it('says all that changed: the newest of each entry make the same state as a full one', () => {
    fc.assert(
      fc.property(logArbitrary(kind), fc.array(fc.nat(), { maxLength: 6 }), (log, chances) => {
        const cuts = new Set(chances.map((chance) => chance % log.length));
        const fold = new AggregatorFold(kind, codec);
        const compacted = new Map<string, Buffer>();
        const last = Math.max(-1, ...cuts);
        const outputs: OutputRecord[] = [];
        log.slice(0, last + 1).forEach((record, index) => {
          fold.apply(record, (output) => outputs.push(output));
          if (!cuts.has(index)) return;
          for (const [key, value] of fold.changes()) {
            if (value === null) compacted.delete(key);
            else compacted.set(key, value);
          }
        });
        const after = foldAll(restored(kind, compacted), log.slice(last + 1));
        expect(texts([...outputs, ...after])).toEqual(texts(foldAll(new AggregatorFold(kind, codec), log)));
      }),
      { numRuns: 25, endOnFailure: true },
    );
  });

  it('makes of one instrument what it makes of it among others', () => {
    fc.assert(
      fc.property(logArbitrary(kind), (log) => {
        const whole = foldAll(new AggregatorFold(kind, codec), log);
        for (const instrument of INSTRUMENTS) {
          const alone = log.filter(({ key }) => key === null || key.toString() === instrument);
          const own = (outputs: OutputRecord[]): OutputRecord[] =>
            outputs.filter(({ key }) => key === instrument);
          expect(texts(own(foldAll(new AggregatorFold(kind, codec), alone)))).toEqual(texts(own(whole)));
        }
      }),
      { numRuns: 25, endOnFailure: true },
    );
  });

  it('counts every stream from one without a hole, in log time that never goes back', () => {
    fc.assert(
      fc.property(logArbitrary(kind), (log) => {
        const sequences = new Map<string, number>();
        const times = new Map<string, number>();
        for (const { topic, value } of foldAll(new AggregatorFold(kind, codec), log)) {
          const decoded = codec.decode(topic as 'consensus.bars' | 'consensus.quotes', value);
          if (!decoded.ok) throw new Error(decoded.message);
          const { instrument, method, sequence, logTime } = decoded.value;
          const interval = 'interval' in decoded.value ? decoded.value.interval : '';
          const stream = [topic, instrument, method, interval].join(' ');
          expect(sequence).toBe((sequences.get(stream) ?? 0) + 1);
          expect(logTime).toBeGreaterThanOrEqual(times.get(stream) ?? 0);
          sequences.set(stream, sequence);
          times.set(stream, logTime);
        }
      }),
      { numRuns: 25, endOnFailure: true },
    );
  });

  it('refuses a snapshot that it cannot read', () => {
    const fold = new AggregatorFold(kind, codec);
    for (const [key, text] of [
      ['partition', '{'],
      ['partition', '{"v":2}'],
      ['i:BTC-USDT', '{"v":1,"consensus":{}}'],
      ['something', '{}'],
    ] as const) {
      expect(() => fold.restore(key, Buffer.from(text))).toThrowError(
        expect.objectContaining({ code: 'snapshot-unreadable', fate: 'fatal' }),
      );
    }
  });

  it('passes over what it cannot read, and says so', () => {
    const skipped: string[] = [];
    const fold = new AggregatorFold(kind, codec, (reason) => skipped.push(reason));
    const blank: InputRecord = {
      topic: `clean.${kind}`,
      partition: 0,
      offset: 0,
      timestampMs: 1,
      key: null,
      value: null,
      headers: {},
    };
    expect(foldAll(fold, [blank, { ...blank, value: Buffer.from('garbage') }])).toEqual([]);
    expect(skipped).toEqual(['marker', 'undecodable']);
  });

  it('stops at a configuration of rules it does not hold, and leaves aside one that it cannot read', () => {
    const marker = { type: 'config', version: 4, digest: 'd' } as const;
    const skipped: string[] = [];
    const apply = (content: unknown): void => {
      const fold = new AggregatorFold(kind, codec, (reason) => skipped.push(reason));
      foldAll(fold, inputs([{ at: 0, content: { ...marker, content } }]));
    };
    const content = { rules: 99, sources: {}, fusion: { kinds: {} }, instruments: [] };
    const fatal = expect.objectContaining({ code: 'rules-not-carried', fate: 'fatal' }) as unknown as Error;
    expect(() => apply(content)).toThrowError(fatal);
    apply({ ...content, rules: 1, fusion: 3 });
    expect(skipped).toEqual(['configuration']);
  });
});
