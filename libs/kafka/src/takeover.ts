import type { Clock, Logger } from '@concord/runtime';
import type { KafkaConnection } from './connection.ts';
import { LogRangeError, StateUnreadableError } from './errors.ts';
import { Folds } from './folds.ts';
import type { Lane } from './lane.ts';
import type { Stage } from './stage.ts';
import { jsonRecord, OWNER_KEY, StateCollector, type Offsets, type SavedState } from './state-records.ts';
import { TransactionalWriter, type LogRange } from './transactional-writer.ts';

/** What a task is, wherever it runs. */
export interface TaskIdentity {
  readonly stage: Stage;
  readonly partition: number;
  readonly prefix: string;
  /** The consumer group, `<prefix><stage>`. */
  readonly groupId: string;
}

export interface TakeoverOptions extends TaskIdentity {
  readonly connection: KafkaConnection;
  readonly lane: Lane;
  readonly logger: Logger;
  readonly machineClock: Clock;
  readonly loadTimeoutMs: number;
}

/** A task that is ready to fold. */
export interface Tenure {
  readonly writer: TransactionalWriter;
  readonly folds: Folds;
  /** Where folding goes on: the newest snapshot. */
  readonly resumeAt: Offsets;
  /** Up to where output is committed already. */
  readonly committed: Offsets;
  readonly checkpointMs: number | null;
  readonly restored: boolean;
}

const END_CHECKS = 20;
const END_CHECK_MS = 250;

/** Physical name of the topic that holds a stage's newest snapshots and positions. */
export function stateTopic(prefix: string, stage: string): string {
  return `${prefix}state.${stage}`;
}

/** Physical name of the topic that holds a stage's full checkpoints. */
export function checkpointTopic(prefix: string, stage: string): string {
  return `${prefix}checkpoints.${stage}`;
}

/**
 * Takes a task over: fence, then read what earlier owners committed, then check that the log still holds what is needed. The lane is
 * closed until the caller opens it at `resumeAt`.
 *
 * The fence is a committed transaction that writes a nonce into the task's own state partition. Whatever the predecessor had under
 * way is decided by then, and the load is complete exactly when it meets the nonce: neither the end offset, which compaction can
 * leave beyond the last record, nor the group's offsets, which may be old right after a commit, are needed.
 */
export async function takeOver(options: TakeoverOptions): Promise<Tenure> {
  const { stage, partition, prefix, connection, lane, logger, machineClock } = options;
  const state = stateTopic(prefix, stage.name);
  const inputs = stage.inputs.map((topic) => prefix + topic);
  const writer = await TransactionalWriter.open({
    connection,
    transactionalId: `${prefix}${stage.name}-${partition}`,
    topics: [state, checkpointTopic(prefix, stage.name), ...stage.outputs.map((topic) => prefix + topic)],
    logger,
    machineClock,
  });
  try {
    const nonce = `${machineClock.nowMs()}-${machineClock.random()}`;
    const owner = { ...jsonRecord(partition, OWNER_KEY, null, machineClock.nowMs()), value: nonce };
    await writer.commit([[{ topic: state, messages: [owner] }]]);
    const ranges = await writer.logRanges([state, ...inputs], partition);
    const collector = new StateCollector(nonce);
    await lane.load(ranges.get(state)?.start ?? 0, collector, options.loadTimeoutMs);
    const { folds, saved } = restore(options, collector);
    if (saved.snapshot === undefined) await requireNoPast(options, writer);
    const offsets = positionsOf(options, saved, ranges);
    await requireInput(options, writer, offsets);
    const { snapshot } = saved;
    return {
      writer,
      folds,
      ...offsets,
      checkpointMs: snapshot?.checkpointMs ?? null,
      restored: snapshot !== undefined,
    };
  } catch (error) {
    writer.discard();
    throw error;
  }
}

function restore(options: TakeoverOptions, collector: StateCollector): { folds: Folds; saved: SavedState } {
  const { stage, partition } = options;
  try {
    const saved = collector.finish();
    const folds = new Folds(stage, partition);
    folds.restore(saved.entries);
    return { folds, saved };
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new StateUnreadableError(stage.name, partition, reason, { cause: error });
  }
}

/** An empty state is right for a task's first start only. */
async function requireNoPast(options: TakeoverOptions, writer: TransactionalWriter): Promise<void> {
  const { stage, partition, prefix, groupId } = options;
  const topics = stage.inputs.map((topic) => prefix + topic);
  const reported = await writer.reportedOffsets(groupId, topics, partition);
  const farthest = Math.max(-1, ...reported);
  if (farthest < 0) return;
  throw new StateUnreadableError(
    stage.name,
    partition,
    `${stateTopic(prefix, stage.name)} is empty although the group ${groupId} has read up to offset ${farthest}`,
  );
}

function positionsOf(
  { stage, prefix }: TakeoverOptions,
  { position, snapshot }: SavedState,
  ranges: ReadonlyMap<string, LogRange>,
): { resumeAt: Offsets; committed: Offsets } {
  const resumeAt: Record<string, number> = {};
  const committed: Record<string, number> = {};
  for (const topic of stage.inputs) {
    // An input that is new to the stage begins where its log begins.
    const from = snapshot?.offsets[topic] ?? ranges.get(prefix + topic)?.start ?? 0;
    resumeAt[topic] = from;
    committed[topic] = Math.max(from, position?.[topic] ?? from);
  }
  return { resumeAt, committed };
}

/** Refuses to go on when the log begins after what is still needed, or ends before what was already read. */
async function requireInput(
  { stage, partition, prefix, machineClock }: TakeoverOptions,
  writer: TransactionalWriter,
  { resumeAt, committed }: { resumeAt: Offsets; committed: Offsets },
): Promise<void> {
  const topics = stage.inputs.map((topic) => prefix + topic);
  for (let check = 0; ; check++) {
    const ranges = await writer.logRanges(topics, partition);
    let problem: LogRangeError | undefined;
    for (const topic of stage.inputs) {
      const physical = prefix + topic;
      const { start, end } = ranges.get(physical) ?? { start: 0, end: 0 };
      const needed = resumeAt[topic] ?? 0;
      const read = committed[topic] ?? 0;
      if (needed < start)
        throw new LogRangeError(
          physical,
          partition,
          deletedMessage(stage.name, physical, partition, needed, start),
        );
      if (read > end)
        problem = new LogRangeError(
          physical,
          partition,
          cutMessage(stage.name, physical, partition, read, end),
        );
    }
    if (problem === undefined) return;
    // The end lags behind for a moment after a change of leader.
    if (check >= END_CHECKS) throw problem;
    await machineClock.sleep(END_CHECK_MS);
  }
}

function deletedMessage(
  stage: string,
  topic: string,
  partition: number,
  needed: number,
  start: number,
): string {
  return `${topic}[${partition}] begins at offset ${start}, but ${stage} needs it from ${needed} on: records it has not read were deleted. Restore them, or accept the gap by replaying the stage into fresh topics under another prefix.`;
}

function cutMessage(stage: string, topic: string, partition: number, read: number, end: number): string {
  return `${topic}[${partition}] ends at offset ${end}, but ${stage} has read up to ${read}: the topic was made anew or lost records. Replay the stage into fresh topics under another prefix.`;
}
