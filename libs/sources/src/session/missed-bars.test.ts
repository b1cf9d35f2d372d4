import type { RawBar } from '@concord/codec';
import { INTERVALS, parseFixed } from '@concord/model';
import { ManualClock, TestSubscription, testContext, testListing } from '@concord/testkit';
import { describe, expect, it } from 'vitest';
import { Acknowledged } from '../ingest/acknowledged.ts';
import { barsFrame, type ParserContext } from '../frame/frame.ts';
import { barRecord } from '../frame/records.ts';
import { barsOf, type History } from '../history/history.ts';
import type { Hole } from '../history/hole.ts';
import type { Stream } from '../venue.ts';
import type { StreamCheckpoint } from './stream-state.ts';

const SECOND = INTERVALS['1s'];
const listing = testListing('test', 'A');
/** The number of the window in which a manual clock starts. */
const START = Math.floor(new ManualClock().nowMicros() / SECOND);

interface Said {
  readonly window: number;
  readonly final: boolean;
}

function bar(context: ParserContext, { window, final }: Said, origin: 'LIVE' | 'BACKFILL'): RawBar {
  const price = parseFixed('100') ?? 0n;
  return barRecord(context, listing, {
    receiveTime: (window + 1) * SECOND,
    origin,
    eventTime: null,
    precision: null,
    venueSequence: null,
    interval: '1s',
    start: window * SECOND,
    open: price,
    high: price,
    low: price,
    close: price,
    volume: null,
    quoteVolume: null,
    vwap: null,
    tradeCount: null,
    takerBuyVolume: null,
    final,
    revision: 0,
  });
}

/** A venue with bars of a second that a test tells, and a history that has some of them. */
class Bars implements AsyncDisposable {
  readonly test: TestSubscription;
  readonly asked: [number, number][] = [];
  readonly past = new Set<number>();

  constructor(hasEvery = true, checkpoint?: StreamCheckpoint) {
    const history: History = {
      pages: () => {
        throw new Error('not asked for here');
      },
      repair: (hole) => this.#repair(hole),
    };
    this.test = new TestSubscription({
      history,
      kinds: ['bars'],
      resume: () => checkpoint,
      venue: {
        streamsOf: (one): Stream[] => [
          { listing: one, kind: 'bars', key: 'bars:A', ...(hasEvery ? { window: '1s' } : {}) },
        ],
        createParser: (context) => ({
          parse: (text) => {
            const said = JSON.parse(text) as { acks?: string[]; bars?: Said[] };
            const bars = (said.bars ?? []).map((one) => bar(context, one, 'LIVE'));
            return { ...barsFrame(bars), acks: said.acks ?? [] };
          },
        }),
      },
    });
  }

