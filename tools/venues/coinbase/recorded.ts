import type { DataKind } from '../server/connection.ts';
import type { RecordedFrame } from '../recording/files.ts';
import type { PreparedFrame } from '../recording/prepared.ts';

const KINDS: Readonly<Record<string, DataKind>> = {
  market_trades: 'trades',
  level2: 'quotes',
  candles: 'bars',
};
const SEQUENCE = /"sequence_num":(\d+)/;
const PRODUCT = /"product_id":"([^"]+)"/g;

/** Acknowledgements of the recorded client are not played: each client gets its own. */
export function prepare(frame: RecordedFrame): PreparedFrame | undefined {
  const { text } = frame;
  const name = /^\{"channel":"([^"]+)"/.exec(text)?.[1];
  const sequence = SEQUENCE.exec(text);
  if (name === undefined || sequence === null || name === 'subscriptions') return undefined;
  const channel = name === 'l2_data' ? 'level2' : name;
  const products =
    channel === 'heartbeats'
      ? [channel]
      : [...new Set([...text.matchAll(PRODUCT)].map((one) => one[1] ?? ''))];
  const kind = KINDS[channel] ?? 'control';
  const [symbol] = products;
  const values = kind === 'trades' ? text.split('"trade_id"').length - 1 : kind === 'control' ? 0 : 1;
  const partTo = sequence.index + sequence[0].length;
  return {
    ...frame,
    keys: products.map((product) => `${channel}|${product}`),
    tag: symbol === undefined ? { kind } : { kind, symbol },
    values,
    partFrom: partTo - (sequence[1] ?? '').length,
    partTo,
  };
}
