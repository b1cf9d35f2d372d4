import { expect, test } from 'vitest';
import { placesFound } from '../rule-judge.ts';
import { venueNames } from './venue-names.ts';

const INGESTORS = { 'services/ingestor-binance/a.ts': '', 'services/ingestor-gate-io/a.ts': '' };

test('a venue is found in code and in comments, however it is written', () => {
  const text = "const url = 'wss://stream.binance.com';\n// as Gate.io does\nclass InteractiveBrokers {}\n";
  const places = ['libs/a/src/a.ts:1', 'libs/a/src/a.ts:2', 'libs/a/src/a.ts:3'];
  expect(placesFound(venueNames, { ...INGESTORS, 'libs/a/src/a.ts': text })).toEqual(places);
});

test('venues may be named outside libs, in tests and in generated types', () => {
  const text = '// binance\n';
  const texts = {
    'services/ingestor-binance/a.ts': text,
    'libs/a/a.test.ts': text,
    'libs/a/b.generated.ts': text,
  };
  expect(placesFound(venueNames, texts)).toEqual([]);
});
