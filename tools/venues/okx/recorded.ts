import type { RecordedFrame } from '../recording/files.ts';
import type { PreparedFrame } from '../recording/prepared.ts';
import type { DataKind } from '../server/connection.ts';

/** Answers to the recorded client are not played: each client gets its own. */
export function prepare(frame: RecordedFrame): PreparedFrame | undefined {
  const { text } = frame;
  const [, channel, symbol] = /^\{"arg":\{"channel":"([^"]+)","instId":"([^"]+)"/.exec(text) ?? [];
  if (channel === undefined || symbol === undefined) return undefined;
  const kind = kindOf(channel);
  const values = kind === 'trades' ? text.split('"tradeId":').length - 1 : kind === 'control' ? 0 : 1;
  return { ...frame, values, partFrom: 0, partTo: 0, keys: [`${channel}|${symbol}`], tag: { kind, symbol } };
}

/** What faults and figures call the frames of a channel. */
export function kindOf(channel: string): DataKind {
  if (channel === 'trades' || channel === 'trades-all') return 'trades';
  if (channel === 'bbo-tbt' || channel === 'tickers') return 'quotes';
  return channel.startsWith('candle') ? 'bars' : 'control';
}
