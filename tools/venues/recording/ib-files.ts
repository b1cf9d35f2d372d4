import type { RecordedFrame } from './files.ts';

/** The files do not say which share they are of. */
const SYMBOL = 'RECORDED';
const MINUTE_MICROS = 60_000_000;

interface Tick {
  readonly time: string;
  readonly price: number;
  readonly size: number;
  readonly tickType: number;
}

interface MinuteBar {
  readonly date: string;
  readonly open: number;
  readonly high: number;
  readonly low: number;
  readonly close: number;
  readonly volume: number;
  readonly average: number;
  readonly barCount: number;
}

/**
 * Ticks (one list of `{time, price, size, tickType}`) or one-minute bars (one a line, `{date, open, …, barCount}`, dates in UTC) of
 * Interactive Brokers as frames; `undefined` for any other file. A bar is a frame at its end.
 */
export function readIbRecording(text: string): RecordedFrame[] | undefined {
  if (text.startsWith('[')) return ticksOf(text);
  if (!/^\{"date":.*"barCount":/.test(text)) return undefined;
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => {
      const { date, ...rest } = JSON.parse(line) as MinuteBar;
      const startMs = Date.parse(`${date}Z`);
      const bar = { symbol: SYMBOL, start: startMs / 1_000, ...rest };
      return { atMicros: startMs * 1_000 + MINUTE_MICROS, text: JSON.stringify(bar) };
    });
}

function ticksOf(text: string): RecordedFrame[] | undefined {
  const all = JSON.parse(text) as Tick[];
  if (all[0]?.tickType === undefined) return undefined;
  return all.map(({ time, price, size, tickType }) => ({
    atMicros: microsOf(time),
    text: JSON.stringify({ symbol: SYMBOL, price, size, tickType }),
  }));
}

/** `2022-01-07T05:58:09.505592+00:00`; `Date` keeps milliseconds only. */
function microsOf(time: string): number {
  const fraction = /\.(\d{1,6})/.exec(time)?.[1] ?? '';
  return Math.floor(Date.parse(time) / 1_000) * 1_000_000 + Number(fraction.padEnd(6, '0'));
}
