import type { RawTrade } from '@concord/codec';
import { ManualClock, silentLogger, testContext, testListing, venueTrade } from '@concord/testkit';
import { describe, expect, it } from 'vitest';
import { HistoryFailed } from '../errors.ts';
import type { SourceEvent } from '../events.ts';
import { StreamState } from '../session/stream-state.ts';
import { Repairs } from './repairs.ts';

const SECOND = 1_000;
const listing = testListing('test', 'A');
const context = testContext('test', ['A']);

function trade(id: number, isOpaque: boolean, origin: 'LIVE' | 'BACKFILL' = 'LIVE'): RawTrade {
  const provenance = {
    receiveTime: id,
    origin,
    eventTime: id,
    precision: 'MICROSECOND',
    venueSequence: null,
  } as const;
  const made = venueTrade(context, listing, id, provenance);
  return isOpaque ? { ...made, idKind: 'OPAQUE', firstId: `t${id}`, lastId: `t${id}` } : made;
}

async function outcome(
  seed: number,
  isOpaque: boolean,
  bad: () => readonly RawTrade[],
  badMs: number,
): Promise<string> {
  const clock = new ManualClock({ seed });
  const state = new StreamState({ listing, kind: 'trades', key: 'trades:A' }, clock.monotonicMs());
  const events: SourceEvent[] = [];
  const outcomes: string[] = [];
  state.take(trade(9, isOpaque), 0);
  const after = trade(10, isOpaque);
  state.take(after, 0);
  const repairs = new Repairs({
    source: 'test',
    replica: 'r1',
    history: {
      async *repair() {
        await Promise.resolve();
        yield clock.monotonicMs() < badMs
          ? bad()
          : [9, 10, 11, 12, 13].map((id) => trade(id, isOpaque, 'BACKFILL'));
      },
    },
    clock,
    machineClock: clock,
    logger: silentLogger(),
    stateOf: () => state,
    validate: () => undefined,
    emit: (event) => events.push(event),
    isFull: () => false,
    done: (_, result) => outcomes.push(result),
  });
  const stop = new AbortController();
  const running = repairs.run(stop.signal);
  const before = trade(13, isOpaque);
  state.take(before, 1);
  repairs.ask({
    listing,
    kind: 'trades',
    ids: isOpaque ? null : { first: 11, last: 12 },
    from: 10,
    after,
    before,
  });
  await clock.pass(600 * SECOND);
  stop.abort();
  await clock.pass(0);
  await running;
  return outcomes[0] ?? 'open';
}

describe('a hole while REST answers, for a minute, what cannot be used', () => {
  const none = (): readonly RawTrade[] => [];
  const unreadable = (): readonly RawTrade[] => {
    throw new HistoryFailed('history-unreadable', 'the answer is not JSON');
  };
  for (const [name, bad] of [
    ['an empty list', none],
    ['garbage', unreadable],
  ] as const)
    for (const isOpaque of [false, true])
      it(`${name}, ids ${isOpaque ? 'opaque' : 'contiguous'}: is filled as soon as REST is well`, async () => {
        const all: Record<string, number> = {};
        for (let seed = 1; seed <= 100; seed++) {
          const result = await outcome(seed, isOpaque, bad, 60 * SECOND);
          all[result] = (all[result] ?? 0) + 1;
        }
        expect(all).toEqual({ filled: 100 });
      });
});
