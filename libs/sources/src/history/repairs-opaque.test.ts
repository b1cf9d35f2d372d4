import type { RawTrade } from '@concord/codec';
import { ManualClock, silentLogger, testContext, testListing, venueTrade } from '@concord/testkit';
import { describe, expect, it } from 'vitest';
import type { SourceEvent } from '../events.ts';
import { StreamState, type RawRecord } from '../session/stream-state.ts';
import { Repairs } from './repairs.ts';

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const listing = testListing('test', 'A');
const context = testContext('test', ['A']);

/** A trade at `at`, with an id that says nothing of its place; the venue's clock may be ahead when it tells it. */
function trade(at: number, ahead = 0): RawTrade {
  const provenance = {
    receiveTime: at,
    origin: 'LIVE',
    eventTime: at + ahead,
    precision: 'MICROSECOND',
    venueSequence: null,
  } as const;
  const made = venueTrade(context, listing, at, provenance);
  return { ...made, idKind: 'OPAQUE', firstId: `t${at}`, lastId: `t${at}` };
}

/** A stream that lost its connection after the trade at 10, at a venue whose history is its newest `page` trades. */
class Interrupted {
  readonly clock = new ManualClock();
  readonly state: StreamState;
  readonly repairs: Repairs;
  readonly events: SourceEvent[] = [];
  readonly outcomes: string[] = [];
  asked = 0;
  /** Times of the trades that history shows. */
  shown: number[] = [];
  readonly #last: RawRecord | null;
  readonly #stop = new AbortController();
  readonly #running: Promise<void>;

  readonly #from: number | null;

  /** `resumedFrom`: the process began anew, and knows of the trades before no more than the time of the last. */
  constructor(page: number, ahead = 0, resumedFrom: number | null = null) {
    const stream = { listing, kind: 'trades', key: 'trades:A' } as const;
    this.state = new StreamState(stream, this.clock.monotonicMs());
    for (const at of resumedFrom === null ? [9, 10] : [])
      this.state.take(trade(at, ahead), this.clock.monotonicMs());
    const shown = (): RawTrade[] => {
      this.asked++;
      return this.shown.slice(-page).map((at) => ({ ...trade(at), origin: 'BACKFILL' }));
    };
    this.repairs = new Repairs({
      source: 'test',
      replica: 'r1',
      history: {
        async *repair() {
          yield await Promise.resolve(shown());
        },
      },
      clock: this.clock,
      machineClock: this.clock,
      logger: silentLogger(),
      stateOf: () => this.state,
      validate: () => undefined,
      emit: (event) => this.events.push(event),
      isFull: () => false,
      done: (_, outcome) => this.outcomes.push(outcome),
    });
    this.#last = this.state.last;
    this.#from = this.#last?.eventTime ?? resumedFrom;
    this.#running = this.repairs.run(this.#stop.signal);
  }

  live(...times: number[]): void {
    for (const at of times) this.state.take(trade(at), this.clock.monotonicMs());
  }