  async *#repair(hole: Hole): AsyncGenerator<RawBar[]> {
    const context = { ...testContext('test', ['A']), session: 'past' };
    const stretch = barsOf({ ...hole, context, now: this.test.clock.nowMicros() });
    if (stretch === undefined) return;
    const [from, to] = [stretch.from / SECOND, Math.ceil(stretch.to / SECOND) - 1];
    this.asked.push([from - START, to - START]);
    await Promise.resolve();
    const had = [...this.past].filter((window) => window >= from && window <= to);
    yield had.map((window) => bar(context, { window, final: true }, 'BACKFILL'));
  }

  has(...windows: number[]): void {
    for (const window of windows) this.past.add(START + window);
  }

  async closed(...windows: number[]): Promise<void> {
    const bars = windows.map((window): Said => ({ window: START + window, final: true }));
    await this.#say({ bars });
  }

  async open(window: number): Promise<void> {
    await this.#say({ bars: [{ window: START + window, final: false }] });
  }

  async #say(frame: object): Promise<void> {
    this.test.sockets.last.deliver(frame);
    await this.test.clock.pass(0);
  }

  /** Gaps and what became of them, by windows. */
  story(): unknown[] {
    const number = (id: string | null): number | null => (id === null ? null : Number(id) - START);
    return this.test.events.flatMap((event): unknown[] => {
      if (event.type === 'records') return [];
      const { marker } = event;
      if (marker.type !== 'gap' && marker.type !== 'repair') return [];
      const what = marker.type === 'gap' ? `gap of ${marker.missing}` : marker.outcome;
      return [[what, number(marker.firstId), number(marker.lastId)]];
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.test.stop();
  }
}

describe('bars of a venue that has one for every window', () => {
  it('that do not come are a gap of exactly these windows, and come from history', async () => {
    await using bars = new Bars();
    await bars.test.live('bars:A');
    bars.has(0, 1, 2, 3, 4);
    await bars.closed(0, 1, 4);
    expect(bars.story()).toEqual([
      ['gap of 2', 2, 3],
      ['filled', 2, 3],
    ]);
    expect(bars.asked).toEqual([[2, 3]]);
    const [state] = bars.test.source.status().streams.map((one) => one.state);
    expect([state?.ids.verified, state?.suspect]).toEqual([5, 0]);
  });

  it('are stated as lost, window by window, where history does not have them', async () => {
    await using bars = new Bars();
    await bars.test.live('bars:A');
    bars.has(3);
    await bars.closed(0, 5);
    for (let minute = 0; minute < 10; minute++) {
      await bars.test.clock.pass(60_000);
      await bars.open(6);
    }
    expect(bars.story()).toEqual([
      ['gap of 4', 1, 4],
      ['unrepairable', 1, 2],
      ['unrepairable', 4, 4],
    ]);
    expect(bars.test.source.status().streams[0]?.state.suspect).toBe(3);
  });

  it('are missed from the first window on that was seen open', async () => {
    await using bars = new Bars();
    await bars.test.live('bars:A');
    bars.has(2);
    await bars.open(2);
    await bars.closed(3);
    expect(bars.story()).toEqual([
      ['gap of 1', 2, 2],
      ['filled', 2, 2],
    ]);
  });

  it('are no gap where a window is stated again, or corrected after it was closed', async () => {
    await using bars = new Bars();
    await bars.test.live('bars:A');
    await bars.closed(1, 1, 2);
    await bars.open(3);
    await bars.closed(2, 3);
    expect(bars.story()).toEqual([]);
  });

  it('that passed while nobody listened come from history once the stream is quiet after it', async () => {
    await using bars = new Bars();
    await bars.test.live('bars:A');
    bars.has(1, 2, 3);
    await bars.closed(0);
    bars.test.sockets.last.fail('closed');
    await bars.test.clock.pass(4_000);
    bars.test.sockets.last.accept().deliver({ acks: ['bars:A'] });
    await bars.test.clock.pass(7_000);
    expect(bars.asked[0]?.[0]).toBe(1);
    await bars.closed(4);
    expect(bars.story()).toEqual([]);
  });

  it('that passed before the process began are a gap behind what the log has', async () => {
    const openHoles = [{ first: START - 9, last: START - 9 }];
    await using bars = new Bars(true, { lastId: START - 5, lastEventTime: null, openHoles });
    bars.has(-9, -4, -3, -2, -1);
    await bars.test.live('bars:A');
    await bars.closed(0);
    expect(bars.story()).toEqual([
      ['filled', -9, -9],
      ['gap of 4', -4, -1],
      ['filled', -4, -1],
    ]);
  });
});

describe('bars of a venue that has none for a window without trades', () => {
  it('are unverifiable: nobody knows whether one is missing', async () => {
    await using bars = new Bars(false);
    await bars.test.live('bars:A');
    await bars.closed(0, 1, 4);
    expect(bars.story()).toEqual([]);
    const [state] = bars.test.source.status().streams.map((one) => one.state);
    expect([state?.ids.verified, state?.unverifiable]).toEqual([0, 3]);
  });
});

describe('what is known to be in the log of bars', () => {
  it('is the newest closed window, with the windows before it that are missing', () => {
    const acknowledged = new Acknowledged();
    const context = testContext('test', ['A']);
    acknowledged.count(listing.instrument, 'bars', '1s');
    for (const window of [0, 1, 3].map((one) => START + one))
      acknowledged.handOver('bars', bar(context, { window, final: true }, 'LIVE'));
    acknowledged.handOver('bars', bar(context, { window: START + 4, final: false }, 'LIVE'));
    acknowledged.settle({ accepted: 4, settled: 4 });
    expect(acknowledged.of(listing.instrument, 'bars')).toMatchObject({
      lastId: START + 3,
      openHoles: [{ first: START + 2, last: START + 2 }],
    });
  });
});
