import type { CleanTrade, ConsensusBar } from '@concord/codec';
import { describe, expect, it } from 'vitest';
import { secondsOf } from '../testing/market.ts';
import { at, configurationOf, fixed, trade } from '../testing/records.ts';
import { compileTapeRules } from './tape-rules.ts';
import { Tape, type IsSilent, type Taken } from './tape.ts';

class TapeTrial {
  readonly bars: ConsensusBar[] = [];
  readonly tape: Tape;
  #position = 0;

  constructor(fusion: Record<string, unknown> = {}, isSilent: IsSilent = () => false) {
    const configuration = configurationOf({ fusion });
    const [instrument] = configuration.instruments;
    if (instrument === undefined) throw new Error('one instrument is configured');
    this.tape = new Tape(compileTapeRules(configuration, instrument, 3), isSilent, at(0));
  }

  readonly emit = (bar: ConsensusBar): void => void this.bars.push(bar);

  /** A trade that happened at `seconds` and stands in the log there or at `logged`. */
  give(
    source: string,
    price: string,
    size: string,
    seconds: number,
    more: Partial<CleanTrade> = {},
    logged = seconds,
  ): Taken {
    return this.tape.take(
      trade(source, price, size, at(seconds), more),
      this.#position++,
      at(logged),
      this.emit,
    );
  }

  pass(seconds: number): this {
    this.tape.advance(at(seconds), this.emit);
    return this;
  }

  of(interval: string): ConsensusBar[] {
    return this.bars.filter((bar) => bar.interval === interval);
  }
}

const ohlc = (bar: ConsensusBar | undefined): unknown => [bar?.open, bar?.high, bar?.low, bar?.close];
const ordered = (...texts: string[]): unknown => texts.map(fixed);

describe('a tape bar', () => {
  it('holds what its trades were: first, highest, lowest, last, sums, vwap, sides and sources', () => {
    const trial = new TapeTrial();
    trial.give('b', '100.00', '2', 60.1, { side: 'SELL' });
    trial.give('a', '101.00', '1', 60.2);
    trial.give('c', '99.00', '0.5', 60.3, { side: null, fills: 4 });
    trial.give('a', '100.10', '1', 60.9);
    trial.pass(63);
    const [bar] = trial.of('1s');
    expect(ohlc(bar)).toEqual(ordered('100.00', '101.00', '99.00', '100.10'));
    expect([bar?.start, bar?.end, bar?.logTime]).toEqual([at(60), at(61), at(63)]);
    // Σpq = 200 + 101 + 49.5 + 100.1 = 450.6; Σq = 4.5; 450.6 / 4.5 = 100.1333….
    expect([bar?.notional, bar?.volume, bar?.vwap]).toEqual([
      fixed('450.6') * 10n ** 12n,
      fixed('4.5'),
      fixed('100.1333'),
    ]);
    expect([bar?.trades, bar?.buyVolume, bar?.sellVolume]).toEqual([7, fixed('2'), fixed('2')]);
    expect(bar?.sources).toEqual([
      { source: 'a', volume: fixed('2'), trades: 2, included: true, reason: '' },
      { source: 'b', volume: fixed('2'), trades: 1, included: true, reason: '' },
      { source: 'c', volume: fixed('0.5'), trades: 4, included: true, reason: '' },
    ]);
    expect([bar?.method, bar?.status, bar?.revision, bar?.sequence, bar?.partial]).toEqual([
      'TAPE',
      'OK',
      0,
      1,
      false,
    ]);
  });

  it('orders its first and last trade by event time, then source, then id, not by arrival', () => {
    const trial = new TapeTrial();
    const id = (lastId: string) => ({ idKind: 'TRADE', firstId: lastId, lastId }) as const;
    trial.give('b', '102', '1', 60.5, id('9'), 60.5);
    trial.give('a', '101', '1', 60.5, id('11'), 60.6);
    trial.give('a', '100', '1', 60.5, id('9'), 60.7);
    trial.give('c', '99', '1', 60.4, {}, 60.8);
    trial.pass(63);
    // c at 60.4 is first; at 60.5 a's ids 9 and 11, then b.
    expect(ohlc(trial.of('1s')[0])).toEqual(ordered('99', '102', '99', '102'));
  });

  it('counts a SUSPECT trade in the excluded volume only, and a sampled one or a correction nowhere', () => {
    const trial = new TapeTrial();
    trial.give('a', '100', '1', 60.1);
    trial.give('b', '500', '7', 60.2, { verdict: 'SUSPECT' });
    expect(trial.give('a', '50', '3', 60.3, { sampled: true })).toBe('passed-over');
    expect(trial.give('a', '50', '3', 60.4, { action: 'CANCEL' })).toBe('passed-over');
    expect(trial.give('stranger', '50', '3', 60.4)).toBe('passed-over');
    trial.pass(63);
    const [bar] = trial.of('1s');
    expect([bar?.high, bar?.volume, bar?.excludedVolume, bar?.trades]).toEqual([
      fixed('100'),
      fixed('1'),
      fixed('7'),
      1,
    ]);
    expect(bar?.sources.map(({ source, reason }) => [source, reason])).toEqual([
      ['a', ''],
      ['b', 'suspect'],
    ]);
  });

  it('is closed when log time reaches its end and two seconds, shorter intervals first', () => {
    const trial = new TapeTrial();
    trial.give('a', '100', '1', 299.5);
    trial.pass(301.999);
    expect(trial.bars).toEqual([]);
    trial.pass(302);
    expect(trial.bars.map(({ interval, logTime }) => [interval, secondsOf(logTime)])).toEqual([
      ['1s', 302],
      ['1m', 302],
      ['5m', 302],
    ]);
  });

  it('is not made of a window without trades', () => {
    const trial = new TapeTrial();
    trial.give('a', '100', '1', 0.5);
    trial.give('a', '100', '1', 125.5);
    trial.pass(190);
    expect(trial.of('1m').map(({ start }) => secondsOf(start))).toEqual([0, 120]);
  });
});

