import type { SourceState } from '@concord/codec';
import { ManualClock } from '@concord/testkit';
import { expect, it } from 'vitest';
import { KnownCheckpoints } from './known-checkpoints.ts';

const clock = new ManualClock();
const stream = { instrument: 'A-USD', kind: 'trades' } as const;

function state(changes: Partial<SourceState> = {}): SourceState {
  return {
    source: 'test',
    instrument: 'A-USD',
    kind: 'TRADES',
    state: 'LIVE',
    session: 's',
    replica: 'r2',
    since: 0,
    updated: clock.nowMicros(),
    lastReceiveTime: null,
    received: 0,
    refused: 0,
    dropped: 0,
    gaps: 0,
    missingIds: 0,
    reconnects: 0,
    verified: 0,
    unverifiable: 0,
    suspect: 0,
    message: null,
    lastId: '99',
    lastEventTime: 5,
    openHoles: [{ firstId: '7', lastId: '8' }],
    ...changes,
  };
}

function known(...states: SourceState[]): KnownCheckpoints {
  return knownSince(null, ...states);
}

function knownSince(resumeSinceMs: number | null, ...states: SourceState[]): KnownCheckpoints {
  const checkpoints = new KnownCheckpoints({ source: 'test', replica: 'r1', clock, resumeSinceMs });
  for (const one of states) checkpoints.take('test:A-USD:trades', one);
  return checkpoints;
}

it('tells where a stream goes on, by its newest state', () => {
  const coverage = { missingIds: 0, verified: 0, unverifiable: 0, suspect: 0 };
  const checkpoint = {
    lastId: 99,
    lastEventTime: 5,
    openHoles: [{ first: 7, last: 8 }],
    uncounted: 0,
    coverage,
    isAbandoned: true,
    saidAt: clock.nowMicros(),
  };
  expect(known(state({ lastId: '3' }), state()).of(stream)).toEqual(checkpoint);
  expect(known(state()).of({ ...stream, kind: 'quotes' })).toBeUndefined();
});

it('says whether the replica that had a stream may have written more than it said', () => {
  expect(known(state({ state: 'STALE' })).of(stream)?.isAbandoned).toBe(true);
  expect(known(state({ state: 'DOWN', message: 'stopped' })).of(stream)?.isAbandoned).toBeUndefined();
});

it('counts the open holes that have no ids', () => {
  const openHoles = Array.from({ length: 2 }, () => ({ firstId: '', lastId: '' }));
  expect(known(state({ lastId: null, openHoles })).of(stream)).toMatchObject({
    lastId: null,
    lastEventTime: 5,
    openHoles: [],
    uncounted: 2,
  });
});

it('tells the coverage of what was before, without the holes that are open: who goes on with them counts them', () => {
  const told = { verified: 90, unverifiable: 3, missingIds: 6, suspect: 8 };
  const openHoles = [
    { firstId: '', lastId: '' },
    { firstId: '7', lastId: '8' },
  ];
  expect(known(state({ ...told, openHoles })).of(stream)?.coverage).toEqual({
    verified: 90,
    unverifiable: 3,
    missingIds: 4,
    suspect: 5,
  });
});

it('says of a stream that stopped more than an hour ago how far it was, and that this is long ago', () => {
  const hourAgo = clock.nowMicros() - 3_600_000_000;
  expect(known(state({ updated: hourAgo })).of(stream)?.isOutdated).toBeUndefined();
  expect(known(state({ updated: hourAgo - 1 })).of(stream)).toMatchObject({ lastId: 99, isOutdated: true });
});

it('tells nothing of a stream of which nothing was in the log', () => {
  expect(known(state({ lastId: null, lastEventTime: null })).of(stream)).toBeUndefined();
});

it('keeps what is known when a replica that has seen nothing of the stream yet says so', () => {
  const fresh = state({ replica: 'r3', lastId: null, lastEventTime: null, openHoles: [] });
  expect(known(state(), fresh).of(stream)).toMatchObject({ lastId: 99, openHoles: [{ first: 7, last: 8 }] });
  expect(known(state(), { ...fresh, lastEventTime: 8 }).of(stream)).toMatchObject({ lastId: 99 });
  const hourAgo = clock.nowMicros() - 3_600_000_001;
  expect(known(state({ updated: hourAgo }), fresh).of(stream)).toBeUndefined();
});

it('tells nothing of what was written before the venue began anew', () => {
  expect(knownSince(clock.nowMs(), state()).of(stream)).toBeDefined();
  expect(knownSince(clock.nowMs() + 1, state()).of(stream)).toBeUndefined();
});

it('knows whether another replica serves a stream', () => {
  const since = clock.nowMicros();
  const isServed = (...states: SourceState[]): boolean =>
    known(...states).isServedElsewhere('A-USD', 'trades', since);
  expect(isServed(state())).toBe(true);
  expect(isServed(state({ state: 'STALE' }))).toBe(true);
  for (const other of [{ replica: 'r1' }, { state: 'CONNECTING' as const }, { updated: since - 1 }])
    expect(isServed(state(other))).toBe(false);
  expect(isServed(state(), state({ replica: 'r1' }))).toBe(true);
  expect(isServed(state(), state({ state: 'DOWN' }), state({ replica: 'r1' }))).toBe(false);
  expect(known(state({ state: 'DOWN' })).hasOthers(since)).toBe(true);
  expect(known(state({ replica: 'r1' })).hasOthers(since)).toBe(false);
});

it('counts an instrument as taken over when another replica serves every stream of it that this one served', () => {
  const since = clock.nowMicros();
  const isTaken = (...states: SourceState[]): boolean => {
    const checkpoints = known(...states);
    checkpoints.take('test:A-USD:quotes', state({ replica: 'r1', kind: 'QUOTES' }));
    return checkpoints.isTakenOver('A-USD', since);
  };
  expect(isTaken(state({ replica: 'r1' }), state())).toBe(false);
  const own = known(state({ replica: 'r1' }));
  expect(own.isTakenOver('A-USD', since)).toBe(false);
  own.take('test:A-USD:quotes', state({ replica: 'r1', updated: since - 30_000_001 }));
  own.take('test:A-USD:trades', state());
  expect(own.isTakenOver('A-USD', since)).toBe(true);
});

it('knows whether another replica holds any stream of an instrument', () => {
  const since = clock.nowMicros();
  expect(known(state()).isHeldElsewhere('A-USD', since)).toBe(true);
  expect(known(state(), state({ state: 'DOWN' })).isHeldElsewhere('A-USD', since)).toBe(false);
  expect(known(state({ updated: since - 1 })).isHeldElsewhere('A-USD', since)).toBe(false);
});

it('is concerned by keys of its own source only', () => {
  const checkpoints = known();
  expect(checkpoints.concerns('test:A-USD:trades')).toBe(true);
  expect(checkpoints.concerns('testing:A-USD:trades')).toBe(false);
});
