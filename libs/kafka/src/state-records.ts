import type { Message } from 'kafkajs';
import { recordBytes } from './record-size.ts';
import type { RecordHeaders } from './stage.ts';

/** Next offset to read, by logical input topic. */
export type Offsets = Readonly<Record<string, number>>;

/** What a snapshot says about itself. Written in the same transaction as the entries it completes. */
export interface SnapshotInfo {
  readonly format: typeof STATE_FORMAT;
  /** The entries are the state after all records below these offsets. */
  readonly offsets: Offsets;
  /** Live entries in all: what a load must find. */
  readonly entries: number;
  /** Log time of the newest checkpoint; `null` before the first. */
  readonly checkpointMs: number | null;
}

export const STATE_FORMAT = 1;

/**
 * Keys of `state.<stage>`: `owner` (nonce of the newest takeover), `position` (offsets committed with every transaction), `snapshot`
 * (`SnapshotInfo`) and entries `entry NUL topic NUL key NUL part`.
 */
export const OWNER_KEY = 'owner';
export const POSITION_KEY = 'position';
export const SNAPSHOT_KEY = 'snapshot';
const NUL = '\u0000';
const ENTRY_PREFIX = `entry${NUL}`;
const FIRST_PART = `${NUL}0`;

/** A larger value is cut, so that a batch stays under a quarter of the fetch limit and a load cannot starve. */
export const PART_BYTES = 128 * 1_024;
/** Bytes and messages of one send. */
const ROUND_BYTES = 192 * 1_024;
const ROUND_MESSAGES = 500;

/** One fold entry: input topic, the fold's own key, value (`null` = deleted). */
export interface StateEntry {
  readonly topic: string;
  readonly key: string;
  readonly value: Buffer | null;
}

export function jsonRecord(partition: number, key: string, body: unknown, timestampMs: number): Message {
  return { partition, key, value: JSON.stringify(body), timestamp: String(timestampMs) };
}

/**
 * Messages of one entry. `previousParts` says how many parts the log holds of it, so that a shrunk or deleted value leaves none
 * behind.
 */
export function entryMessages(
  partition: number,
  entry: StateEntry,
  previousParts: number,
  timestampMs: number,
): Message[] {
  const parts = partsOf(entry.value);
  const messages: Message[] = [];
  for (let part = 0; part < Math.max(parts, previousParts); part++) {
    const value =
      entry.value === null || part >= parts
        ? null
        : entry.value.subarray(part * PART_BYTES, (part + 1) * PART_BYTES);
    messages.push({
      partition,
      key: entryKey(entry.topic, entry.key, part),
      value,
      timestamp: String(timestampMs),
      ...(part === 0 && value !== null ? { headers: { parts: String(parts) } } : {}),
    });
  }
  return messages;
}

function entryKey(topic: string, key: string, part: number): string {
  return `${ENTRY_PREFIX}${topic}${NUL}${key}${NUL}${part}`;
}

/** In how many records a value is kept. */
export function partsOf(value: Buffer | null): number {
  return value === null ? 0 : Math.max(1, Math.ceil(value.length / PART_BYTES));
}

/** Groups messages into sends of bounded size, in order. */
export function intoRounds(messages: readonly Message[]): Message[][] {
  const rounds: Message[][] = [];
  let round: Message[] = [];
  let bytes = 0;
  for (const message of messages) {
    const size = recordBytes(message);
    if (round.length > 0 && (round.length >= ROUND_MESSAGES || bytes + size > ROUND_BYTES)) {
      rounds.push(round);
      round = [];
      bytes = 0;
    }
    round.push(message);
    bytes += size;
  }
  if (round.length > 0) rounds.push(round);
  return rounds;
}

/** What a state partition holds, newest record of each key. */
export interface SavedState {
  readonly position: Offsets | undefined;
  readonly snapshot: SnapshotInfo | undefined;
  readonly entries: readonly { readonly topic: string; readonly key: string; readonly value: Buffer }[];
}

/** Collects a state partition record by record, in the order of the log, until the owner's own nonce comes by. */
export class StateCollector {
  readonly #nonce: string;
  readonly #newest = new Map<string, { value: Buffer; parts: number }>();
  #bytes = 0;

  constructor(nonce: string) {
    this.#nonce = nonce;
  }

  get records(): number {
    return this.#newest.size;
  }

  get bytes(): number {
    return this.#bytes;
  }

  /** True when this was the owner's record: all that was ever committed before it has been seen. */
  add(key: string, value: Buffer | null, headers: RecordHeaders): boolean {
    if (key === OWNER_KEY) return value?.toString() === this.#nonce;
    this.#bytes -= this.#newest.get(key)?.value.length ?? 0;
    if (value === null) {
      this.#newest.delete(key);
      return false;
    }
    this.#newest.set(key, { value, parts: Number(headers['parts']?.toString() ?? 0) });
    this.#bytes += value.length;
    return false;
  }

  /** The collected state. Throws an `Error` that says what is wrong with it. */
  finish(): SavedState {
    const position = this.#json<Offsets>(POSITION_KEY);
    const snapshot = this.#json<SnapshotInfo>(SNAPSHOT_KEY);
    if (snapshot !== undefined && snapshot.format !== STATE_FORMAT) {
      throw new Error(`its format is ${String(snapshot.format)}, this version reads ${String(STATE_FORMAT)}`);
    }
    if (position !== undefined && snapshot === undefined)
      throw new Error('positions are there but no snapshot');
    const entries = [...this.#entries()];
    if (snapshot !== undefined && entries.length !== snapshot.entries) {
      throw new Error(`the snapshot has ${snapshot.entries} entries and ${entries.length} were found`);
    }
    return { position, snapshot, entries };
  }

  #json<T>(key: string): T | undefined {
    const record = this.#newest.get(key);
    if (record === undefined) return undefined;
    const value: unknown = JSON.parse(record.value.toString());
    if (typeof value !== 'object' || value === null) throw new Error(`its ${key} record is not an object`);
    return value as T;
  }

  *#entries(): Generator<{ topic: string; key: string; value: Buffer }> {
    for (const [recordKey, { value, parts }] of this.#newest) {
      if (!recordKey.startsWith(ENTRY_PREFIX) || !recordKey.endsWith(FIRST_PART)) continue;
      const [, topic = '', ...rest] = recordKey.split(NUL);
      const key = rest.slice(0, -1).join(NUL);
      if (parts <= 1) {
        yield { topic, key, value };
        continue;
      }
      const pieces = [value];
      for (let part = 1; part < parts; part++) {
        const piece = this.#newest.get(entryKey(topic, key, part));
        if (piece === undefined) throw new Error(`part ${part} of entry ${topic}/${key} is missing`);
        pieces.push(piece.value);
      }
      yield { topic, key, value: Buffer.concat(pieces) };
    }
  }
}