describe('a long bar', () => {
  it('is merged from the closed shorter ones', () => {
    const trial = new TapeTrial();
    for (let i = 0; i < 30; i++)
      trial.give('abc'[i % 3] as string, String(100 + ((i * 7) % 11)), '0.5', i * 10 + 0.5);
    trial.give('a', '500', '9', 299.9, { verdict: 'SUSPECT' });
    trial.pass(302);
    const minutes = trial.of('1m');
    const [five] = trial.of('5m');
    expect(minutes).toHaveLength(5);
    expect([five?.open, five?.close]).toEqual([minutes[0]?.open, minutes[4]?.close]);
    const sum = (key: 'volume' | 'notional' | 'buyVolume'): bigint =>
      minutes.reduce((total, bar) => total + bar[key], 0n);
    expect([five?.volume, five?.notional, five?.buyVolume]).toEqual([
      sum('volume'),
      sum('notional'),
      sum('buyVolume'),
    ]);
    expect([five?.trades, five?.excludedVolume]).toEqual([30, fixed('9')]);
  });

  it('of chosen intervals is merged from the next shorter one there is', () => {
    const trial = new TapeTrial({ barIntervals: ['1h', '1m'] });
    trial.give('a', '100', '1', 30);
    trial.give('a', '102', '1', 3_590);
    trial.pass(3_602);
    expect(trial.bars.map(({ interval, trades }) => [interval, trades])).toEqual([
      ['1m', 1],
      ['1m', 1],
      ['1h', 2],
    ]);
  });
});

