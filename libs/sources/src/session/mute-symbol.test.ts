import { TestSubscription } from '@concord/testkit';
import { expect, it } from 'vitest';

const SECOND = 1_000;
const MUTE = 'S3';
const SYMBOLS = Array.from({ length: 10 }, (_, index) => `S${index}`);
const KEYS = SYMBOLS.map((symbol) => `quotes:${symbol}`);

/** Seconds pass in which every symbol is quoted once, but for those that are mute. */
async function quoted(test: TestSubscription, seconds: number, mute: readonly string[]): Promise<void> {
  for (let at = 0; at < seconds; at++) {
    await test.clock.pass(SECOND);
    for (const symbol of SYMBOLS) if (!mute.includes(symbol)) test.sockets.last.deliver({ quote: symbol });
  }
}

it('one symbol of ten that is confirmed and never sent is found, told and asked for again alone, without a word about the others', async () => {
  const test = new TestSubscription({ symbols: SYMBOLS, kinds: ['quotes'] });
  await test.live(...KEYS);
  const before = test.sockets.last.sent.length;
  await quoted(test, 62, [MUTE]);
  expect(test.markers('resync')).toMatchObject([{ instrument: MUTE, kind: 'quotes' }]);
  expect(test.sockets.last.sent.slice(before)).toEqual([
    `unsubscribe quotes:${MUTE}`,
    `subscribe quotes:${MUTE}`,
  ]);
  const stale = test.source.status().streams.filter(({ state }) => state.stale);
  expect(stale.map(({ state }) => state.stream.key)).toEqual([`quotes:${MUTE}`]);
  await quoted(test, 5, []);
  expect(test.source.status().streams.filter(({ state }) => state.stale)).toEqual([]);
  expect(test.sockets.connections).toHaveLength(1);
  expect(test.markers('reconnect')).toEqual([]);
  await test.stop();
});
