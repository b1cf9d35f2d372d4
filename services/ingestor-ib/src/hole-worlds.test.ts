import fc from 'fast-check';
import { MICROS_PER_SECOND } from '@concord/model';
import { settle } from '@concord/testkit';
import { expect, it } from 'vitest';
import { writeTime } from './quantities.ts';
import { Bench } from './testing/bench.ts';
import { SECONDS } from './testing/tws.ts';

/** A market of prints, a line that is cut, and a history that is behind. Times are tenths of a second after the beginning. */
interface World {
  /** Seconds since 1970. */
  readonly start?: number;
  readonly printsEach: (tenth: number) => number;
  readonly cuts: readonly (readonly [from: number, until: number])[];
  /** How far history is behind, in turn for half a minute each. */
  readonly lags: readonly number[];
  /** Requests to history at which the connection drops, counted from 0. */
  readonly dropped: readonly number[];
  /** How long after the last cut it goes on. */
  readonly after: number;
}

interface Outcome {
  readonly doubled: number;
  readonly lost: number;
  readonly outcomes: readonly string[];
}

class Market implements AsyncDisposable {
  readonly bench: Bench;
  readonly #world: World;
  /** The tenth of each print: its number is its price. */
  readonly #prints: number[] = [];
  readonly #answered = new Set<unknown>();
  #isCut = false;
  /** History never takes anything back. */
  #horizon = -1;

  constructor(world: World) {
    this.#world = world;
    this.bench = new Bench(['trades'], {}, undefined, undefined, (world.start ?? SECONDS) * 1_000);
  }

  async run(): Promise<Outcome> {
    const { bench } = this;
    const { cuts, after } = this.#world;
    await settle();
    const live = bench.gateway;
    live.ready();
    const end = (cuts.at(-1)?.[1] ?? 0) + after;
    for (let tenth = 0; tenth < end; tenth++) {
      for (const [from, until] of cuts) {
        if (tenth === from || tenth === until) live.notice(tenth === from ? 1100 : 1102);
        if (tenth === from || tenth === until) this.#isCut = tenth === from;
      }
      for (let left = this.#world.printsEach(tenth); left > 0; left--) {
        this.#prints.push(tenth);
        if (!this.#isCut) live.say(`99|1|2|${this.#secondOf(tenth)}|${this.#prints.length}|100|0|ARCA|`);
      }
      if (tenth % 100 === 0) live.say(`49|1|${this.#secondOf(tenth)}`);
      this.#answer(tenth, live);
      await bench.clock.pass(100);
      await settle();
    }
    const told = bench.events.flatMap((event) => (event.type === 'records' ? event.trades : []));
    const outcomes = bench.markers('repair').map(({ outcome }) => outcome);
    const distinct = new Set(told.map(({ price }) => price)).size;
    return { doubled: told.length - distinct, lost: this.#prints.length - distinct, outcomes };
  }

  #secondOf(tenth: number): number {
    return (this.#world.start ?? SECONDS) + Math.floor(tenth / 10);
  }

  #answer(tenth: number, live: Bench['gateway']): void {
    const { gateway } = this.bench;
    if (gateway === live) return;
    if (gateway.requests.length === 0 && !gateway.isClosed) gateway.ready();
    const { lags, dropped } = this.#world;
    this.#horizon = Math.max(this.#horizon, tenth - (lags[Math.floor(tenth / 300) % lags.length] ?? 0));
    for (const request of gateway.ofType('past-trades')) {
      if (this.#answered.has(request)) continue;
      const isDropped = dropped.includes(this.#answered.size);
      this.#answered.add(request);
      if (isDropped) return gateway.drop();
      const rows = this.#prints.flatMap((at, place) => {
        const second = this.#secondOf(at);
        const isAsked = writeTime(second * MICROS_PER_SECOND) >= request.start && at <= this.#horizon;
        return isAsked ? [`${second}|0|${place + 1}|100|ARCA||`] : [];
      });
      const page = rows.slice(0, request.count);
      gateway.say(`98|${request.id}|${page.length}|${page.join('')}1`);
    }
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.bench[Symbol.asyncDispose]();
  }
}

async function judge(world: World): Promise<Outcome> {
  await using market = new Market(world);
  const outcome = await market.run();
  expect(outcome.doubled).toBe(0);
  if (outcome.outcomes.at(-1) === 'filled') expect(outcome.lost).toBe(0);
  return outcome;
}

it.each([380, 420])(
  'loses none of a second that history has not told whole, with a cut of %i tenths',
  async (cut) => {
    const cuts = [[50, 50 + cut]] as const;
    const world = { printsEach: () => 10, cuts, lags: [60], dropped: [], after: 3_000 };
    expect((await judge(world)).outcomes).toEqual(['filled']);
  },
);

it.each([130, 140, 150])('loses none at midnight, with a history behind by %i tenths', async (lag) => {
  const start = Date.UTC(2026, 0, 6) / 1_000 - 40;
  const market = { start, printsEach: () => 2, cuts: [[50, 460]] as const };
  const { outcomes } = await judge({ ...market, lags: [lag], dropped: [1], after: 3_000 });
  expect(outcomes).toEqual(['filled']);
});

it('neither doubles a print nor says that all came when some did not, whatever is cut, behind or dropped', async () => {
  const lengths = fc.tuple(fc.integer({ min: 10, max: 900 }), fc.integer({ min: 10, max: 300 }));
  const worlds = fc.record({
    rhythm: fc.array(fc.nat(20), { minLength: 1, maxLength: 7 }),
    stretches: fc.array(lengths, { minLength: 1, maxLength: 3 }),
    lags: fc.array(fc.nat(300), { minLength: 1, maxLength: 5 }),
    dropped: fc.uniqueArray(fc.nat(12), { maxLength: 4 }),
  });
  await fc.assert(
    fc.asyncProperty(worlds, async ({ rhythm, stretches, lags, dropped }) => {
      let at = 30;
      const cuts = stretches.map(([cut, pause]): [number, number] => {
        const from = at;
        at += cut + pause;
        return [from, from + cut];
      });
      const printsEach = (tenth: number): number => rhythm[tenth % rhythm.length] ?? 0;
      await judge({ printsEach, cuts, lags, dropped, after: 3_000 });
    }),
    { numRuns: 6 },
  );
});
