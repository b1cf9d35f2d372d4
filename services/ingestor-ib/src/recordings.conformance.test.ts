import { gunzipSync } from 'node:zlib';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { parseFixed, parseRfc3339 } from '@concord/model';
import type { RawQuote, RawTrade } from '@concord/codec';
import { RECORDINGS_PRESENT } from '@concord/testkit';
import { describe, expect, it } from 'vitest';
import { AAPL, testLines, testParser } from './testing/tws.ts';

interface RecordedTick {
  readonly time: string;
  readonly price: number;
  readonly size: number;
  readonly tickType: number;
}

interface RecordedBar {
  readonly date: string;
  readonly open: number;
  readonly high: number;
  readonly low: number;
  readonly close: number;
  readonly volume: number;
  readonly average: number;
  readonly barCount: number;
}

function recorded(name: string): string {
  const path = fileURLToPath(new URL(`../../../../shared/realdata/ib/${name}`, import.meta.url));
  return gunzipSync(readFileSync(path)).toString('utf8');
}

/** Price ticks bring a size with them; the others are sizes alone. */
const PRICE_TYPES: ReadonlySet<number> = new Set([1, 2, 4]);

/** The message that TWS must have sent for a tick. */
function messageOf({ price, size, tickType }: RecordedTick): string[] {
  return PRICE_TYPES.has(tickType)
    ? ['1', '6', '3', String(tickType), String(price), String(size), '0']
    : ['2', '6', '3', String(tickType), String(size)];
}

/** States of the book after each single tick. */
function passingStates(ticks: readonly RecordedTick[]): { states: number; lockedOrCrossed: number } {
  let [bid, ask, states, lockedOrCrossed] = [0, 0, 0, 0];
  for (const { price, tickType } of ticks) {
    if (tickType === 1) bid = price;
    if (tickType === 2) ask = price;
    if (bid === 0 || ask === 0) continue;
    states++;
    if (bid >= ask) lockedOrCrossed++;
  }
  return { states, lockedOrCrossed };
}

describe.skipIf(!RECORDINGS_PRESENT)('Interactive Brokers recordings (../shared/realdata)', () => {
  it('takes all 14,027 ticks of a share without refusing one, and settles its quotes', () => {
    const ticks = JSON.parse(recorded('ticks.json.gz')) as RecordedTick[];
    const parser = testParser();
    const quotes: RawQuote[] = [];
    const trades: RawTrade[] = [];
    const settle = (before: number): void => {
      const settled = parser.settle(before);
      quotes.push(...settled.quotes);
      trades.push(...settled.trades);
    };
    for (const tick of ticks) {
      const at = parseRfc3339(tick.time.replace('+00:00', 'Z')) ?? 0;
      settle(at);
      const message = parser.parse(messageOf(tick), at);
      expect(message).toMatchObject({ type: 'data', frame: { refusals: [] } });
    }
    settle(Number.POSITIVE_INFINITY);
    expect(ticks).toHaveLength(14_027);
    // As ticks come, 30 of 13,966 states are locked or crossed in passing (shared/venues.md, 3); once settled none is.
    expect(passingStates(ticks)).toEqual({ states: 13_966, lockedOrCrossed: 30 });
    expect(quotes.length).toBeGreaterThan(5_000);
    expect(quotes.filter(({ bid, ask }) => bid !== null && ask !== null && bid >= ask)).toEqual([]);
    // Each moment at which a print's price or size was told gives one sample.
    const moments = new Set(
      ticks.flatMap(({ tickType, time }) => (tickType === 4 || tickType === 5 ? [time] : [])),
    );
    expect(trades.length).toBeLessThanOrEqual(moments.size);
    expect(trades.every(({ sampled, side }) => sampled && side === null)).toBe(true);
    // Sampled sizes are 39 % of what was traded, as far as sizes are known from the first on (shared/venues.md, 3).
    const volumes = ticks.flatMap(({ tickType, size }) => (tickType === 8 ? [size] : []));
    const traded = (volumes.at(-1) ?? 0) - (volumes[0] ?? 0);
    const sampled = trades.reduce((sum, { size }) => sum + Number(size) / 1e12, 0);
    expect(sampled / traded).toBeGreaterThan(0.37);
    expect(sampled / traded).toBeLessThan(0.42);
  });

  it('takes all 405 bars of a minute without refusing one, and keeps every number', () => {
    const bars = recorded('bars.json.gz')
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => JSON.parse(line) as RecordedBar);
    const seconds = ({ date }: RecordedBar): number => (parseRfc3339(`${date}Z`) ?? 0) / 1_000_000;
    const rows = bars.flatMap((bar) =>
      [seconds(bar), bar.open, bar.high, bar.low, bar.close, bar.volume, bar.average, bar.barCount].map(
        String,
      ),
    );
    const message = testParser(testLines()).parse(['17', '4', '', '', String(bars.length), ...rows], 0);
    if (message.type !== 'data') throw new TypeError(message.type);
    expect(bars).toHaveLength(405);
    expect(message.frame.refusals).toEqual([]);
    expect(message.frame.bars).toHaveLength(405);
    message.frame.bars.forEach((bar, index) => {
      const source = bars[index] as RecordedBar;
      expect(bar).toMatchObject({
        instrument: AAPL.instrument,
        start: seconds(source) * 1_000_000,
        open: parseFixed(String(source.open)),
        high: parseFixed(String(source.high)),
        low: parseFixed(String(source.low)),
        close: parseFixed(String(source.close)),
        volume: parseFixed(String(source.volume)),
        vwap: parseFixed(String(source.average)),
        tradeCount: source.barCount,
        final: index < bars.length - 1,
      });
    });
  });
});
