import type { RawTrade } from '@concord/codec';
import { ManualClock, testContext, testListing, venueTrade } from '@concord/testkit';
import { describe, expect, it } from 'vitest';
import { barRecord } from '../frame/records.ts';
import type { Hole } from '../history/hole.ts';
import { CatchUp } from './catch-up.ts';
import { StreamState, type StreamCheckpoint } from './stream-state.ts';

const listing = testListing('test', 'A');

/** A trade at `at`, brought by a session, with an id that says nothing of its place. */
function trade(session: string, at: number): RawTrade {
  const context = { ...testContext('test', ['A']), session };
  const provenance = {
    receiveTime: at,
    origin: 'LIVE',
    eventTime: at,
    precision: 'MICROSECOND',
    venueSequence: null,
  } as const;
  const made = venueTrade(context, listing, at, provenance);
  return { ...made, idKind: 'OPAQUE', firstId: `t${at}`, lastId: `t${at}` };
}

describe('after an interruption of a stream whose ids have no arithmetic', () => {
  const clock = new ManualClock();

  function resumed(
    session: string,
    trades: readonly RawTrade[],
    checkpoint?: StreamCheckpoint,
  ): { holes: Hole[]; gaps: number } {
    const stream = { listing, kind: 'trades', key: 'trades:A' } as const;
    const state = new StreamState(stream, clock.monotonicMs(), checkpoint);
    for (const one of trades) state.take(one, clock.monotonicMs());
    const holes: Hole[] = [];
    let gaps = 0;
    const missed = (hole: Hole): void => void holes.push(hole);
    const isOpen = (): boolean => false;
    new CatchUp({ clock, machineClock: clock, missed, isOpen, gap: () => gaps++ }).resumed([state], session);
    return { holes, gaps };
  }

  it('the hole begins at the last record of the session before', () => {
    const last = trade('s1', 11);
    const { holes, gaps } = resumed('s2', [trade('s1', 10), last]);
    expect(holes).toMatchObject([{ ids: null, from: 11, before: null }]);
    expect(holes[0]?.after).toBe(last);
    expect(gaps).toBe(1);
  });

  it('it does so too when the session brought records before it was live', () => {
    const last = trade('s1', 11);
    const { holes } = resumed('s2', [trade('s1', 10), last, trade('s2', 15), trade('s2', 16)]);
    expect(holes).toMatchObject([{ from: 11 }]);
    expect(holes[0]?.after).toBe(last);
  });

  it('nothing was missed before the first session of all', () => {
    expect(resumed('s1', [])).toEqual({ holes: [], gaps: 0 });
    expect(resumed('s1', [trade('s1', 10), trade('s1', 11)])).toEqual({ holes: [], gaps: 0 });
  });

  it('of the process itself, the hole begins where the log ends', () => {
    const checkpoint = { lastId: null, lastEventTime: 7, openHoles: [] };
    const hole = { ids: null, from: 7, after: null };
    expect(resumed('s1', [], checkpoint).holes).toMatchObject([hole]);
    expect(resumed('s1', [trade('s1', 10)], checkpoint).holes).toMatchObject([hole]);
    expect(resumed('s2', [trade('s1', 10)], checkpoint).holes).toMatchObject([{ from: 10 }]);
  });
});

describe('a stream of trades that has brought nothing', () => {
  const SECOND = 1_000_000;

  /** One that was served first at a time; what was missed when it is served again, or asked for anew. */
  function silent(kind: 'trades' | 'quotes', again: (catchUp: CatchUp, state: StreamState) => void): Hole[] {
    const clock = new ManualClock({ startAtMs: 60_000 });
    const state = new StreamState({ listing, kind, key: `${kind}:A` }, clock.monotonicMs());
    const holes: Hole[] = [];
    const missed = (hole: Hole): void => void holes.push(hole);
    const around = { clock, machineClock: clock, isOpen: () => false, gap: () => undefined };
    const catchUp = new CatchUp({ ...around, missed });
    catchUp.resumed([state], 's1');
    expect(holes).toEqual([]);
    again(catchUp, state);
    return holes;
  }

  it('may have missed some since it was served first, less what the clock of the venue may be behind', () => {
    const hole = { ids: null, from: 55 * SECOND, after: null, before: null };
    expect(silent('trades', (catchUp, state) => catchUp.resumed([state], 's2'))).toMatchObject([hole]);
    expect(silent('trades', (catchUp, state) => catchUp.resubscribed(state))).toMatchObject([hole]);
    expect(silent('quotes', (catchUp, state) => catchUp.resumed([state], 's2'))).toEqual([]);
  });

  it('may have missed some before its first came, where one that had it before had left a hole open', () => {
    const clock = new ManualClock({ startAtMs: 60_000 });
    const checkpoint = { lastId: 9, lastEventTime: 7, openHoles: [], uncounted: 1 };
    const state = new StreamState({ listing, kind: 'trades', key: 'trades:A' }, 0, checkpoint);
    const holes: Hole[] = [];
    const missed = (hole: Hole): void => void holes.push(hole);
    const around = { clock, machineClock: clock, isOpen: () => false, gap: () => undefined };
    new CatchUp({ ...around, missed }).resumed([state], 's1');
    expect(holes).toMatchObject([{ ids: null, from: 7, after: null }]);
  });
});

