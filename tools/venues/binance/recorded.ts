import type { DataKind } from '../server/connection.ts';
import type { RecordedFrame } from '../recording/files.ts';
import type { PreparedFrame } from '../recording/prepared.ts';

const KINDS: Readonly<Record<string, DataKind>> = {
  trade: 'trades',
  aggTrade: 'trades',
  bookTicker: 'quotes',
};
const COMBINED = /^\{"stream":"([^"]+)","data":/;

/** Recorded frames of combined streams; a raw connection gets the part under `data`. Others are not played. */
export function prepare(frame: RecordedFrame): PreparedFrame | undefined {
  const match = COMBINED.exec(frame.text);
  const stream = match?.[1];
  if (match === null || stream === undefined) return undefined;
  const [symbol = '', name = ''] = stream.split('@');
  const kind = KINDS[name] ?? (name.startsWith('kline_') ? 'bars' : 'control');
  const tag = { kind, symbol: symbol.toUpperCase() };
  const values = kind === 'control' ? 0 : 1;
  return { ...frame, keys: [stream], tag, values, partFrom: match[0].length, partTo: frame.text.length - 1 };
}
