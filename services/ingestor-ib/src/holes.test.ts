import { MICROS_PER_SECOND } from '@concord/model';
import type { SourceEvent } from '@concord/sources';
import { settle } from '@concord/testkit';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { writeTime } from './quantities.ts';
import { Bench } from './testing/bench.ts';
import type { FakeGateway } from './testing/fake-gateway.ts';
import { SECONDS } from './testing/tws.ts';

const STEP_SECONDS = 10;

describe('a hole among prints', () => {
  let bench: Bench;
  let live: FakeGateway;
  /** Seconds since the beginning. */
  let now: number;
  /** Seconds of the prints that history tells, each with the price of its second. */
  let history: number[];
  /** The first second of each question to history. */
  let asked: string[];
  let answered: Set<unknown>;

  beforeEach(async () => {
    bench = new Bench(['trades']);
    await settle();
    live = bench.gateway;
    live.ready();
    now = 0;
    history = [];
    asked = [];
    answered = new Set();
  });
  afterEach(() => bench[Symbol.asyncDispose]());

  /** Lets time pass; TWS tells its time and answers from history, and says nothing else. */
  async function pass(seconds: number): Promise<void> {
    for (const end = now + seconds; now < end; now += STEP_SECONDS) {
      live.say(`49|1|${SECONDS + now}`);
      for (let step = 0; step < STEP_SECONDS; step++) {
        const { gateway } = bench;
        if (gateway !== live && gateway.requests.length === 0 && !gateway.isClosed) gateway.ready();
        for (const request of gateway.ofType('past-trades')) {
          if (answered.has(request)) continue;
          answered.add(request);
          asked.push(request.start);
          const rows = history
            .filter((second) => writeTime((SECONDS + second) * MICROS_PER_SECOND) >= request.start)
            .slice(0, request.count)
            .map((second) => `${SECONDS + second}|0|${second + 1}|100|ARCA|`);
          gateway.say(`98|${request.id}|${rows.length}|${rows.map((row) => `${row}|`).join('')}1`);
        }
        await bench.clock.pass(1_000);
        await settle();
      }
    }
  }

  function comes(second: number): void {
    live.say(`99|1|2|${SECONDS + second}|${second + 1}|100|0|ARCA|`);
  }

  async function interrupted(): Promise<void> {
    comes(0);
    live.notice(1100);
    await pass(20);
    live.notice(1102);
  }

  const outcomes = (): string[] => bench.markers('repair').map(({ outcome }) => outcome);

  it('is not told filled before history reaches beyond it, however often it is asked', async () => {
    await interrupted();
    comes(20);
    await pass(10);
    comes(30);
    history = [0, 10, 20];
    await pass(300);
    expect(outcomes()).toEqual([]);
    history = [0, 10, 20, 30];
    await pass(120);
    expect(outcomes()).toEqual(['filled']);
    expect(bench.count('trades')).toBe(4);
  });

  it('is stated as unrepairable when history never does', async () => {
    await interrupted();
    comes(20);
    await pass(10);
    comes(30);
    history = [0, 10];
    for (let minutes = 0; minutes < 61; minutes++) {
      await pass(60);
      comes(now);
    }
    await pass(60);
    expect(outcomes()).toEqual(['unrepairable']);
    expect(bench.markers('gap')).toHaveLength(1);
  });

  it('is stated as unrepairable when history lacks a print that came, with what history has', async () => {
    await interrupted();
    comes(20);
    await pass(10);
    comes(30);
    history = [0, 10, 30];
    await pass(60);
    expect(outcomes()).toEqual(['unrepairable']);
    expect(bench.count('trades')).toBe(4);
  });

  it('of a stream that rests is filled when the clock of TWS has gone on for minutes', async () => {
    await interrupted();
    history = [0, 10];
    await pass(240);
    expect(outcomes()).toEqual([]);
    await pass(240);
    expect(outcomes()).toEqual(['filled']);
    expect(bench.count('trades')).toBe(2);
  });

  it('is read on from where it was read to when it has grown meanwhile', async () => {
    comes(0);
    live.notice(1100);
    await pass(9_000);
    live.notice(1102);
    history = Array.from({ length: 12_000 }, (_, second) => second);
    while (asked.length < 2) {
      comes(now);
      await pass(10);
    }
    live.notice(1100);
    await pass(600);
    const end = now;
    live.notice(1102);
    for (let step = 0; step < 30; step++) {
      comes(now);
      await pass(10);
    }
    expect(outcomes()).toEqual(['filled']);
    expect(asked).toEqual([...new Set(asked)].sort());
    const told = bench.events.flatMap((event) => (event.type === 'records' ? event.trades : []));
    const seconds = told.map(({ eventTime }) => (eventTime ?? 0) / MICROS_PER_SECOND - SECONDS);
    expect(new Set(seconds).size).toBe(seconds.length);
    expect(seconds.filter((second) => second < end)).toHaveLength(end);
  });

  it('is told whole when history tells a print of it later than newer ones', async () => {
    await interrupted();
    comes(20);
    await pass(10);
    comes(30);
    history = [0, 5, 18];
    while (asked.length === 0) await pass(10);
    history = [0, 5, 8, 18, 20, 30];
    await pass(200);
    expect(outcomes()).toEqual(['filled']);
    expect(bench.count('trades')).toBe(6);
  });

  it('of one subscription is filled whatever came to another one of the same source', async () => {
    const others: SourceEvent[] = [];
    const other = bench.source.subscribeRealtime(['AAPL.US'], ['trades']);
    const reading = (async () => {
      for await (const batch of other) others.push(...batch);
    })();
    await settle();
    const second = bench.gateway;
    second.ready();
    const comesToOther = (at: number): void => second.say(`99|1|2|${SECONDS + at}|${at + 1}|100|0|ARCA|`);
    // TWS takes the same contract tick by tick again after 15 s.
    await pass(20);
    comes(20);
    comesToOther(20);
    live.notice(1100);
    comesToOther(25);
    await pass(20);
    live.notice(1102);
    for (const at of [40, 50]) {
      comes(at);
      comesToOther(at);
      await pass(10);
    }
    expect(others.filter((event) => event.type === 'marker' && event.marker.type === 'gap')).toEqual([]);
    history = [20, 25, 40, 50];
    await pass(200);
    expect(outcomes()).toEqual(['filled']);
    expect(bench.count('trades')).toBe(4);
    const told = others.flatMap((event) => (event.type === 'records' ? event.trades : []));
    const seconds = told.map(({ eventTime }) => (eventTime ?? 0) / MICROS_PER_SECOND - SECONDS);
    expect(seconds).toEqual([20, 25, 40, 50]);
    await bench.source.disconnect();
    await reading;
  });
});