describe('a stream that was mute on an open socket', () => {
  const clock = new ManualClock();

  function resubscribed(...trades: RawTrade[]): {
    holes: Hole[];
    gaps: StreamState[];
    state: StreamState;
    catchUp: CatchUp;
  } {
    const state = new StreamState({ listing, kind: 'trades', key: 'trades:A' }, clock.monotonicMs());
    for (const one of trades) state.take(one, clock.monotonicMs());
    const holes: Hole[] = [];
    const gaps: StreamState[] = [];
    const catchUp = new CatchUp({
      clock,
      machineClock: clock,
      missed: (hole) => holes.push(hole),
      isOpen: ({ after }) => holes.some((hole) => hole.after === after),
      gap: () => gaps.push(state),
    });
    catchUp.resubscribed(state);
    return { holes, gaps, state, catchUp };
  }

  it('is looked up at once in history where ids have no arithmetic', () => {
    expect(resubscribed(trade('s1', 11)).holes).toMatchObject([{ ids: null, from: 11 }]);
  });

  it('is told once, however many cures it takes', () => {
    const { holes, gaps, state, catchUp } = resubscribed(trade('s1', 11));
    catchUp.resubscribed(state);
    catchUp.resumed([state], 's2');
    expect([holes.length, gaps.length]).toEqual([1, 1]);
    state.take(trade('s2', 20), clock.monotonicMs());
    catchUp.resumed([state], 's3');
    expect([holes.length, gaps.length]).toEqual([2, 2]);
  });

  it('is looked up from the id after its last one when it stays mute', async () => {
    const context = testContext('test', ['A']);
    const provenance = {
      receiveTime: 1,
      eventTime: 1,
      precision: 'MICROSECOND',
      venueSequence: null,
    } as const;
    const { holes, catchUp } = resubscribed(
      venueTrade(context, listing, 7, { ...provenance, origin: 'LIVE' }),
    );
    catchUp.inspect();
    expect(holes).toEqual([]);
    await clock.pass(6_000);
    catchUp.inspect();
    expect(holes).toMatchObject([{ ids: { first: 8, last: null } }]);
  });

  it('is not when it was never served', () => {
    expect(resubscribed().holes).toEqual([]);
  });
});

describe('after an interruption of a stream of bars that no window is sure to have', () => {
  const MINUTE = 60_000_000;

  /** What is missed when minute 0 was told, final or not, and the stream is served again at `at`. */
  function missedAt(at: number, final: boolean): Hole[] {
    const clock = new ManualClock({ startAtMs: at / 1_000 });
    const context = { ...testContext('test', ['A']), session: 's1' };
    const none = { quoteVolume: null, vwap: null, tradeCount: null, takerBuyVolume: null };
    const bar = barRecord(context, listing, {
      ...{ receiveTime: 1, origin: 'LIVE', eventTime: null, precision: null, venueSequence: null },
      ...{ interval: '1m', start: 0, open: 1n, high: 1n, low: 1n, close: 1n, volume: 1n, final, revision: 0 },
      ...none,
    });
    const state = new StreamState({ listing, kind: 'bars', key: 'bars:A' }, 0);
    state.take(bar, 0);
    const holes: Hole[] = [];
    const missed = (hole: Hole): void => void holes.push(hole);
    const catchUp = new CatchUp({
      clock,
      machineClock: clock,
      missed,
      isOpen: () => false,
      gap: () => undefined,
    });
    catchUp.resumed([state], 's2');
    return holes;
  }

  it('the windows that ended meanwhile are looked up from the last bar on', () => {
    const hole = { kind: 'bars', ids: null, after: { start: 0 }, before: null };
    expect(missedAt(MINUTE, false)).toMatchObject([hole]);
    expect(missedAt(2 * MINUTE, true)).toMatchObject([hole]);
  });

  it('nothing is where no window has ended', () => {
    expect(missedAt(MINUTE - 1_000, false)).toEqual([]);
    expect(missedAt(2 * MINUTE - 1_000, true)).toEqual([]);
  });
});
