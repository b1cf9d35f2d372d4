import type { SourceState } from '@concord/codec';
import { KINDS, type Kind, type Micros } from '@concord/model';
import type { Clock } from '@concord/runtime';
import { STOPPED } from './source-states.ts';
import { countOf, type IdInterval } from '../session/gaps.ts';
import type { Coverage, StreamCheckpoint } from '../session/stream-state.ts';

/** What stopped longer ago is told but not fetched at a start: that is a matter of loading history, not of going on. */
const RESUME_AGE_MICROS = 3_600_000_000;

type Said = StreamCheckpoint & Required<Pick<StreamCheckpoint, 'saidAt'>>;

interface Known {
  /** `undefined` while nothing of the stream is known to be in the log. */
  readonly checkpoint: Said | undefined;
  /** When this replica last wrote of the stream, when another one did, and when that one last said that it serves it. */
  readonly own: Micros;
  readonly others: Micros;
  readonly servedByOthers: Micros;
}

const NOTHING: Known = {
  checkpoint: undefined,
  own: -Infinity,
  others: -Infinity,
  servedByOthers: -Infinity,
};
/** A stream of which this replica wrote nothing for so long is not its own: every state is written again every ten seconds. */
const OWN_MICROS = 30_000_000;

export interface KnownCheckpointsOptions {
  readonly source: string;
  readonly replica: string;
  readonly clock: Clock;
  /** Nothing older counts, ms since 1970: the venue began anew. */
  readonly resumeSinceMs?: number | null;
}

/** The newest state of every stream of one source, as its replicas wrote them to `sources`. */
export class KnownCheckpoints {
  readonly #options: KnownCheckpointsOptions;
  readonly #known = new Map<string, Known>();

  constructor(options: KnownCheckpointsOptions) {
    this.#options = options;
  }

  /** Whether a key of the topic is of this source. */
  concerns(key: string): boolean {
    return key.startsWith(`${this.#options.source}:`);
  }

  /**
   * Takes what a key holds now; null where it was deleted. Who began with nothing and has seen nothing yet takes nothing back of what others had seen: both write
   * to the same key while a stream is handed over.
   */
  take(key: string, state: SourceState | null): void {
    if (state === null) return void this.#known.delete(key);
    const known = this.#known.get(key) ?? NOTHING;
    const checkpoint = checkpointOf(state);
    const hasSeenLess =
      checkpoint === undefined ||
      (state.kind === 'TRADES' && checkpoint.lastId === null && known.checkpoint?.lastId != null);
    const isOutdated = (known.checkpoint?.saidAt ?? 0) < state.updated - RESUME_AGE_MICROS;
    this.#known.set(key, {
      checkpoint: hasSeenLess && !isOutdated ? known.checkpoint : checkpoint,
      ...this.#writers(state, known),
    });
  }

  #writers({ replica, state, updated }: SourceState, known: Known): Omit<Known, 'checkpoint'> {
    const { own, others, servedByOthers } = known;
    if (replica === this.#options.replica) return { own: updated, others, servedByOthers };
    const serves = state === 'LIVE' || state === 'STALE';
    return { own, others: updated, servedByOthers: serves ? updated : -Infinity };
  }

  /** What is known of an instrument is of no use any more: the venue's ids of another symbol are others. */
  forget(instrument: string): void {
    for (const kind of KINDS) this.#known.delete(this.#keyOf(instrument, kind));
  }

  /** Where to go on with a stream, or, where nobody served it of late, how far it was known; `undefined` when nothing of it is. */
  of({
    instrument,
    kind,
  }: {
    readonly instrument: string;
    readonly kind: Kind;
  }): StreamCheckpoint | undefined {
    const checkpoint = this.#known.get(this.#keyOf(instrument, kind))?.checkpoint;
    const { clock, resumeSinceMs } = this.#options;
    if (checkpoint === undefined || checkpoint.saidAt < (resumeSinceMs ?? 0) * 1_000) return undefined;
    const isOutdated = checkpoint.saidAt < clock.nowMicros() - RESUME_AGE_MICROS;
    return isOutdated ? { ...checkpoint, isOutdated } : checkpoint;
  }

  /** Whether another replica has said since `since` that it serves the stream, and nothing else afterwards. */
  isServedElsewhere(instrument: string, kind: Kind, since: Micros): boolean {
    const known = this.#known.get(this.#keyOf(instrument, kind));
    return known !== undefined && known.servedByOthers >= since;
  }

  /** Whether this holds of any stream of an instrument. */
  isHeldElsewhere(instrument: string, since: Micros): boolean {
    return KINDS.some((kind) => this.isServedElsewhere(instrument, kind, since));
  }

  /** Whether it holds of every stream of an instrument that this replica served at `since`. */
  isTakenOver(instrument: string, since: Micros): boolean {
    return KINDS.every((kind) => {
      const own = this.#known.get(this.#keyOf(instrument, kind))?.own ?? -Infinity;
      return own < since - OWN_MICROS || this.isServedElsewhere(instrument, kind, since);
    });
  }

  /** Whether another replica of this source has written anything since `since`. */
  hasOthers(since: Micros): boolean {
    return [...this.#known.values()].some(({ others }) => others >= since);
  }

  #keyOf(instrument: string, kind: Kind): string {
    return `${this.#options.source}:${instrument}:${kind}`;
  }
}

function checkpointOf(state: SourceState): Said | undefined {
  const { lastId, lastEventTime, message, updated } = state;
  if (lastId === null && lastEventTime === null) return undefined;
  const openHoles = state.openHoles.flatMap(({ firstId, lastId: last }) =>
    firstId === '' ? [] : [{ first: Number(firstId), last: Number(last) }],
  );
  const uncounted = state.openHoles.length - openHoles.length;
  return {
    lastId: lastId === null ? null : Number(lastId),
    lastEventTime,
    openHoles,
    uncounted,
    saidAt: updated,
    ...(message === STOPPED ? {} : { isAbandoned: true }),
    coverage: coverageBefore(state, openHoles, uncounted),
  };
}

/** Open holes are counted by whoever goes on with them. */
export function coverageBefore(
  { missingIds, verified, unverifiable, suspect }: Coverage,
  openHoles: readonly IdInterval[],
  uncounted: number,
): Coverage {
  const open = countOf(openHoles);
  return {
    missingIds: Math.max(0, missingIds - open),
    verified,
    unverifiable,
    suspect: Math.max(0, suspect - open - uncounted),
  };
}
