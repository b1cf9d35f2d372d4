import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import type { VenueName } from '../options.ts';
import { readIbRecording } from './ib-files.ts';
import { framesOfKrakenCandles, framesOfKrakenTrades } from './kraken-rest.ts';

const MAX_BYTES = 512 * 1024 * 1024;

/** A frame as it was received: its text verbatim, and when. */
export interface RecordedFrame {
  readonly atMicros: number;
  readonly text: string;
  /** Path of the connection's address, where the recording tells of connections. */
  readonly path?: string;
}

/** An HTTP answer as it was received, under the path and query that asked for it. */
export interface RecordedAnswer {
  readonly path: string;
  readonly query: string;
  readonly body: string;
}

export interface Recording {
  readonly file: string;
  readonly venue: VenueName;
  /** In the order of receipt. */
  readonly frames: readonly RecordedFrame[];
  readonly answers: readonly RecordedAnswer[];
}

/** One line of a frame file, in either form. */
interface Line {
  readonly t?: 'connect' | 'send' | 'recv' | 'http';
  readonly conn?: string | number;
  readonly ts?: number;
  readonly addr?: string;
  readonly url?: string;
  readonly data?: string;
  readonly recv_ts_ns?: number;
  readonly payload?: string;
  readonly path?: string;
  readonly query?: string;
  readonly response?: unknown;
}

/**
 * Reads a recorded file, gzipped or not: frames one JSON object a line (`{"t": "recv", "ts", "data"}` or `{"recv_ts_ns",
 * "payload"}`), HTTP answers one a line (`{"path", "query", "response"}`), or a saved answer of Kraken's `Trades` or `OHLC`.
 * Throws `RangeError` naming the file when it is none of these, is too big, or is of a venue that is not simulated.
 */
export function readRecording(file: string): Recording {
  const raw = readFileSync(file);
  const bytes = raw[0] === 0x1f && raw[1] === 0x8b ? gunzipSync(raw, { maxOutputLength: MAX_BYTES }) : raw;
  const text = bytes.toString('utf8');
  const ibFrames = readIbRecording(text);
  if (ibFrames !== undefined) return { file, venue: 'ib', frames: ibFrames, answers: [] };
  if (text.startsWith('{\n') || /^\{\s*"error"/.test(text)) return readKrakenAnswer(file, text);
  const lines = text.split('\n').filter((line) => line !== '');
  const frames: RecordedFrame[] = [];
  const answers: RecordedAnswer[] = [];
  const paths = new Map<Line['conn'], string>();
  let venue: VenueName | undefined;
  for (const [index, line] of lines.entries()) {
    const one = parseLine(file, index, line);
    venue ??= venueOf(one.addr ?? one.url ?? one.path ?? '');
    if (one.t === 'connect' && one.addr !== undefined) paths.set(one.conn, new URL(one.addr).pathname);
    const frame = frameOf(one, paths.get(one.conn));
    if (frame !== undefined) {
      frames.push(frame);
      if (one.payload !== undefined) venue ??= 'kraken';
    }
    const answer = answerOf(one);
    if (answer !== undefined) answers.push(answer);
  }
  if (venue === undefined) throw new RangeError(`${file}: no frame of a venue that is simulated here`);
  return { file, venue, frames, answers };
}

function parseLine(file: string, index: number, line: string): Line {
  try {
    return JSON.parse(line) as Line;
  } catch (cause) {
    throw new RangeError(`${file}:${index + 1}: not a JSON object: ${line.slice(0, 60)}`, { cause });
  }
}

function frameOf(line: Line, path: string | undefined): RecordedFrame | undefined {
  if (line.t === 'recv' && line.data !== undefined && line.ts !== undefined) {
    const frame = { atMicros: Math.round(line.ts * 1_000_000), text: line.data };
    return path === undefined ? frame : { ...frame, path };
  }
  if (line.payload !== undefined && line.recv_ts_ns !== undefined) {
    return { atMicros: Math.floor(line.recv_ts_ns / 1_000), text: line.payload };
  }
  return undefined;
}

function answerOf(line: Line): RecordedAnswer | undefined {
  if (line.t === 'http' && line.url !== undefined && line.data !== undefined) {
    const { pathname, searchParams } = new URL(line.url);
    return { path: pathname, query: canonicalQuery(searchParams), body: line.data };
  }
  if (line.path !== undefined && line.response !== undefined) {
    return {
      path: line.path,
      query: canonicalQuery(new URLSearchParams(line.query)),
      body: JSON.stringify(line.response),
    };
  }
  return undefined;
}

/** Parameters sorted by name, so that their order does not matter; old versions of a path count as the present one. */
export function canonicalQuery(query: URLSearchParams): string {
  const sorted = new URLSearchParams(query);
  sorted.sort();
  return sorted.toString();
}

const HOSTS: readonly (readonly [RegExp, VenueName])[] = [
  [/binance|^\/api\/v3\//, 'binance'],
  [/coinbase/, 'coinbase'],
  [/kraken/, 'kraken'],
  [/bybit/, 'bybit'],
  [/okx/, 'okx'],
];

function venueOf(address: string): VenueName | undefined {
  return HOSTS.find(([pattern]) => pattern.test(address))?.[1];
}

function readKrakenAnswer(file: string, text: string): Recording {
  let answer: { result?: Record<string, unknown> };
  try {
    answer = JSON.parse(text) as typeof answer;
  } catch (cause) {
    throw new RangeError(`${file}: not a JSON answer`, { cause });
  }
  for (const [pair, rows] of Object.entries(answer.result ?? {})) {
    if (!Array.isArray(rows) || !Array.isArray(rows[0])) continue;
    const frames =
      rows[0].length === 8 ? framesOfKrakenCandles(pair, rows) : framesOfKrakenTrades(pair, rows);
    return { file, venue: 'kraken', frames, answers: [] };
  }
  throw new RangeError(`${file}: an answer without rows`);
}
