import { KINDS, type Interval, type Kind, type Micros } from '@concord/model';
import { IdTracker, type IdInterval } from '../session/gaps.ts';
import { numbersOf, observeIn, type RawRecord, type StreamCheckpoint } from '../session/stream-state.ts';

/** Open holes without ids of one stream whose times are kept; the first is all that matters. */
const HOLES_MAX = 256;

interface Handed {
  readonly ids: IdTracker;
  /**
   * Where there are ids never later than what was received: a venue's clock that was ahead must not hide what comes after. Where there are none, what is
   * fetched twice is told twice.
   */
  lastEventTime: Micros | null;
  /** The same as it was before each open hole without ids, the oldest first. */
  readonly holes: (Micros | null)[];
  /** Further ones, of which no time is kept. */
  moreHoles: number;
}

interface Candidate {
  /** Records that the sink had accepted when it was taken. */
  readonly accepted: number;
  readonly checkpoints: ReadonlyMap<string, StreamCheckpoint>;
}

/**
 * How far each stream is in the log. What was handed to the sink is noted at once, but told only when everything handed over before
 * it is settled: whoever takes a stream over goes on behind it and misses nothing.
 */
export class Acknowledged {
  readonly #handed = new Map<string, Handed>();
  /** Length of the bars of streams whose windows are counted. */
  readonly #windows = new Map<string, Interval>();
  #candidate: Candidate | undefined;
  readonly #confirmed = new Map<string, StreamCheckpoint>();

  /** The bars of a stream are counted by windows of this length. */
  count(instrument: string, kind: Kind, window: Interval): void {
    this.#windows.set(keyOf(instrument, kind), window);
  }

  /** The ids of a record among those of its stream, where they are counted. */
  numbersOf(kind: Kind, record: RawRecord): IdInterval | undefined {
    return numbersOf(record, this.#windows.get(keyOf(record.instrument, kind)));
  }

  /** A stream goes on where another replica, or this one before, had left it. */
  resume(instrument: string, kind: Kind, checkpoint: StreamCheckpoint): void {
    const { lastEventTime, uncounted = 0 } = checkpoint;
    const holes = Array.from({ length: uncounted }, () => lastEventTime);
    const handed = { ids: new IdTracker(), lastEventTime, holes, moreHoles: 0 };
    if (checkpoint.lastId !== null) handed.ids.resume(checkpoint.lastId, checkpoint.openHoles);
    this.#handed.set(keyOf(instrument, kind), handed);
    this.#confirmed.set(keyOf(instrument, kind), checkpoint);
  }

  /** The sink has accepted a record. What it dropped shows as a hole when the next one comes. */
  handOver(kind: Kind, record: RawRecord): void {
    const handed = this.#of(record.instrument, kind);
    const { eventTime, receiveTime, idKind } = record;
    const latest = idKind === 'NONE' ? Infinity : receiveTime;
    if (eventTime !== null)
      handed.lastEventTime = Math.max(handed.lastEventTime ?? 0, Math.min(eventTime, latest));
    observeIn(handed.ids, record, this.#windows.get(keyOf(record.instrument, kind)));
  }

  /** These ids will not be had any more. */
  giveUp(instrument: string, kind: Kind, ids: IdInterval): void {
    this.#handed.get(keyOf(instrument, kind))?.ids.giveUp(ids);
  }

  /** Something is missing that nobody can count: whoever takes the stream over begins before it. */
  interrupt(instrument: string, kind: Kind, from: Micros | null = null): void {
    const handed = this.#of(instrument, kind);
    const since = from === null ? handed.lastEventTime : Math.min(from, handed.lastEventTime ?? from);
    if (handed.holes.length < HOLES_MAX) handed.holes.push(since);
    else handed.moreHoles++;
  }

  /** It is known what became of the oldest such hole. */
  settleHole(instrument: string, kind: Kind): void {
    const handed = this.#of(instrument, kind);
    if (handed.moreHoles > 0) handed.moreHoles--;
    else handed.holes.shift();
  }

  forget(instrument: string): void {
    for (const kind of KINDS) {
      this.#handed.delete(keyOf(instrument, kind));
      this.#windows.delete(keyOf(instrument, kind));
      this.#confirmed.delete(keyOf(instrument, kind));
    }
  }

  /** Asked regularly, with the sink's progress. */
  settle({ accepted, settled }: { readonly accepted: number; readonly settled: number }): void {
    this.#candidate ??= { accepted, checkpoints: this.#checkpoints() };
    if (settled < this.#candidate.accepted) return;
    for (const [key, checkpoint] of this.#candidate.checkpoints)
      if (this.#handed.has(key)) this.#confirmed.set(key, checkpoint);
    this.#candidate = undefined;
  }

  /** What is certainly in the log of a stream; `undefined` when nothing is known to be. */
  of(instrument: string, kind: Kind): StreamCheckpoint | undefined {
    return this.#confirmed.get(keyOf(instrument, kind));
  }

  /** How far it is with what the sink has accepted; `undefined` when that is nothing. */
  handed(instrument: string, kind: Kind): StreamCheckpoint | undefined {
    const handed = this.#handed.get(keyOf(instrument, kind));
    return handed === undefined ? undefined : checkpointOf(handed);
  }

  #of(instrument: string, kind: Kind): Handed {
    const key = keyOf(instrument, kind);
    let handed = this.#handed.get(key);
    if (handed === undefined)
      this.#handed.set(
        key,
        (handed = { ids: new IdTracker(), lastEventTime: null, holes: [], moreHoles: 0 }),
      );
    return handed;
  }

  #checkpoints(): Map<string, StreamCheckpoint> {
    const checkpoints = new Map<string, StreamCheckpoint>();
    for (const [key, handed] of this.#handed) {
      handed.ids.takeOutgrown(); // told by the source itself, which follows the same ids
      checkpoints.set(key, checkpointOf(handed));
    }
    return checkpoints;
  }
}

function checkpointOf({ ids, holes, ...handed }: Handed): StreamCheckpoint {
  const lastId = ids.next === undefined ? null : ids.next - 1;
  const lastEventTime = holes.length === 0 ? handed.lastEventTime : (holes[0] ?? null);
  return { lastId, lastEventTime, openHoles: ids.open, uncounted: holes.length };
}

function keyOf(instrument: string, kind: Kind): string {
  return `${kind} ${instrument}`;
}
