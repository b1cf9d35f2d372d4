import type { DataKind } from '../server/connection.ts';
import type { RecordedFrame } from '../recording/files.ts';
import type { PreparedFrame } from '../recording/prepared.ts';

const KINDS: Readonly<Record<string, DataKind>> = { trade: 'trades', ticker: 'quotes', ohlc: 'bars' };
const DEPTHS: readonly number[] = [10, 25, 100, 500, 1_000];

/** Answers to the recorded client, status and instrument frames are not played: each client gets its own. */
export function prepare(frame: RecordedFrame): PreparedFrame | undefined {
  const { text } = frame;
  const channel = /^\{"channel":"([^"]+)"/.exec(text)?.[1];
  if (channel === undefined || channel === 'status' || channel === 'instrument') return undefined;
  const symbol = /"symbol":"([^"]+)"/.exec(text)?.[1];
  const kind = KINDS[channel] ?? 'control';
  const values = kind === 'control' ? 0 : text.split('"symbol":').length - 1;
  const base = { ...frame, values, partFrom: 0, partTo: 0 };
  if (symbol === undefined) return { ...base, keys: [], tag: { kind } };
  return { ...base, keys: keysOf(channel, symbol, text), tag: { kind, symbol } };
}

/** What a ticker was triggered by and a book's depth do not stand in the frame: whoever asked for one of them gets it. */
function keysOf(channel: string, symbol: string, text: string): string[] {
  if (channel === 'ticker') return [`ticker|bbo|${symbol}`, `ticker|trades|${symbol}`];
  if (channel === 'book') return DEPTHS.map((depth) => `book|${depth}|${symbol}`);
  if (channel === 'ohlc') return [`ohlc|${/"interval":(\d+)/.exec(text)?.[1] ?? 1}|${symbol}`];
  return [`${channel}|${symbol}`];
}
