import type { RawBar, RawQuote, RawTrade } from '@concord/codec';
import { parseRfc3339, type Micros } from '@concord/model';
import { readRecordedLines, readRecording } from '@concord/testkit';
import { testLines, testParser } from './tws.ts';

export interface RecordedTick {
  readonly time: string;
  readonly price: number;
  readonly size: number;
  readonly tickType: number;
}

export interface RecordedBar {
  readonly date: string;
  readonly open: number;
  readonly high: number;
  readonly low: number;
  readonly close: number;
  readonly volume: number;
  readonly average: number;
  readonly barCount: number;
}

/** A recorded message as TWS must have sent it. */
export interface RecordedMessage {
  readonly fields: readonly string[];
  readonly receiveTime: Micros;
}

/** Price ticks bring a size with them; the others are sizes alone. */
const PRICE_TYPES: ReadonlySet<number> = new Set([1, 2, 4]);

export function readTicks(): RecordedTick[] {
  return JSON.parse(readRecording('ib/ticks.json.gz')) as RecordedTick[];
}

export function messageOfTick({ time, price, size, tickType }: RecordedTick): RecordedMessage {
  const value = [
    String(tickType),
    ...(PRICE_TYPES.has(tickType) ? [String(price), String(size), '0'] : [String(size)]),
  ];
  const fields = [PRICE_TYPES.has(tickType) ? '1' : '2', '6', '3', ...value];
  return { fields, receiveTime: parseRfc3339(time.replace('+00:00', 'Z')) ?? 0 };
}

export function readMinuteBars(): RecordedBar[] {
  return readRecordedLines('ib/bars.json.gz') as RecordedBar[];
}

/** When a recorded bar starts. */
export function startOf({ date }: RecordedBar): Micros {
  return parseRfc3339(`${date}Z`) ?? 0;
}

/** Bars as a subscription to them begins, received a second after the last was over. */
export function messageOfBars(bars: readonly RecordedBar[]): RecordedMessage {
  const rows = bars.flatMap((bar) => {
    const { open, high, low, close, volume, average, barCount } = bar;
    return [startOf(bar) / 1_000_000, open, high, low, close, volume, average, barCount].map(String);
  });
  const last = bars.at(-1);
  const receiveTime = last === undefined ? 0 : startOf(last) + 61_000_000;
  return { fields: ['17', '4', '', '', String(bars.length), ...rows], receiveTime };
}

export interface ParsedRecording {
  readonly trades: RawTrade[];
  readonly quotes: RawQuote[];
  readonly bars: RawBar[];
  /** Messages of which something was refused. */
  readonly refused: number;
}

/** What a parser makes of recorded messages, each settled by the next with a later time. */
export function parseRecording(messages: Iterable<RecordedMessage>): ParsedRecording {
  const parser = testParser(testLines());
  const parsed = { trades: [] as RawTrade[], quotes: [] as RawQuote[], bars: [] as RawBar[], refused: 0 };
  const settle = (before: Micros): void => {
    const { trades, quotes } = parser.settle(before);
    parsed.trades.push(...trades);
    parsed.quotes.push(...quotes);
  };
  for (const { fields, receiveTime } of messages) {
    settle(receiveTime);
    const message = parser.parse(fields, receiveTime);
    if (message.type !== 'data' || message.frame.refusals.length > 0) parsed.refused++;
    else parsed.bars.push(...message.frame.bars);
  }
  settle(Number.POSITIVE_INFINITY);
  return parsed;
}
