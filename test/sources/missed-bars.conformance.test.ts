import type { RawBar } from '@concord/codec';
import { binance } from '@concord/ingestor-binance';
import { okx } from '@concord/ingestor-okx';
import { INTERVALS } from '@concord/model';
import { describe, expect, it } from 'vitest';
import { SimulatedSource } from './simulated.ts';

const SEED = 20_261_125;
const INSTRUMENT = 'BTC-USDT';

/** Numbers of the windows that were told as closed, live or from history. */
function closed(test: SimulatedSource): Set<number> {
  const bars = test.events.flatMap((event): readonly RawBar[] =>
    event.type === 'records' ? event.bars : [],
  );
  const own = bars.filter(({ final, instrument }) => final && instrument === INSTRUMENT);
  return new Set(own.map(({ start }) => start / INTERVALS['1s']));
}

function missing(windows: ReadonlySet<number>): number[] {
  const [first, last] = [Math.min(...windows), Math.max(...windows)];
  return Array.from({ length: last - first }, (_, i) => first + i).filter((window) => !windows.has(window));
}

describe.each([binance, okx])(
  `bars of $source that its simulated venue withholds (seed ${SEED})`,
  (module) => {
    it('are told as missing, window by window, and come from history', async () => {
      const options = { barInterval: '1s' };
      await using test = await SimulatedSource.start(module, SEED, ['bars'], { rate: 20, options });
      const more = async (count: number): Promise<void> => {
        const before = closed(test).size;
        await test.until('more bars', () => closed(test).size >= before + count);
      };
      await more(3);
      const ofBars = (type: 'gap' | 'repair') =>
        test.markers(type).filter(({ kind, instrument }) => kind === 'bars' && instrument === INSTRUMENT);
      test.inject({ kind: 'mute', data: 'bars', durationMs: 4_000 });
      await test.until('a gap', () => ofBars('gap').length > 0);
      await test.until('its repair', () => ofBars('repair').length === ofBars('gap').length);
      expect(test.markers('repair').map(({ outcome }) => outcome)).not.toContain('unrepairable');
      test.inject({ kind: 'refuse-upgrade', durationMs: 3_000 });
      test.inject({ kind: 'cut' });
      await test.until('another session', () => test.markers('reconnect').length > 0);
      await more(10);
      await test.until('all windows', () => missing(closed(test)).length === 0);
      const [first] = ofBars('gap');
      for (let window = Number(first?.firstId); window <= Number(first?.lastId); window++)
        expect(closed(test)).toContain(window);
    });
  },
);
