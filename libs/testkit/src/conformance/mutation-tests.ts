import { parseFixed } from '@concord/model';
import type { ParsedFrame } from '@concord/sources';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import type { Session } from './play.ts';
import type { SourceConformance } from './venue-conformance.ts';

/** Frames of each type that are mutated. */
const FRAMES_PER_TYPE = 6;
const RUNS = 1_000;

/** Frames of every type, so that the many of one do not hide the few of another. */
function corpus(venue: SourceConformance, sessions: readonly Session[]): string[] {
  const texts = sessions.flatMap(({ frames }) => frames.map(({ data }) => String(data)));
  const byType = Map.groupBy(texts, (text) => venue.typeOf(text));
  return [...byType.values()].flatMap((same) => same.slice(0, FRAMES_PER_TYPE));
}

type Mutation =
  | { readonly how: 'flip'; readonly at: number; readonly to: string }
  | { readonly how: 'cut' | 'repeat'; readonly at: number; readonly length: number };

const mutation: fc.Arbitrary<Mutation> = fc.oneof(
  fc.record({
    how: fc.constant('flip' as const),
    at: fc.nat(),
    to: fc.oneof(
      fc.constantFrom(...Array.from('"{}[]:,.-+eE0123456789\\ \u0000é')),
      fc.string({ minLength: 1, maxLength: 1 }),
    ),
  }),
  fc.record({
    how: fc.constantFrom('cut' as const, 'repeat' as const),
    at: fc.nat(),
    length: fc.integer({ min: 1, max: 60 }),
  }),
);

function mutated(text: string, mutations: readonly Mutation[]): string {
  return mutations.reduce((now, one) => {
    const at = now.length === 0 ? 0 : one.at % now.length;
    if (one.how === 'flip') return now.slice(0, at) + one.to + now.slice(at + 1);
    const end = Math.min(now.length, at + one.length);
    return one.how === 'cut' ? now.slice(0, at) + now.slice(end) : now.slice(0, end) + now.slice(at);
  }, text);
}

/** Numbers that stand in a frame, in quotes or not, with thousands apart or not. */
function numbersIn(text: string): Set<bigint> {
  const plain = Array.from(text.matchAll(/[-+]?[\d.]+(?:[eE][-+]?\d+)?/g), ([number]) => number);
  const grouped = Array.from(text.matchAll(/\d{1,3}(?:,\d{3})+(?:\.\d*)?/g), ([number]) => number);
  return new Set(
    [...plain, ...grouped.map((number) => number.replaceAll(',', ''))].map(
      (number) => parseFixed(number) ?? -1n,
    ),
  );
}

function countOf({ trades, quotes, bars }: ParsedFrame): number {
  return trades.length + quotes.length + bars.length;
}

function valuesIn(text: string): number {
  return text.match(/[^\s,:[\]{}|]+/g)?.length ?? 0;
}

/** A parser never throws, and tells nothing that does not stand in the frame, whatever becomes of the frame on its way. */
export function mutationTests(venue: SourceConformance, sessions: readonly Session[]): void {
  const texts = corpus(venue, sessions);
  const symbols = [...new Set(sessions.flatMap((session) => session.symbols))];
  it(`reads ${texts.length} frames with bytes changed, cut out and repeated: never throws, never invents`, () => {
    const parser = venue.protocol.createParser(symbols);
    const sample = fc.tuple(fc.constantFrom(...texts), fc.array(mutation, { minLength: 1, maxLength: 4 }));
    fc.assert(
      fc.property(sample, ([text, mutations]) => {
        const harmed = mutated(text, mutations);
        const parsed = parser.parse(harmed, 1_700_000_000_000_000);
        expect(countOf(parsed)).toBeLessThanOrEqual(valuesIn(harmed));
        const numbers = numbersIn(harmed);
        for (const { price, size, sampled } of parsed.trades) {
          if (sampled) continue; // put together of several frames
          expect(numbers).toContain(price);
          expect(numbers).toContain(size);
        }
      }),
      { numRuns: RUNS },
    );
  });
}