describe('a late trade', () => {
  it('revises every closed window that holds it, once a second for all that came', () => {
    const trial = new TapeTrial();
    trial.give('a', '100', '1', 59.5);
    trial.pass(70);
    expect(trial.bars.map(({ interval, revision }) => [interval, revision])).toEqual([
      ['1s', 0],
      ['1m', 0],
    ]);
    trial.bars.length = 0;
    trial.give('b', '105', '2', 59.6, {}, 70.2);
    trial.give('b', '95', '2', 30.1, {}, 70.4);
    expect(trial.bars).toEqual([]);
    trial.pass(75);
    const brief = trial.bars.map(({ interval, start, revision, trades, logTime }) => {
      return [interval, secondsOf(start), revision, trades, secondsOf(logTime)];
    });
    // The window at 30 s had no trade before: what comes late is its first statement.
    expect(brief).toEqual([
      ['1s', 30, 0, 1, 71],
      ['1s', 59, 1, 2, 71],
      ['1m', 0, 1, 3, 71],
    ]);
    expect(trial.bars[2]?.triggerReceiveTime).toBe(at(30.1));
    expect(ohlc(trial.bars[2])).toEqual(ordered('95', '105', '95', '105'));
    expect(trial.bars.map(({ sequence }) => sequence)).toEqual([2, 3, 2]);
    // The five minutes were open all the time and hold everything once, and so does what is merged from them.
    trial.bars.length = 0;
    trial.pass(902);
    expect(
      trial.bars.map(({ interval, revision, trades, volume }) => [interval, revision, trades, volume]),
    ).toEqual([
      ['5m', 0, 3, fixed('5')],
      ['15m', 0, 3, fixed('5')],
    ]);
  });

  it('is taken for sixty seconds after its window was closed, and not longer', () => {
    const trial = new TapeTrial();
    trial.give('a', '100', '1', 59.5);
    expect(trial.give('b', '100', '1', 59.6, {}, 121.999)).toBe('taken');
    expect(trial.give('b', '100', '1', 59.7, {}, 122)).toBe('late');
    trial.pass(130);
    expect(trial.of('1m').map(({ revision, trades }) => [revision, trades])).toEqual([
      [0, 1],
      [1, 2],
    ]);
  });

  it('is stated even when its window has become final meanwhile', () => {
    const trial = new TapeTrial({ barCloseMs: 2_500 });
    trial.give('a', '100', '1', 0.5);
    // The window at 0 s is final at 63.5 s; its revision is due at 64 s, and at 63.5 s another window closes.
    trial.give('a', '100', '1', 60.5);
    expect(trial.give('b', '101', '1', 0.6, {}, 63.4)).toBe('taken');
    trial.pass(70);
    const first = trial.of('1s').filter(({ start }) => start === at(0));
    expect(first.map(({ revision, trades }) => [revision, trades])).toEqual([
      [0, 1],
      [1, 2],
    ]);
  });

  it('changes no interval alone: the sums of all intervals stay equal', () => {
    const trial = new TapeTrial();
    trial.give('a', '100', '1', 59.5);
    trial.give('b', '100', '5', 10.5, {}, 130);
    trial.pass(302);
    const newest = new Map(trial.bars.map((bar) => [`${bar.interval} ${bar.start}`, bar]));
    const volumes = (interval: string): bigint =>
      [...newest.values()]
        .filter((bar) => bar.interval === interval)
        .reduce((sum, { volume }) => sum + volume, 0n);
    expect([volumes('1s'), volumes('1m'), volumes('5m')]).toEqual([fixed('1'), fixed('1'), fixed('1')]);
  });
});

describe('a trade out of range', () => {
  it('is not taken far ahead of log time, nor at a price beyond what can be published', () => {
    const trial = new TapeTrial();
    expect(trial.give('a', '100', '1', 605, {}, 1)).toBe('ahead');
    expect(trial.give('a', '100', '1', 600, {}, 1)).toBe('taken');
    expect(trial.give('a', '100000000001', '1', 1)).toBe('unpublishable');
  });

  it('does not make a sum that cannot be published: the largest is, and the bar is partial', () => {
    const trial = new TapeTrial();
    trial.give('a', '100000000000', '10000000000', 60.5);
    trial.pass(63);
    const [bar] = trial.of('1s');
    expect([bar?.notional, bar?.partial]).toEqual([10n ** 38n - 1n, true]);
  });
});

