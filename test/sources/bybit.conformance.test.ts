import { bybit } from '@concord/ingestor-bybit';
import type { SourceEvent } from '@concord/sources';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { INSTRUMENTS, SimulatedSource } from './simulated.ts';

const SEED = 20_260_809;

// Ids have no arithmetic there: what was missed shows by interruptions alone, and of trades the venue still has the newest sixty.
describe(`bybit on its simulated venue (seed ${SEED})`, () => {
  let test: SimulatedSource;
  beforeEach(async () => {
    test = await SimulatedSource.start(bybit, SEED, ['trades', 'quotes', 'bars']);
    await test.until('live', () => test.source.status().state === 'LIVE');
    await test.moreTrades();
  });
  afterEach(() => test[Symbol.asyncDispose]());

  // A minute may have passed meanwhile, whose bar is then fetched too.
  const outcomes = (): string[] =>
    test.markers('repair').flatMap(({ kind, outcome }) => (kind === 'trades' ? [outcome] : []));
  /** Cuts the connection and waits until each instrument's hole has come to its end. */
  async function interrupted(): Promise<void> {
    test.inject({ kind: 'cut' });
    await test.until('repairs', () => outcomes().length >= INSTRUMENTS.length);
    await test.moreTrades();
    expect(toldLate()).toEqual([]);
  }
  /** Instruments whose newest hole is told behind a trade that came live after it. */
  function toldLate(): string[] {
    const isReconnect = (event: SourceEvent): boolean =>
      event.type === 'marker' && event.marker.type === 'reconnect';
    const after = test.events.slice(test.events.findLastIndex(isReconnect));
    return INSTRUMENTS.map(({ id }) => id).filter((id) => {
      const gap = after.findIndex(
        (event) =>
          event.type === 'marker' &&
          event.marker.type === 'gap' &&
          event.marker.kind === 'trades' &&
          event.marker.instrument === id,
      );
      const live = after.findIndex(
        (event) =>
          event.type === 'records' &&
          event.trades.some(({ instrument, origin }) => instrument === id && origin === 'LIVE'),
      );
      return gap < 0 || live < gap;
    });
  }
  /** Ids that the venue made and that did not come, between the first and the last that did, by instrument. */
  async function lost(): Promise<number[][]> {
    const made = await test.finish();
    return INSTRUMENTS.map(({ id }) => {
      const received = test.tradeIds(id);
      const came = new Set(received);
      expect(received).toHaveLength(came.size);
      const [first, last] = [Math.min(...came), Math.max(...came)];
      return (made.get(id) ?? []).filter((own) => own >= first && own <= last && !came.has(own));
    });
  }

  it('tells trades, quotes and bars, each top of a book once, and refuses what is none, once', async () => {
    const kinds = ['garbage', 'half-frame', 'unknown-symbol', 'huge-frame'] as const;
    for (const kind of kinds) test.inject({ kind });
    await test.until('refusals', () => test.markers('refused').length === kinds.length);
    await test.moreTrades();
    expect(test.markers('refused').map(({ code }) => code)).toEqual([
      'not-json',
      'not-json',
      'unknown-symbol',
      'unknown-frame',
    ]);
    const records = test.events.flatMap((event) => (event.type === 'records' ? [event] : []));
    expect(records.flatMap(({ bars }) => bars).length).toBeGreaterThan(0);
    const numbers = records.flatMap(({ quotes }) =>
      quotes.map(({ instrument, firstId }) => `${instrument} ${firstId}`),
    );
    expect(numbers.length).toBeGreaterThan(20);
    expect(new Set(numbers).size).toBe(numbers.length);
    for (const type of ['gap', 'resync', 'reconnect'] as const) expect(test.markers(type)).toEqual([]);
    expect(await lost()).toEqual([[], []]);
  });

  it('fetches what it missed in a short interruption, and says so', async () => {
    await interrupted();
    const gaps = test.markers('gap').filter(({ kind }) => kind === 'trades');
    expect(gaps.map(({ instrument, missing }) => [instrument, missing])).toEqual(
      INSTRUMENTS.map(({ id }) => [id, null]),
    );
    expect(outcomes()).toEqual(['filled', 'filled']);
    expect(await lost()).toEqual([[], []]);
  });

  it("fetches what it missed when the venue's clock was ahead before the cut", async () => {
    test.inject({ kind: 'clock-skew', skewMs: 20_000, durationMs: 1_000 });
    await test.clock.sleep(900);
    await interrupted();
    expect(outcomes()).toEqual(['filled', 'filled']);
    expect(await lost()).toEqual([[], []]);
  });

  it('does so too where REST lags behind the stream', async () => {
    test.inject({ kind: 'rest-lag', lagMs: 1_000, durationMs: 60_000 });
    await interrupted();
    expect(outcomes()).toEqual(['filled', 'filled']);
    expect(await lost()).toEqual([[], []]);
  });

  it('says that what is older than the newest sixty is lost, and loses nothing else', async () => {
    test.inject({ kind: 'refuse-upgrade', durationMs: 8_000 });
    await interrupted();
    expect(outcomes()).toEqual(['unrepairable', 'unrepairable']);
    for (const ids of await lost()) {
      expect(ids.length).toBeGreaterThan(0);
      expect(ids).toEqual(ids.map((_, n) => (ids[0] ?? 0) + n));
    }
  });
});