  /** Has the hole repaired, with what history shows now, and lets so much time pass. */
  async repair(durationMs: number): Promise<void> {
    const after = this.#last;
    this.repairs.ask({ listing, kind: 'trades', ids: null, from: this.#from, after, before: null });
    await this.clock.pass(durationMs);
  }

  /** Times of the trades fetched, and the outcome where it was told. */
  story(): unknown[] {
    return this.events.flatMap((event): unknown[] => {
      if (event.type === 'records') return event.trades.map(({ eventTime }) => eventTime);
      return event.type === 'marker' && event.marker.type === 'repair' ? [event.marker.outcome] : [];
    });
  }

  async stop(): Promise<void> {
    this.#stop.abort();
    await this.clock.pass(0);
    await this.#running;
  }
}

describe('a hole among ids without arithmetic', () => {
  it('is filled by a page that reaches from before it to a record that came live after it', async () => {
    const test = new Interrupted(60);
    test.live(14);
    test.shown = [8, 9, 10, 11, 12, 13, 14, 15];
    await test.repair(0);
    // 8 is older than anything that is known of the stream; 15 is on its way.
    expect(test.story()).toEqual([11, 12, 13, 15, 'filled']);
    expect([test.outcomes, test.asked]).toEqual([['filled'], 1]);
    await test.stop();
  });

  it('lowers coverage while it is open, and for good when it cannot be filled, although nobody can count it', async () => {
    const test = new Interrupted(3);
    test.live(14);
    test.shown = [9, 10, 11];
    await test.repair(0);
    expect([test.state.gaps, test.state.suspect]).toEqual([1, 1]);
    test.shown = [9, 10, 11, 12, 13, 14];
    await test.repair(MINUTE);
    expect(test.outcomes).toContain('unrepairable');
    expect([test.state.gaps, test.state.suspect]).toEqual([2, 2]);
    await test.stop();
  });

  it('leaves no mark on coverage once it is filled', async () => {
    const test = new Interrupted(60);
    test.live(14);
    test.shown = [9, 10, 11, 14];
    await test.repair(0);
    expect([test.state.gaps, test.state.suspect]).toEqual([1, 0]);
    await test.stop();
  });

  it('is not filled by a history that lags behind its stream, until that has caught up', async () => {
    const test = new Interrupted(60);
    test.live(14);
    test.shown = [9, 10, 11];
    await test.repair(0);
    expect(test.story()).toEqual([11]);
    test.shown = [9, 10, 11, 12, 13, 14];
    await test.clock.pass(SECOND);
    expect(test.story()).toEqual([11, 12, 13, 'filled']);
    await test.stop();
  });

  it('is followed page by page while the market moves on: each must hold the newest of the one before', async () => {
    const test = new Interrupted(4);
    test.shown = [9, 10, 11, 12];
    await test.repair(0);
    test.live(15);
    test.shown = [12, 13, 14, 15];
    await test.clock.pass(SECOND);
    expect(test.story()).toEqual([11, 12, 13, 14, 'filled']);
    await test.stop();
  });

  it('is unrepairable where the market moved on further than a page', async () => {
    const test = new Interrupted(4);
    test.shown = [9, 10, 11, 12];
    await test.repair(0);
    test.live(16);
    test.shown = [13, 14, 15, 16];
    await test.clock.pass(SECOND);
    expect(test.story()).toEqual([11, 12, 13, 14, 15, 'unrepairable']);
    await test.stop();
  });

  it("is filled by the records themselves, whatever the venue's clock said when it told them", async () => {
    const test = new Interrupted(60, 20);
    test.live(14);
    test.shown = [9, 10, 11, 12, 13, 14];
    await test.repair(0);
    expect(test.story()).toEqual([11, 12, 13, 'filled']);
    await test.stop();
  });

  it("is unrepairable where the newest page begins after it, though the venue's clock was ahead before", async () => {
    const test = new Interrupted(3, 20);
    test.live(15);
    test.shown = [13, 14, 15];
    await test.repair(0);
    expect(test.story()).toEqual([13, 14, 'unrepairable']);
    await test.stop();
  });

  it('is unrepairable at once where the newest page begins after it', async () => {
    const test = new Interrupted(3);
    test.live(20);
    test.shown = [18, 19, 20];
    await test.repair(0);
    expect(test.story()).toEqual([18, 19, 'unrepairable']);
    expect(test.outcomes).toEqual(['unrepairable']);
    await test.stop();
  });

  it('is open for as long as nothing comes live, and looked up less and less often', async () => {
    const test = new Interrupted(60);
    test.shown = [9, 10, 11];
    await test.repair(60 * MINUTE);
    expect(test.story()).toEqual([11]);
    expect(test.asked).toBeLessThan(25);
    test.shown = [9, 10, 11, 12, 13];
    test.live(13);
    await test.clock.pass(SECOND);
    expect(test.story()).toEqual([11, 12, 'filled']);
    await test.stop();
  });

  it('is not filled by an empty answer after a restart, when no record around it is known', async () => {
    const test = new Interrupted(60, 0, 10);
    await test.repair(5 * SECOND);
    expect(test.story()).toEqual([]);
    test.live(14);
    test.shown = [9, 10, 11, 12, 13, 14];
    await test.clock.pass(SECOND);
    expect(test.story().at(-1)).toBe('filled');
    expect(test.story()).toEqual(expect.arrayContaining([11, 12, 13]));
    await test.stop();
  });

  it('is followed closely where history goes on and the stream stays mute', async () => {
    const test = new Interrupted(10);
    const shown: number[] = (test.shown = [9, 10]);
    await test.repair(0);
    for (let at = 11; at < 311; at++) {
      shown.push(at);
      await test.clock.pass(SECOND);
    }
    test.live(311);
    shown.push(311);
    await test.clock.pass(SECOND);
    const told = [...Array.from({ length: 300 }, (_, i) => 11 + i), 'filled'];
    expect(test.story().map(Number)).toEqual(told.map(Number));
    expect(test.outcomes).toEqual(['filled']);
    await test.stop();
  });

  it('is unrepairable as a whole where a mute stream was followed too slowly: told once, at its end', async () => {
    const test = new Interrupted(3);
    test.shown = [9, 10, 11];
    await test.repair(0);
    test.shown = [20, 21, 22];
    await test.clock.pass(10 * SECOND);
    test.shown = [21, 22, 23];
    await test.clock.pass(10 * SECOND);
    expect(test.story()).toEqual([11, 20, 21, 22, 23]);
    test.live(24);
    test.shown = [22, 23, 24];
    await test.clock.pass(SECOND);
    expect(test.story()).toEqual([11, 20, 21, 22, 23, 'unrepairable']);
    await test.stop();
  });

  it('takes in what a further cure finds missing after the same record', async () => {
    const test = new Interrupted(60);
    test.shown = [9, 10];
    const from = test.state.last?.eventTime ?? null;
    const hole = { listing, kind: 'trades', ids: null, from, after: test.state.last, before: null } as const;
    expect(test.repairs.isOpen(hole)).toBe(false);
    await test.repair(10 * MINUTE);
    expect(test.repairs.isOpen(hole)).toBe(true);
    test.live(11);
    expect(test.repairs.isOpen({ ...hole, after: test.state.last })).toBe(false);
    test.shown = [9, 10, 11];
    await test.clock.pass(SECOND);
    expect([test.repairs.isOpen(hole), test.story()]).toEqual([false, ['filled']]);
    await test.stop();
  });

  it('is stated as lost where history never catches up with the stream', async () => {
    const test = new Interrupted(60);
    test.live(14);
    test.shown = [9, 10, 11];
    await test.repair(10 * MINUTE);
    expect(test.story()).toEqual([11, 'unrepairable']);
    await test.stop();
  });

  it('that a restart left open comes to its end with the hole of the restart, which spans it', async () => {
    const test = new Interrupted(60);
    test.state.inheritedHoles = 2;
    test.live(14);
    test.shown = [9, 10, 11, 14];
    await test.repair(0);
    expect(test.story()).toEqual([11, 'filled', 'filled', 'filled']);
    expect([test.outcomes, test.state.suspect, test.state.inheritedHoles]).toEqual([['filled'], 0, 0]);
    await test.stop();
  });
});