describe('coverage', () => {
  it('is partial before the tape began and while a source that has traded is silent', () => {
    const silent = new Set<string>();
    const trial = new TapeTrial({}, (source) => silent.has(source));
    trial.tape.coveredFrom = at(20);
    trial.give('a', '100', '1', 30);
    trial.give('b', '100', '1', 90);
    silent.add('b');
    trial.give('a', '100', '1', 150);
    trial.pass(190);
    expect(trial.of('1m').map(({ start, partial }) => [secondsOf(start), partial])).toEqual([
      [0, true],
      [60, true],
      [120, true],
    ]);
    silent.clear();
    trial.give('b', '100', '1', 200);
    trial.give('a', '100', '1', 250);
    trial.pass(310);
    // The source was silent until 182 s at least, which is in the window from 180 s on.
    expect(
      trial
        .of('1m')
        .slice(3)
        .map(({ start, partial }) => [secondsOf(start), partial]),
    ).toEqual([
      [180, true],
      [240, false],
    ]);
  });

  const id = (firstId: string, lastId = firstId) => ({ idKind: 'AGGREGATE', firstId, lastId }) as const;
  const states = (trial: TapeTrial): unknown =>
    trial.of('1m').map(({ start, revision, partial }) => [secondsOf(start), revision, partial]);

  it('stays partial over a silence after which ids are missing, whatever comes late, until they are repaired', () => {
    const silent = new Set<string>();
    const trial = new TapeTrial({}, (source) => silent.has(source));
    trial.give('a', '100', '1', 5, id('10'));
    trial.give('b', '100', '1', 50);
    silent.add('a');
    trial.pass(63);
    silent.clear();
    trial.give('a', '101', '1', 70, { ...id('15', '16'), flags: ['gap'] });
    // The late trade revises the first window, and the gap does as well.
    trial.give('b', '100', '1', 55, {}, 70.5);
    trial.pass(125);
    expect(states(trial)).toEqual([
      [0, 0, true],
      [0, 1, true],
      [60, 0, true],
    ]);
    trial.tape.repair({ source: 'a', firstId: '11', lastId: '14', receiveTime: at(125) });
    trial.pass(130);
    expect(states(trial)).toContainEqual([60, 1, false]);
  });

  it('is whole again after a silence in which nothing was missed', () => {
    const silent = new Set<string>();
    const trial = new TapeTrial({}, (source) => silent.has(source));
    trial.give('a', '100', '1', 5, id('10'));
    silent.add('a');
    trial.pass(63);
    silent.clear();
    trial.give('a', '101', '1', 70, id('11'));
    trial.pass(125);
    expect(states(trial)).toEqual([
      [0, 0, true],
      [0, 1, false],
      [60, 0, false],
    ]);
  });

  it('counts a gap once that a marker and the next trade tell of', () => {
    const trial = new TapeTrial();
    trial.give('a', '100', '1', 5, id('10'));
    trial.tape.gap({ source: 'a', firstId: '11', lastId: '14', receiveTime: at(6) });
    trial.give('a', '100', '1', 7, { ...id('15'), flags: ['gap'] });
    trial.tape.repair({ source: 'a', firstId: '11', lastId: '14', receiveTime: at(8) });
    trial.pass(63);
    expect(states(trial)).toEqual([[0, 0, false]]);
  });

  it('is partial across a gap until it is repaired, and then stated again', () => {
    const trial = new TapeTrial();
    const gap = { source: 'a', firstId: '5', lastId: '9', receiveTime: at(65) };
    trial.give('a', '100', '1', 50);
    trial.pass(65).tape.gap(gap);
    trial.give('a', '101', '1', 66);
    trial.pass(150);
    const brief = trial.of('1m').map(({ start, revision, partial }) => [secondsOf(start), revision, partial]);
    // The gap, known at 65 s, reaches back to the last trade before it at 50 s, into a window closed at 62 s.
    expect(brief).toEqual([
      [0, 0, false],
      [0, 1, true],
      [60, 0, true],
    ]);
    trial.bars.length = 0;
    trial.tape.repair({ ...gap, firstId: '4' });
    trial.pass(155);
    expect(trial.bars).toEqual([]);
    trial.tape.repair(gap);
    trial.pass(156);
    expect(
      trial.of('1m').map(({ start, revision, partial }) => [secondsOf(start), revision, partial]),
    ).toEqual([
      // The window at 0 s is final: 62 s after its end nothing changes it any more.
      [60, 1, false],
    ]);
  });
});
