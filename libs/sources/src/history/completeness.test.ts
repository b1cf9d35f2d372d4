import type { RawBar, RawTrade } from '@concord/codec';
import { INTERVALS } from '@concord/model';
import { testBar, testContext, testListing, venueTrade } from '@concord/testkit';
import { describe, expect, it } from 'vitest';
import { IdTracker } from '../session/gaps.ts';
import {
  completenessOf,
  CONTIGUOUS_IDS,
  extended,
  NO_ANSWER,
  NO_IDS,
  OPAQUE_IDS,
  PLACED_BARS,
  type Answer,
} from './completeness.ts';
import type { Hole } from './hole.ts';

const listing = testListing('test', 'A');
const context = testContext('test', ['A']);
const HOLE: Hole = { listing, kind: 'trades', ids: null, from: 10, after: null, before: null };

/** A trade made at its id. */
function trade(id: number, idKind: RawTrade['idKind'] = 'TRADE'): RawTrade {
  const provenance = { receiveTime: id, origin: 'LIVE', eventTime: id, venueSequence: null } as const;
  return { ...venueTrade(context, listing, id, { ...provenance, precision: 'MICROSECOND' }), idKind };
}

const MINUTE = INTERVALS['1m'];

/** The bar of a minute. */
function bar(minute: number): RawBar {
  const start = minute * MINUTE;
  return testBar({ interval: '1m', start, end: start + MINUTE });
}

function answer(...times: number[]): Answer {
  return extended(
    NO_ANSWER,
    times.map((time) => trade(time, 'OPAQUE')),
  );
}

/** What is known of a stream that brought these ids. */
function seen(...ids: number[]): IdTracker {
  const tracker = new IdTracker();
  for (const id of ids) tracker.observe(id, id);
  return tracker;
}

describe('an answer', () => {
  it('is as long as its pages together, and has ids without arithmetic where one record has', () => {
    const whole = [[], [trade(7), { ...trade(8), eventTime: null }], [trade(9, 'OPAQUE')]].reduce(
      extended,
      NO_ANSWER,
    );
    expect(whole).toEqual({ oldest: 7, newest: 9, newestStart: -Infinity, opaqueIds: ['9'], highestId: 8 });
    expect(extended(NO_ANSWER, [bar(2), bar(1)]).newestStart).toBe(2 * MINUTE);
  });
});

describe('the kind of ids', () => {
  it('is told by the hole, and by the history of the venue where there are none', () => {
    expect(completenessOf({ ...HOLE, ids: { first: 1, last: 2 } })).toBe(CONTIGUOUS_IDS);
    expect(completenessOf(HOLE)).toBe(OPAQUE_IDS);
    expect(completenessOf(HOLE, true)).toBe(NO_IDS);
    expect(completenessOf({ ...HOLE, kind: 'bars' }, true)).toBe(PLACED_BARS);
  });
});

describe('contiguous ids', () => {
  const hole: Hole = { ...HOLE, ids: { first: 2, last: 8 } };
  const { judge, left, reached, within } = CONTIGUOUS_IDS;

  it('leave open what lies between the first and the last that is missing', () => {
    expect(left(hole, seen(1, 9, 2, 5))?.ids).toEqual({ first: 3, last: 8 });
    expect(left(hole, seen(1, 2, 3, 4, 5, 6, 7, 8))).toBeUndefined();
    expect(left({ ...hole, ids: { first: 2, last: null } }, seen(1, 2, 3))?.ids).toEqual({
      first: 4,
      last: null,
    });
  });

  it('take every record that covers one of them', () => {
    const covering = { ...trade(1), lastId: '4' };
    const page = [trade(1), covering, trade(2), trade(4, 'OPAQUE'), trade(8), trade(9)];
    expect(within(hole, page)).toEqual([page[1], page[2], page[4]]);
    expect(within({ ...hole, ids: { first: 2, last: null } }, [trade(9)])).toHaveLength(1);
  });

  it('tell from where to ask on: from the record just before what is left', () => {
    const rest = left(hole, seen(1, 9, 2, 3));
    expect(reached(rest, [trade(2), trade(3)])).toBe(3);
    expect(reached(rest, [trade(7)])).toBeNull();
  });

  it('are filled when none is left, or when the hole has no end of its own', () => {
    expect(judge(hole, undefined, NO_ANSWER, null).result).toBe('filled');
    expect(judge(hole, hole, NO_ANSWER, null)).toEqual({ result: 'incomplete', hole });
    const endless: Hole = { ...hole, ids: { first: 2, last: null } };
    expect(judge(endless, endless, NO_ANSWER, null).result).toBe('filled');
  });
});

