import { collect, ManualClock, testListing } from '@concord/testkit';
import { expect, it } from 'vitest';
import type { Stretch } from './history.ts';
import { VenueHistory } from './venue-history.ts';

const HOUR = 3_600_000_000;
const NOW_MS = 1_767_225_600_000;
const NOW = NOW_MS * 1_000;

async function askedFor(from: number, to: number): Promise<Stretch[]> {
  const asked: Stretch[] = [];
  const past = {
    bars: (stretch: Stretch) => {
      asked.push(stretch);
      return undefined;
    },
    trades: () => undefined,
    missedTrades: () => undefined,
  };
  const venue = { urls: ['http://127.0.0.1:1'], limits: [] };
  const options = { clock: new ManualClock({ startAtMs: NOW_MS }), replica: 'r1' };
  const history = new VenueHistory('test', venue, past, options);
  await collect(history.pages(testListing('test', 'A'), 'bars', '1m', from, to, undefined));
  return asked;
}

it('asks a venue for nothing that is to come, however far the end is', async () => {
  expect(await askedFor(NOW - HOUR, NOW + 10_000 * HOUR)).toMatchObject([
    { from: NOW - HOUR, to: NOW + HOUR },
  ]);
  expect(await askedFor(NOW - 2 * HOUR, NOW - HOUR)).toMatchObject([{ to: NOW - HOUR }]);
  expect(await askedFor(NOW + 2 * HOUR, NOW + 10_000 * HOUR)).toEqual([]);
});
