import { fileURLToPath } from 'node:url';
import { readRecordedLines, readRecording, RECORDINGS_PRESENT } from '@concord/testkit';
import { describe, expect, it } from 'vitest';
import { TestGateway } from './testing/gateway.ts';
import type { Field } from './wire.ts';

const TICKS = 'ib/ticks.json.gz';
const BARS = 'ib/bars.json.gz';
const file = (path: string): string =>
  fileURLToPath(new URL(`../../../../shared/realdata/${path}`, import.meta.url));
const SHARE: readonly Field[] = ['', 'RECORDED', '', '', '', '', '', '', '', '', '', ''];

interface Tick {
  readonly price: number;
  readonly size: number;
  readonly tickType: number;
}

describe.skipIf(!RECORDINGS_PRESENT)(
  'a recording of Interactive Brokers (../shared/realdata), played',
  () => {
    it('brings all 14,027 ticks in their order, with the time of the recording ahead of them', async () => {
      await using gateway = await TestGateway.open({ recordings: [file(TICKS)], speed: 'max' });
      const client = await gateway.client();
      client.send(1, 11, 1, ...SHARE, 0, '', 0, 0, '');
      await gateway.venues.finished;
      const types = ['1', '2'];
      await client.until(
        () => client.messages.filter(([type]) => types.includes(type ?? '')).length === 14_027,
      );
      const ticks = client.messages.filter(([type]) => types.includes(type ?? ''));
      const wanted = JSON.parse(readRecording(TICKS)) as Tick[];
      expect(
        ticks.map((one) => [Number(one[3]), ...one.slice(4, one[0] === '1' ? 6 : 5).map(Number)]),
      ).toEqual(
        wanted.map(({ tickType, price, size }) =>
          [1, 2, 4].includes(tickType) ? [tickType, price, size] : [tickType, size],
        ),
      );
      const times = client.ofType(49).map((one) => Number(one[2]));
      expect(times[0]).toBe(Date.parse('2022-01-07T05:58:09Z') / 1_000);
      expect(times).toEqual(times.toSorted((a, b) => a - b));
      expect(gateway.stats.sent).toMatchObject({
        trades: 1_643 + 1_974 + 3_373,
        quotes: 3_617 + 96 + 89 + 3_235,
      });
    });

    it('brings one-minute bars as updates, and as history once they are over', async () => {
      await using gateway = await TestGateway.open({ recordings: [file(BARS)], speed: 'max' });
      const client = await gateway.client();
      client.send(20, 1, ...SHARE, 0, '', '1 min', '600 S', 0, 'TRADES', 2, 1, '');
      await gateway.venues.finished;
      await client.some(90, 405);
      const wanted = readRecordedLines(BARS);
      const got = client.ofType(90).map(([, , count, date, open, close, high, low, average, volume]) => ({
        date: new Date(Number(date) * 1_000).toISOString().slice(0, 19),
        open: Number(open),
        high: Number(high),
        low: Number(low),
        close: Number(close),
        volume: Number(volume),
        average: Number(average),
        barCount: Number(count),
      }));
      expect(got).toEqual(wanted);
      client.send(20, 2, ...SHARE, 0, '20210105-20:15:00', '1 min', '1 D', 0, 'TRADES', 2, 0, '');
      await client.until(() => client.ofType(17).some((fields) => fields[1] === '2'));
      const [, , , , count] = client.ofType(17).find((fields) => fields[1] === '2') ?? [];
      expect(Number(count)).toBeGreaterThan(300);
    });
  },
);