describe('no ids', () => {
  it('take records from where the hole begins', () => {
    const page = [trade(9, 'NONE'), trade(10, 'NONE')];
    expect(NO_IDS.within(HOLE, page)).toEqual(page.slice(1));
    expect(NO_IDS.within({ ...HOLE, from: null }, page)).toEqual(page);
    // History may tell the second alone of what happened later in it.
    const coarse = { ...trade(1_000_000), eventTimePrecision: 'SECOND' as const };
    expect(NO_IDS.within({ ...HOLE, from: 1_999_999 }, [coarse])).toEqual([coarse]);
    expect(NO_IDS.within({ ...HOLE, from: 2_000_000 }, [coarse])).toEqual([]);
  });

  it('are filled by whatever the answer holds', () => {
    expect(NO_IDS.judge(HOLE, NO_IDS.left(HOLE, seen()), NO_ANSWER, null)).toEqual({
      result: 'filled',
      hole: HOLE,
    });
  });
});

describe('bars that a venue leaves out where nothing was traded', () => {
  const { judge, within } = PLACED_BARS;
  const hole: Hole = { ...HOLE, kind: 'bars', after: bar(1) };
  const reaching = (...minutes: number[]): Answer => extended(NO_ANSWER, minutes.map(bar));

  it('are taken up to the first one that came live after the hole', () => {
    const page = [1, 2, 4, 5].map(bar);
    expect(within({ ...hole, before: bar(4) }, page)).toEqual(page.slice(0, 2));
    expect(within(hole, page)).toEqual(page);
    expect(within({ ...hole, through: 4 * MINUTE }, page)).toEqual(page.slice(2));
  });

  it('are whole when the answer reaches the bar that came live after the hole, which a history that lags does not', () => {
    expect(judge(hole, hole, reaching(1, 2, 4), bar(4)).result).toBe('filled');
    expect(judge(hole, hole, reaching(1, 2), bar(4))).toEqual({
      result: 'behind',
      hole: { ...hole, before: bar(4), through: 2 * MINUTE },
    });
    expect(judge(hole, hole, NO_ANSWER, bar(4)).result).toBe('behind');
  });

  it('are waited for while none has come live', () => {
    expect(judge(hole, hole, reaching(1, 2), null).result).toBe('quiet');
  });
});

describe('ids without arithmetic', () => {
  const before = trade(14, 'OPAQUE');
  const { judge, within } = OPAQUE_IDS;
  const hole: Hole = { ...HOLE, after: trade(10, 'OPAQUE') };

  it.each([
    ['holds the record before the hole and one after it', answer(9, 10, 14), 'filled'],
    ['begins after the hole', answer(11, 14), 'unrepairable'],
    ['lags behind the stream', answer(9, 10, 13), 'incomplete'],
    ['ends before the hole', answer(8, 9), 'incomplete'],
    ['holds nothing', NO_ANSWER, 'incomplete'],
  ] as const)('of an answer that %s', (_, given, result) => {
    expect(judge(hole, hole, given, before).result).toBe(result);
  });

  it('take from a page what stands after the record before the hole, and by time where it has that no more', () => {
    const page = [7, 10, 8, 12].map((id) => trade(id, 'OPAQUE'));
    expect(within(hole, page)).toEqual(page.slice(2));
    expect(within({ ...hole, link: '8' }, page)).toEqual(page.slice(3));
    expect(within({ ...hole, link: 'gone' }, page)).toEqual([page[1], page[3]]);
  });

  it('of a hole whose beginning only a time tells, are joined by an older record', () => {
    expect(judge(HOLE, HOLE, answer(9, 14), before).result).toBe('filled');
    expect(judge(HOLE, HOLE, answer(10, 14), before).result).toBe('unrepairable');
  });

  it('cannot be filled where nobody knows the begin of the hole', () => {
    expect(judge({ ...HOLE, from: null }, HOLE, answer(1, 20), before).result).toBe('unrepairable');
  });

  it('may turn out to have arithmetic where none was known: then the answer must reach what came live', () => {
    const counted = (...ids: number[]): Answer =>
      extended(
        NO_ANSWER,
        ids.map((id) => trade(id)),
      );
    expect(judge(HOLE, HOLE, counted(12, 14), trade(14)).result).toBe('filled');
    expect(judge(HOLE, HOLE, counted(12, 13), trade(14)).result).toBe('incomplete');
    expect(judge(HOLE, HOLE, NO_ANSWER, trade(14)).result).toBe('incomplete');
    expect(judge(HOLE, HOLE, counted(12), null).result).toBe('incomplete');
  });

  it('are quiet while nothing has come live to compare with', () => {
    expect(judge(hole, hole, answer(10, 12), null).result).toBe('quiet');
  });

  it('are asked for again from the newest of the answer, up to the same record', () => {
    expect(judge(hole, hole, answer(10, 13), before).hole).toEqual({ ...hole, from: 13, link: '13', before });
    expect(judge(hole, hole, answer(8, 9), before).hole).toEqual({ ...hole, before });
  });
});
