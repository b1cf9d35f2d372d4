import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseConfig, readEnvironment } from '@concord/runtime';
import { expect, test } from 'vitest';
import { checkVenues } from './check-venues.ts';

const SHIPPED = readFileSync(join(import.meta.dirname, '../../../concord.yaml'), 'utf8');

async function refusal(venues: string): Promise<string> {
  // The shipped instruments, listed at nothing but what the case defines.
  const text = SHIPPED.replace(/^venues:.*\n(?: .*\n|\n)*/m, venues).replace(
    /^ {6}[a-z]+: \{ symbol.*\n/gm,
    '',
  );
  const config = parseConfig(
    text.replace(/^ {4}venues:\n/gm, '    venues: {}\n'),
    'test.yaml',
    readEnvironment({}),
  );
  return checkVenues(config, 'test.yaml').then(
    () => 'accepted',
    (error: unknown) => (error as Error).message,
  );
}

test('an option that an ingestor does not know is refused, and so is a value of one that it knows', async () => {
  expect(await refusal('venues:\n  binance: { options: { trdeStream: trade } }\n')).toMatch(
    /test\.yaml: venues\.binance\.options: .*trdeStream/,
  );
  expect(await refusal('venues:\n  binance: { options: { tradeStream: foo } }\n')).toMatch(
    /tradeStream = "foo": expected "aggTrade" or "trade"/,
  );
});

test('a venue without an ingestor is refused by the names of those that have one', async () => {
  expect(await refusal('venues:\n  nowhere: {}\n')).toMatch(
    /venues\.nowhere: expected one of .*binance.*kraken/,
  );
});

test('known options are accepted', async () => {
  expect(await refusal('venues:\n  binance: { options: { tradeStream: trade } }\n')).toBe('accepted');
});
