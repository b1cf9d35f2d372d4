import type { Message } from 'kafkajs';
import { StageBrokenError } from './errors.ts';
import type { Emit, Fold, InputRecord, Stage } from './stage.ts';
import {
  entryMessages,
  jsonRecord,
  partsOf,
  SNAPSHOT_KEY,
  STATE_FORMAT,
  type Offsets,
  type SavedState,
  type SnapshotInfo,
} from './state-records.ts';

const ignore: Emit = () => undefined;

/** The folds of one task, and what the log already holds of their state. */
export class Folds {
  readonly #stage: Stage;
  readonly #partition: number;
  readonly #folds: ReadonlyMap<string, Fold>;
  /** Live entries, by input topic and key, with the number of records each takes. */
  readonly #parts = new Map<string, Map<string, number>>();
  #entryCount = 0;

  constructor(stage: Stage, partition: number) {
    this.#stage = stage;
    this.#partition = partition;
    this.#folds = new Map(stage.inputs.map((topic) => [topic, stage.createFold(topic, partition)]));
    for (const topic of stage.inputs) this.#parts.set(topic, new Map());
  }

  /** Takes back a saved state, before any record. Throws what a fold throws. */
  restore(entries: SavedState['entries']): void {
    for (const { topic, key, value } of entries) {
      const fold = this.#folds.get(topic);
      if (fold === undefined) throw new Error(`it holds entries of ${topic}, which is no input any more`);
      fold.restore(key, value);
      this.#keep(topic, key, partsOf(value));
    }
  }

  /** Folds one record; `emit` absent means suppressed output. */
  apply(record: InputRecord, emit: Emit = ignore): void {
    try {
      this.#folds.get(record.topic)?.apply(record, emit);
    } catch (error) {
      if (error instanceof StageBrokenError) throw error;
      throw new StageBrokenError(
        `${this.#stage.name} failed at ${record.topic}[${record.partition}] offset ${record.offset}: ${String(error)}`,
        { cause: error },
      );
    }
  }

  /** Entries changed since the last call and, last, the record that completes the snapshot. */
  snapshot(offsets: Offsets, checkpointMs: number | null, timestampMs: number): Message[] {
    const messages: Message[] = [];
    for (const [topic, fold] of this.#folds) {
      for (const [key, value] of fold.changes()) {
        const before = this.#parts.get(topic)?.get(key) ?? 0;
        // A push per message: an entry can have many parts, and a spread of them all would be bounded by the stack.
        for (const message of entryMessages(this.#partition, { topic, key, value }, before, timestampMs)) {
          messages.push(message);
        }
        this.#keep(topic, key, partsOf(value));
      }
    }
    const info: SnapshotInfo = { format: STATE_FORMAT, offsets, entries: this.#entryCount, checkpointMs };
    messages.push(jsonRecord(this.#partition, SNAPSHOT_KEY, info, timestampMs));
    return messages;
  }

  /** The whole state between a `begin` and an `end` record, for `checkpoints.<stage>`. */
  checkpoint(offsets: Offsets, timestampMs: number): Message[] {
    const body: Message[] = [];
    let entries = 0;
    for (const [topic, fold] of this.#folds) {
      for (const [key, value] of fold.entries()) {
        body.push(...entryMessages(this.#partition, { topic, key, value }, 0, timestampMs));
        entries++;
      }
    }
    const info = { format: STATE_FORMAT, offsets, entries };
    return [
      jsonRecord(this.#partition, 'begin', info, timestampMs),
      ...body,
      jsonRecord(this.#partition, 'end', info, timestampMs),
    ];
  }

  #keep(topic: string, key: string, parts: number): void {
    const known = this.#parts.get(topic);
    if (known === undefined) return;
    this.#entryCount -= known.delete(key) ? 1 : 0;
    if (parts === 0) return;
    known.set(key, parts);
    this.#entryCount++;
  }
}
