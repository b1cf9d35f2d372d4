import { existsSync, readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import type { Micros } from '@concord/model';

const FOLDER = new URL('../../../../shared/realdata/', import.meta.url);

/** Whether the folder of recordings stands beside the repository; tests on it are skipped where it does not. */
export const RECORDINGS_PRESENT: boolean = existsSync(FOLDER);

export interface RecordedFrame {
  /** The frame's text, verbatim. */
  readonly text: string;
  readonly receiveTime: Micros;
  /** Path of the address that the connection was opened at, where the recording tells of connections. */
  readonly path?: string;
}

/** Text of a file below `realdata/`, unpacked where it is packed. */
export function readRecording(path: string): string {
  const bytes = readFileSync(new URL(path, FOLDER));
  return (path.endsWith('.gz') ? gunzipSync(bytes) : bytes).toString('utf8');
}

/** JSON lines of a file below `realdata/`. */
export function readRecordedLines(path: string): unknown[] {
  return readRecording(path)
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as unknown);
}

interface FrameLine {
  readonly t?: string;
  readonly conn?: string | number;
  readonly ts?: number;
  readonly addr?: string;
  readonly data?: string;
  readonly recv_ts_ns?: number;
  readonly payload?: string;
}

/** Every frame received in a recording, in order, in either of the two forms that recordings come in. */
export function recordedFrames(path: string): RecordedFrame[] {
  const paths = new Map<FrameLine['conn'], string>();
  return (readRecordedLines(path) as FrameLine[]).flatMap((line): RecordedFrame[] => {
    if (line.payload !== undefined) {
      return [{ text: line.payload, receiveTime: Math.floor((line.recv_ts_ns ?? 0) / 1_000) }];
    }
    if (line.t === 'connect' && line.addr !== undefined) paths.set(line.conn, new URL(line.addr).pathname);
    if (line.t !== 'recv' || line.data === undefined) return [];
    const frame = { text: line.data, receiveTime: Math.floor((line.ts ?? 0) * 1_000_000) };
    const opened = paths.get(line.conn);
    return [opened === undefined ? frame : { ...frame, path: opened }];
  });
}

/** What `oracles.json` says of one recording; figures were computed independently of this project. */
export interface Oracle {
  readonly channels: Readonly<Record<string, number>>;
  readonly trades: Readonly<Record<string, TradeOracle>>;
  readonly trades_total: number;
  readonly quotes: Readonly<Record<string, QuoteOracle>>;
  readonly klines: { readonly messages: number; readonly closed: number };
}

export interface TradeOracle {
  readonly count: number;
  readonly live: number;
  readonly snapshot: number;
  readonly unique_ids: number;
  readonly buy_taker: number;
  readonly sell_taker: number;
  readonly qty: string;
  readonly notional: string;
  readonly min_px: string;
  readonly max_px: string;
  readonly first_ts_us: number;
  readonly last_ts_us: number;
  readonly first_id: number;
  readonly last_id: number;
}

export interface QuoteOracle {
  readonly count: number;
  readonly crossed: number;
  readonly first_u?: number;
  readonly last_u?: number;
  readonly last_bid?: string;
  readonly last_ask?: string;
}

/** What it says of a recording, which need not be all; `undefined` where that is nothing. */
export type PartOfOracle = Partial<Oracle> & Pick<Oracle, 'channels'>;

export function findOracle(path: string): PartOfOracle | undefined {
  return (JSON.parse(readRecording('oracles.json')) as Record<string, PartOfOracle>)[path];
}

export function readOracle(path: string): Oracle {
  const oracle = findOracle(path);
  if (oracle === undefined) throw new Error(`oracles.json says nothing of ${path}`);
  return oracle as Oracle;
}
