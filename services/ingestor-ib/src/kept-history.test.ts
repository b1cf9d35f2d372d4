import type { Interval, Kind } from '@concord/model';
import { settle } from '@concord/testkit';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Bench } from './testing/bench.ts';
import { AT } from './testing/tws.ts';

const DAY = 86_400_000_000;
/** The first day within six months before the bench's time. */
const KEPT = Math.ceil((AT - 180 * DAY) / DAY) * DAY;

describe('what is older than the history that TWS keeps', () => {
  let bench: Bench;
  /** Beginnings, or ends of bars, that were asked for. */
  let asked: string[];
  /** What TWS answers. */
  let answer: (id: number) => string;

  beforeEach(async () => {
    bench = new Bench(['quotes']);
    await settle();
    asked = [];
    answer = (id) =>
      `4|2|${id}|162|Historical Market Data Service error message:HMDS query returned no data: AAPL|`;
  });
  afterEach(() => bench[Symbol.asyncDispose]());

  async function read(kind: Kind, interval: Interval | null, from: number, to: number): Promise<unknown> {
    let count = 0;
    const reading = (async () => {
      for await (const page of bench.source.getHistoricalData('AAPL.US', kind, interval, from, to))
        count += page.length;
      return count;
    })().catch((error: unknown) => error);
    let outcome: unknown;
    void reading.then((result) => (outcome = result));
    const answered = new Set<unknown>();
    for (let second = 0; second < 3_600 && outcome === undefined; second++) {
      for (const gateway of bench.gateways.all.slice(1)) {
        if (!gateway.isClosed && gateway.requests.length === 0) gateway.ready();
        await settle();
        for (const request of [...gateway.ofType('past-trades'), ...gateway.ofType('bars')]) {
          if (answered.has(request)) continue;
          answered.add(request);
          asked.push(('start' in request ? request.start : request.end) ?? '');
          gateway.say(answer(request.id));
        }
      }
      await bench.clock.pass(1_000);
      await settle();
    }
    return outcome;
  }

  it.each([162, 165])(
    'is not empty where TWS says "no data" by %i, and is not asked for day by day',
    async (code) => {
      answer = (id) => `4|2|${id}|${code}|HMDS query returned no data: AAPL|`;
      const outcome = await read('trades', null, KEPT - 400 * DAY, KEPT - 100 * DAY);
      expect(outcome).toMatchObject({ code: 'not-offered', since: KEPT });
      expect(asked).toHaveLength(7);
    },
  );

  it('is told as far as it comes, then what may lack', async () => {
    const at = (KEPT - 3 * DAY) / 1_000_000;
    answer = (id) => (asked.length === 1 ? `98|${id}|0|1` : `98|${id}|1|${at}|0|271|100|ARCA||1`);
    const outcome = await read('trades', null, KEPT - 4 * DAY, KEPT - 3 * DAY + 1_000_000);
    expect(outcome).toMatchObject({ code: 'not-offered', since: KEPT });
    expect(asked).toHaveLength(2);
  });

  it('is not asked for of bars of a second, and what is younger is', async () => {
    const outcome = await read('bars', '1s', KEPT - DAY, KEPT + 1_000_000);
    expect(outcome).toMatchObject({ code: 'not-offered', since: KEPT });
    expect(asked).toEqual(['20250710-00:00:01']);
  });

  it('leaves an empty day within it empty, and older bars of a minute as well', async () => {
    expect(await read('trades', null, KEPT, KEPT + DAY)).toBe(0);
    expect(await read('bars', '1m', KEPT - 900 * DAY, KEPT - 899 * DAY)).toBe(0);
  });
});
