import type { RawBar } from '@concord/codec';
import { INTERVALS } from '@concord/model';
import { ManualClock, silentLogger, testBar, testListing } from '@concord/testkit';
import { expect, it, onTestFinished } from 'vitest';
import type { SourceEvent } from '../events.ts';
import { StreamState } from '../session/stream-state.ts';
import type { HistoricalPage } from '../source.ts';
import type { Hole } from './hole.ts';
import { Repairs } from './repairs.ts';

const MINUTE = INTERVALS['1m'];
const HOUR_MS = 3_600_000;
const listing = testListing('test', 'A');

/** The bar of a minute at a venue that has none for minutes without a trade. */
function bar(minute: number): RawBar {
  const start = minute * MINUTE;
  return testBar({ source: 'test', instrument: listing.instrument, start, end: start + MINUTE });
}

/** A stream of bars that lost its connection after the first minute, and a history that shows these minutes. */
function interrupted() {
  const clock = new ManualClock();
  const state = new StreamState({ listing, kind: 'bars', key: 'bars:A' }, clock.monotonicMs());
  const live = (minute: number): void => void state.take(bar(minute), clock.monotonicMs());
  live(1);
  const history = { minutes: [1], asked: 0 };
  const pages = async function* (): AsyncGenerator<HistoricalPage> {
    history.asked++;
    yield await Promise.resolve(history.minutes.map(bar));
  };
  const events: SourceEvent[] = [];
  const outcomes: string[] = [];
  const repairs = new Repairs({
    source: 'test',
    replica: 'r1',
    history: { repair: pages },
    clock,
    machineClock: clock,
    logger: silentLogger(),
    stateOf: () => state,
    validate: () => undefined,
    emit: (event) => events.push(event),
    isFull: () => false,
    done: (_, outcome) => outcomes.push(outcome),
  });
  const stop = new AbortController();
  const running = repairs.run(stop.signal);
  onTestFinished(async () => {
    stop.abort();
    await clock.pass(0);
    await running;
  });
  const hole: Hole = { listing, kind: 'bars', ids: null, from: null, after: state.last, before: null };
  const fetched = (): number[] =>
    events.flatMap((event) =>
      event.type === 'records' ? event.bars.map(({ start }) => start / MINUTE) : [],
    );
  return { clock, repairs, hole, live, history, outcomes, fetched };
}

it('a hole among bars waits for the next bar, and is filled when history reaches it', async () => {
  const { clock, repairs, hole, live, history, outcomes, fetched } = interrupted();
  repairs.ask(hole);
  await clock.pass(2_000);
  expect(history.asked).toBe(0);
  live(5);
  history.minutes = [1, 2, 4, 5];
  await clock.pass(1_000);
  expect(fetched()).toEqual([1, 2, 4]);
  expect([outcomes, history.asked]).toEqual([['filled'], 1]);
});

it('a history of bars that lags is asked again until it reaches so far', async () => {
  const { clock, repairs, hole, live, history, outcomes, fetched } = interrupted();
  repairs.ask(hole);
  live(5);
  history.minutes = [1, 2];
  await clock.pass(HOUR_MS / 4);
  expect(outcomes).toEqual([]);
  // Not in a hurry: some thirty seconds apart in the end.
  expect(history.asked).toBeLessThan(60);
  history.minutes = [1, 2, 4, 5];
  await clock.pass(HOUR_MS / 30);
  // The newest of an answer may have been open, so that it comes again.
  expect(fetched().filter((minute) => minute !== 2)).toEqual([1, 4]);
  expect(outcomes).toEqual(['filled']);
});

it('a hole among bars that history never reaches beyond is stated after an hour', async () => {
  const { clock, repairs, hole, live, outcomes } = interrupted();
  repairs.ask(hole);
  live(5);
  await clock.pass(HOUR_MS * 1.1);
  expect(outcomes).toEqual(['unrepairable']);
});

it('a hole among bars stays open while no bar has come live, and a further interruption begins no other', async () => {
  const { clock, repairs, hole, live, history, outcomes } = interrupted();
  repairs.ask(hole);
  history.minutes = [1, 2];
  await clock.pass(HOUR_MS);
  expect(outcomes).toEqual([]);
  expect(repairs.isOpen(hole)).toBe(true);
  live(60);
  history.minutes = [1, 2, 60];
  await clock.pass(1_000);
  expect(outcomes).toEqual(['filled']);
});
