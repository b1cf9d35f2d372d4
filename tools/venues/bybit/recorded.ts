import type { DataKind } from '../server/connection.ts';
import type { RecordedFrame } from '../recording/files.ts';
import type { PreparedFrame } from '../recording/prepared.ts';

/** What stands once for each value in a frame. */
const VALUES: Readonly<Record<DataKind, string | RegExp>> = {
  trades: '"S":',
  quotes: '"u":',
  bars: '"start":',
  control: /(?!)/,
};

/** Answers to the recorded client are not played: each client gets its own. */
export function prepare(frame: RecordedFrame): PreparedFrame | undefined {
  const topic = /"topic":"([^"]+)"/.exec(frame.text)?.[1];
  const category = /[^/]+$/.exec(frame.path ?? '')?.[0];
  if (topic === undefined || category === undefined) return undefined;
  const kind = kindOf(topic);
  const values = frame.text.split(VALUES[kind]).length - 1;
  const symbol = topic.slice(topic.lastIndexOf('.') + 1);
  return { ...frame, keys: [`${category}|${topic}`], tag: { kind, symbol }, values, partFrom: 0, partTo: 0 };
}

function kindOf(topic: string): DataKind {
  if (topic.startsWith('publicTrade.')) return 'trades';
  if (topic.startsWith('orderbook.1.')) return 'quotes';
  return topic.startsWith('kline.') ? 'bars' : 'control';
}
