import type { RawBar, RawQuote, RawTrade } from '@concord/codec';
import type { Kind } from '@concord/model';
import { testContext, testListing, venueTrade } from '@concord/testkit';
import { describe, expect, it } from 'vitest';
import { barRecord, quoteRecord } from '../frame/records.ts';
import { StreamState, type RawRecord, type Role } from './stream-state.ts';

const listing = testListing('test', 'A');
const PROVENANCE = {
  receiveTime: 1,
  origin: 'LIVE',
  eventTime: 1,
  precision: 'MICROSECOND',
  venueSequence: null,
} as const;

/** A trade whose id says nothing of its place. */
function trade(id: number, session: string): RawTrade {
  const made = venueTrade({ ...testContext('test', ['A']), session }, listing, id, PROVENANCE);
  return { ...made, idKind: 'OPAQUE' };
}

/** A change of a book. */
function quote(id: number | null, session: string): RawQuote {
  const sides = { bid: 1n, bidSize: 1n, ask: 2n, askSize: 1n };
  const updateId = id === null ? null : String(id);
  return quoteRecord({ ...testContext('test', ['A']), session }, listing, {
    ...PROVENANCE,
    ...sides,
    updateId,
  });
}

/** A quote without an id, by the venue's time. */
function timed(eventTime: number, session: string): RawQuote {
  return { ...quote(null, session), eventTime };
}

const MINUTE = 60_000_000;

/** What is known of a minute when so much of it is traded. */
function bar(minute: number, volume: bigint, session: string, final = false): RawBar {
  const prices = { open: 1n, high: 1n, low: 1n, close: 1n };
  const counts = { quoteVolume: null, vwap: null, tradeCount: null, takerBuyVolume: null };
  return barRecord({ ...testContext('test', ['A']), session }, listing, {
    ...PROVENANCE,
    eventTime: null,
    precision: null,
    interval: '1m',
    start: minute * MINUTE,
    ...prices,
    ...counts,
    volume,
    final,
    revision: 0,
  });
}

/** Whether each was taken, one after the other. */
function taken(state: StreamState, ...brought: readonly (readonly [Role, RawRecord])[]): boolean[] {
  return brought.map(([role, record]) => {
    if (state.isRepeated(record, role)) return false;
    state.take(record, 0);
    return true;
  });
}

function stateOf(kind: Kind): StreamState {
  return new StreamState({ listing, kind, key: `${kind}:A` }, 0);
}

/** Takes what a session brings, as a writer does. */
function bring(state: StreamState, role: Role, ...records: RawRecord[]): void {
  for (const record of records) if (!state.isRepeated(record, role)) state.take(record, 0);
}

describe('coverage of records with nothing to check', () => {
  it('holds a trade once that a repair brought before the stream did', () => {
    const state = stateOf('trades');
    bring(state, 'alone', trade(1, 'a'));
    for (const id of [1, 2]) state.takePast(trade(id, 'repair'));
    bring(state, 'alone', trade(2, 'b'), trade(3, 'b'));
    expect(state.unverifiable).toBe(3);
  });

  it('holds a trade once that the venue repeats to the next session', () => {
    const state = stateOf('trades');
    bring(state, 'alone', trade(1, 'a'), trade(2, 'a'));
    bring(state, 'alone', trade(1, 'b'), trade(2, 'b'), trade(3, 'b'));
    expect(state.unverifiable).toBe(3);
  });

  it('holds a change of a book once that a second socket brings as well, also the first such', () => {
    const state = stateOf('quotes');
    bring(state, 'alone', quote(1, 'a'), quote(2, 'a'));
    bring(state, 'following', quote(2, 'b'));
    bring(state, 'leading', quote(3, 'a'));
    bring(state, 'following', quote(3, 'b'), quote(4, 'b'));
    bring(state, 'leading', quote(4, 'a'));
    expect(state.unverifiable).toBe(4);
  });

  it('still passes on the change of a book with which a second socket begins: it shows that the socket serves', () => {
    const state = stateOf('quotes');
    bring(state, 'alone', quote(2, 'a'));
    expect(state.isRepeated(quote(2, 'b'), 'following')).toBe(false);
  });

  it('holds each record that the venue repeats within a session, and each without an id', () => {
    const state = stateOf('quotes');
    bring(state, 'alone', quote(1, 'a'), quote(1, 'a'), quote(null, 'a'), quote(null, 'b'));
    expect(state.unverifiable).toBe(4);
  });
});

