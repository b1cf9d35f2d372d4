import { numberedCodec } from '@concord/codec';
import { ManualClock, MemorySink, testListing, testTrade } from '@concord/testkit';
import { expect, it } from 'vitest';
import { StreamState } from '../session/stream-state.ts';
import type { SourceStatus } from '../source.ts';
import { Acknowledged } from './acknowledged.ts';
import { SourceStates } from './source-states.ts';

/** How many states of a stream of such trades are written in a minute of nothing new. */
function statesInAMinute(idKind: 'TRADE' | 'OPAQUE' | 'NONE'): number {
  const clock = new ManualClock();
  const sink = new MemorySink();
  sink.open(() => undefined);
  const states = new SourceStates({
    source: 'test',
    replica: 'r1',
    clock,
    codec: numberedCodec(),
    writer: { dropped: () => 0, timestampMs: () => clock.nowMs() },
    acknowledged: new Acknowledged(),
  });
  const state = new StreamState({ listing: testListing('test', 'A'), kind: 'trades', key: 'trades:A' }, 0);
  state.take(testTrade({ idKind }), 0);
  const status: SourceStatus = {
    state: 'LIVE',
    sessions: ['s1'],
    reconnects: 0,
    message: null,
    streams: [{ state, session: 's1', connection: 'live' }],
  };
  for (let second = 0; second < 60; second++) {
    states.publish(status, sink);
    clock.advance(1_000);
  }
  sink.send();
  return sink.sent.filter(({ key }) => key === 'test:A:trades').length;
}

it('a state is written every ten seconds, and of trades whose ids do not count every two', () => {
  expect(statesInAMinute('TRADE')).toBe(6);
  expect(statesInAMinute('OPAQUE')).toBe(30);
  expect(statesInAMinute('NONE')).toBe(30);
});
