import type { RawQuote, RawTrade } from '@concord/codec';
import type { Kind } from '@concord/model';
import { testContext, testListing, venueTrade } from '@concord/testkit';
import { describe, expect, it } from 'vitest';
import { quoteRecord } from '../frame/records.ts';
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