describe('trades that two sockets bring', () => {
  it.each(['TRADE', 'OPAQUE'] as const)(
    'come once, by their ids of kind %s, whichever brings them',
    (idKind) => {
      const one = (id: number, session: string): RawTrade => ({ ...trade(id, session), idKind });
      const told = taken(
        stateOf('trades'),
        ['leading', one(1, 'a')],
        ['following', one(1, 'b')],
        ['following', one(2, 'b')],
        ['leading', one(2, 'a')],
        ['only', one(2, 'b')],
        ['only', one(3, 'b')],
      );
      expect(told).toEqual([true, false, true, false, false, true]);
    },
  );
});

describe('records without ids that two sockets bring', () => {
  it('are quotes taken from whichever brings a newer one by the time of the venue, each once and in order', () => {
    const told = taken(
      stateOf('quotes'),
      ['leading', timed(1, 'a')],
      ['following', timed(1, 'b')],
      ['following', timed(2, 'b')],
      ['following', timed(3, 'b')], // the first socket stalls
      ['leading', timed(2, 'a')],
      ['leading', timed(3, 'a')],
      ['leading', timed(4, 'a')],
    );
    expect(told).toEqual([true, false, true, true, false, false, true]);
  });

  it('are all quotes of one moment taken from the socket that was first with it', () => {
    const told = taken(
      stateOf('quotes'),
      ['leading', timed(1, 'a')],
      ['leading', timed(1, 'a')],
      ['following', timed(1, 'b')],
    );
    expect(told).toEqual([true, true, false]);
  });

  it('are quotes of the only socket left taken though the clock of the venue has gone back', () => {
    const told = taken(stateOf('quotes'), ['leading', timed(9, 'a')], ['only', timed(2, 'b')]);
    expect(told).toEqual([true, true]);
  });

  it('are quotes without a time taken from one of them', () => {
    const untimed = (session: string): RawQuote => ({ ...quote(null, session), eventTime: null });
    const told = taken(
      stateOf('quotes'),
      ['leading', untimed('a')],
      ['following', untimed('b')],
      ['following', timed(1, 'b')],
    );
    expect(told).toEqual([true, false, false]);
  });

  it('are bars taken from whichever knows more of the window', () => {
    const told = taken(
      stateOf('bars'),
      ['leading', bar(0, 1n, 'a')],
      ['following', bar(0, 1n, 'b')],
      ['following', bar(0, 2n, 'b')],
      ['following', bar(0, 2n, 'b', true)],
      ['leading', bar(0, 2n, 'a')],
      ['leading', bar(0, 2n, 'a', true)],
      ['leading', bar(1, 1n, 'a')],
      ['following', bar(1, 0n, 'b')],
    );
    expect(told).toEqual([true, false, true, true, false, false, true, false]);
  });

  it('are closed bars taken once, also after the next window has begun on a socket that did not see the end of it', () => {
    const told = taken(
      stateOf('bars'),
      ['leading', bar(0, 1n, 'a')],
      ['following', bar(1, 1n, 'b')],
      ['leading', bar(0, 1n, 'a', true)],
      ['following', bar(0, 1n, 'b', true)],
    );
    expect(told).toEqual([true, true, true, false]);
  });
});

describe('the coverage of a stream', () => {
  it('goes on from what it was at whoever had it before, with the holes that are open there', () => {
    const coverage = { missingIds: 4, verified: 90, unverifiable: 0, suspect: 5 };
    const checkpoint = { lastId: 99, lastEventTime: 5, openHoles: [{ first: 7, last: 8 }], coverage };
    const state = new StreamState({ listing, kind: 'trades', key: 'trades:A' }, 0, checkpoint);
    expect(state.coverage).toEqual({ missingIds: 6, verified: 90, unverifiable: 0, suspect: 7 });
    for (const id of [100, 102])
      state.take(venueTrade(testContext('test', ['A']), listing, id, PROVENANCE), 1);
    expect(state.coverage).toEqual({ missingIds: 7, verified: 92, unverifiable: 0, suspect: 8 });
    state.takePast(venueTrade(testContext('test', ['A']), listing, 7, PROVENANCE));
    expect(state.coverage).toEqual({ missingIds: 6, verified: 93, unverifiable: 0, suspect: 7 });
  });
});
