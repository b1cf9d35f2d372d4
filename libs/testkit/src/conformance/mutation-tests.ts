import { parseFixed } from '@concord/model';
import { isObject, type ParsedFrame } from '@concord/sources';
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
  const ofTypes = [...byType.values()].flatMap((same) => same.slice(0, FRAMES_PER_TYPE));
  return [...ofTypes, ...(venue.answers ?? [])];
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

/** Values that no field has, as JSON: not every object can be made text, and what is nested too deep cannot be written again. */
const SHAPES: readonly string[] = [
  '{"toString":1,"valueOf":1}',
  '{"__proto__":null}',
  '[{"toString":1,"valueOf":1}]',
  '['.repeat(20_000) + ']'.repeat(20_000),
  '{}',
  '[]',
  'null',
  'true',
  '-1e999',
  '""',
];

/** Above it a frame is a list of much the same. */
const RESHAPED_CHARACTERS_MAX = 8_000;

/** The JSON texts of a value in which one part, however deep, is another shape. Of a list the ends stand for the rest. */
function* reshaped(value: unknown): Generator<string> {
  yield* SHAPES;
  if (Array.isArray(value)) {
    const texts = value.map((entry) => JSON.stringify(entry));
    for (const at of new Set([0, value.length - 1].filter((index) => index in value)))
      for (const part of reshaped(value[at])) yield `[${texts.with(at, part).join(',')}]`;
  } else if (isObject(value)) {
    const fields = Object.entries(value);
    const texts = fields.map(([key, field]) => `${JSON.stringify(key)}:${JSON.stringify(field)}`);
    for (const [at, [key, field]] of fields.entries())
      for (const part of reshaped(field))
        yield `{${texts.with(at, `${JSON.stringify(key)}:${part}`).join(',')}}`;
  }
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** Each value of a frame of JSON replaced by others, one at a time, after the sound frame. */
function reshapeTests(venue: SourceConformance, texts: readonly string[], symbols: readonly string[]): void {
  const frames = texts.filter((text) => text.length <= RESHAPED_CHARACTERS_MAX && isObject(jsonOf(text)));
  if (frames.length === 0) return;
  it(`reads ${frames.length} frames with each value in turn an object, a list, nested or none: never throws`, () => {
    for (const text of frames) {
      const parser = venue.protocol.createParser(symbols);
      parser.parse(text, 1_700_000_000_000_000);
      for (const harmed of reshaped(jsonOf(text))) {
        try {
          parser.parse(harmed, 1_700_000_000_000_000);
        } catch (cause) {
          throw new Error(`the parser threw on ${harmed.slice(0, 400)}`, { cause });
        }
      }
    }
  });
}

/** A parser never throws, and tells nothing that does not stand in the frame, whatever becomes of the frame on its way. */
export function mutationTests(venue: SourceConformance, sessions: readonly Session[]): void {
  const texts = corpus(venue, sessions);
  const symbols = [...new Set(sessions.flatMap((session) => session.symbols))];
  reshapeTests(venue, texts, symbols);
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
