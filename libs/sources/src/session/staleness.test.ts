import { describe, expect, it } from 'vitest';
import { RHYTHMS, StreamWatch, type Judgement } from './staleness.ts';

const SECOND = 1_000;
const MINUTE = 60 * SECOND;

/** Records every `everyMs` for `forMs`; returns the time of the last. */
function play(watch: StreamWatch, fromMs: number, everyMs: number, forMs: number): number {
  let at = fromMs;
  for (; at <= fromMs + forMs; at += everyMs) watch.saw(at);
  return at - everyMs;
}

/** What a watch says, asked every second, with the time after `fromMs` in seconds; `alive` and repetitions are left out. */
function verdicts(watch: StreamWatch, fromMs: number, forMs: number): [number, Judgement][] {
  const heard: [number, Judgement][] = [];
  for (let at = fromMs + SECOND; at <= fromMs + forMs; at += SECOND) {
    const judgement = watch.judge(at);
    if (judgement !== 'alive' && judgement !== heard.at(-1)?.[1])
      heard.push([(at - fromMs) / SECOND, judgement]);
  }
  return heard;
}

describe('StreamWatch', () => {
  it('finds a busy quote stream mute at the floor, subscribes it anew, then reconnects', () => {
    const watch = new StreamWatch(RHYTHMS.quotes, 0);
    const last = play(watch, 0, 100, 2 * MINUTE);
    expect(verdicts(watch, last, MINUTE)).toEqual([
      [10, 'resubscribe'],
      [11, 'stale'],
      [20, 'reconnect'],
      [21, 'stale'],
      [40, 'resubscribe'],
      [41, 'stale'],
    ]);
  });

  it('trusts a stream for eight times the longest pause it has lately made', () => {
    const watch = new StreamWatch(RHYTHMS.trades, 0);
    const last = play(watch, 0, 20 * SECOND, 10 * MINUTE);
    expect(verdicts(watch, last, 159 * SECOND)).toEqual([]);
    expect(verdicts(watch, last, 3 * MINUTE)[0]).toEqual([160, 'resubscribe']);
  });

  it('finds a stream mute within its first minute where records come one by one, but not after one burst', () => {
    const rhythm = { ...RHYTHMS.trades, early: { afterMs: 5 * SECOND, silentMs: MINUTE } };
    const busy = new StreamWatch(rhythm, 0);
    expect(verdicts(busy, play(busy, 0, 500, 10 * SECOND), 2 * MINUTE)[0]).toEqual([60, 'resubscribe']);
    const slow = new StreamWatch(rhythm, 0);
    expect(verdicts(slow, play(slow, 0, 5 * SECOND, 50 * SECOND), 5 * MINUTE)[0]).toEqual([
      60,
      'resubscribe',
    ]);
    const slower = new StreamWatch({ ...rhythm, warmUpCount: 5 }, 0);
    expect(verdicts(slower, play(slower, 0, 10 * SECOND, 50 * SECOND), 5 * MINUTE)[0]).toEqual([
      80,
      'resubscribe',
    ]);
    const burst = new StreamWatch(rhythm, 0);
    expect(verdicts(burst, play(burst, 0, 10, SECOND), 14 * MINUTE)).toEqual([]);
  });

  it('never takes a market with one trade in ten minutes for a reason to reconnect', () => {
    const watch = new StreamWatch(RHYTHMS.trades, 0);
    const heard = new Set<Judgement>();
    for (let at = 0, next = 0; at < 12 * 60 * MINUTE; at += SECOND) {
      if (at >= next) {
        watch.saw(at);
        next = at + 10 * MINUTE;
      }
      heard.add(watch.judge(at));
    }
    expect([...heard]).toEqual(['alive']);
    const last = 12 * 60 * MINUTE;
    expect(verdicts(watch, last, 10 * 60 * MINUTE).map(([, judgement]) => judgement)).not.toContain(
      'reconnect',
    );
  });

  it('does not take a burst for a rhythm', () => {
    const watch = new StreamWatch(RHYTHMS.trades, 0);
    const last = play(watch, 0, 1, 50);
    expect(verdicts(watch, last, 10 * MINUTE)).toEqual([]);
  });

  it('finds a quote stream that was confirmed and never spoke', () => {
    const watch = new StreamWatch(RHYTHMS.quotes, 0);
    expect(verdicts(watch, 0, 3 * MINUTE)).toEqual([
      [60, 'resubscribe'],
      [61, 'stale'],
      [120, 'reconnect'],
      [121, 'stale'],
    ]);
  });

  it('is patient again as soon as the stream speaks', () => {
    const watch = new StreamWatch(RHYTHMS.quotes, 0);
    const last = play(watch, 0, 100, 2 * MINUTE);
    verdicts(watch, last, 12 * SECOND);
    const again = play(watch, last + 13 * SECOND, 100, SECOND);
    expect(watch.judge(again + 5 * SECOND)).toBe('alive');
  });

  it('counts silence from a restart and learns no rhythm from the pause that holds it', () => {
    const watch = new StreamWatch(RHYTHMS.quotes, 0);
    const last = play(watch, 0, 100, 2 * MINUTE);
    watch.restart(last + 5 * MINUTE);
    expect(watch.judge(last + 5 * MINUTE + 9 * SECOND)).toBe('alive');
    watch.saw(last + 5 * MINUTE + 9 * SECOND);
    const end = play(watch, last + 5 * MINUTE + 9 * SECOND, 100, SECOND);
    expect(verdicts(watch, end, 11 * SECOND)[0]).toEqual([10, 'resubscribe']);
  });

  it('learns a slower rhythm and forgets it after two generations', () => {
    const watch = new StreamWatch(RHYTHMS.quotes, 0);
    let last = play(watch, 0, 10 * SECOND, 5 * MINUTE);
    expect(watch.judge(last + 79 * SECOND)).toBe('alive');
    last = play(watch, last + 100, 100, 11 * MINUTE);
    expect(watch.judge(last + 10 * SECOND)).toBe('resubscribe');
  });
});
