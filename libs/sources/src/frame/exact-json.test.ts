import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseExactJson, type ExactJson } from './exact-json.ts';

/** What `JSON.parse` gives, with numbers as the texts that `JSON.stringify` writes for them. */
function withTexts(value: unknown): ExactJson {
  if (typeof value === 'number') return JSON.stringify(value);
  if (Array.isArray(value)) return value.map(withTexts);
  if (typeof value === 'object' && value !== null) {
    return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, withTexts(item)]));
  }
  return value as string | boolean | null;
}

function isReadable(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

const json = fc.jsonValue().filter((value) => !JSON.stringify(value).includes('__proto__'));

describe('parseExactJson', () => {
  it('keeps the text of numbers, trailing zeros and exponents included', () => {
    expect(parseExactJson('{"p":78480.10,"q":0.00000000,"e":[1E+2,-1e-7,0,-0.5]}')).toEqual({
      p: '78480.10',
      q: '0.00000000',
      e: ['1E+2', '-1e-7', '0', '-0.5'],
    });
  });

  it('keeps integers that a double would round', () => {
    expect(parseExactJson('[17408390984690501469]')).toEqual(['17408390984690501469']);
  });

  it('reads what JSON.parse reads, with any spacing', () => {
    fc.assert(
      fc.property(json, fc.constantFrom(0, 1, 3), (value, indent) => {
        const text = JSON.stringify(value, null, indent);
        expect(parseExactJson(text)).toEqual(withTexts(JSON.parse(text)));
      }),
    );
  });

  it('accepts exactly the texts that JSON.parse accepts', () => {
    const character = fc.constantFrom(...'{}[],:"\\0123456789.-+eEtrufalsn \t\n\u0001x'.split(''));
    fc.assert(
      fc.property(fc.array(character, { maxLength: 12 }), (characters) => {
        const text = characters.join('');
        expect(parseExactJson(text) !== undefined).toBe(isReadable(text));
      }),
      { numRuns: 3_000 },
    );
  });

  it('refuses every text that was cut short', () => {
    const text = '{"a":[1.5,true,null,"x\\u0041\\"y"],"b":{"c":-2e3}}';
    expect(parseExactJson(text)).toEqual({ a: ['1.5', true, null, 'xA"y'], b: { c: '-2e3' } });
    for (let length = 0; length < text.length; length++)
      expect(parseExactJson(text.slice(0, length))).toBeUndefined();
  });

  it('refuses numbers that JSON does not know, and what follows a text', () => {
    for (const text of ['01', '1.', '.5', '+1', '1e', '--1', 'NaN', '1 2', '{} x', '"a']) {
      expect(parseExactJson(text), text).toBeUndefined();
    }
  });

  it('refuses a text nested so deep that it would break the stack, and a key that would change a prototype', () => {
    expect(parseExactJson('['.repeat(65) + ']'.repeat(65))).toBeUndefined();
    expect(parseExactJson('['.repeat(64) + ']'.repeat(64))).toBeDefined();
    expect(parseExactJson('{"__proto__":{"x":1}}')).toBeUndefined();
  });
});
