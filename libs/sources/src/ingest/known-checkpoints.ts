import type { SourceState } from '@concord/codec';
import { KINDS, type Kind, type Micros } from '@concord/model';
import type { Clock } from '@concord/runtime';
import type { StreamCheckpoint } from '../session/stream-state.ts';

/** What stopped longer ago is told but not fetched at a start: that is a matter of loading history, not of going on. */
const RESUME_AGE_MICROS = 3_600_000_000;

interface Known {
  readonly replica: string | null;
  readonly state: SourceState['state'];
  readonly updated: Micros;
  readonly checkpoint: StreamCheckpoint;
}

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

  /** Takes what a key holds now; null where it was deleted. */
  take(key: string, state: SourceState | null): void {
    if (state === null) return void this.#known.delete(key);
    const { replica, updated, lastEventTime, openHoles } = state;
    const checkpoint = {
      lastId: state.lastId === null ? null : Number(state.lastId),
      lastEventTime,
      openHoles: openHoles.flatMap(({ firstId, lastId }) =>
        firstId === '' ? [] : [{ first: Number(firstId), last: Number(lastId) }],
      ),
      uncounted: openHoles.filter(({ firstId }) => firstId === '').length,
    };
    this.#known.set(key, { replica, state: state.state, updated, checkpoint });
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
    const known = this.#known.get(this.#keyOf(instrument, kind));
    if (known === undefined) return undefined;
    const { updated, checkpoint } = known;
    const { clock, resumeSinceMs } = this.#options;
    if (updated < (resumeSinceMs ?? 0) * 1_000) return undefined;
    if (checkpoint.lastId === null && checkpoint.lastEventTime === null) return undefined;
    const isOutdated = updated < clock.nowMicros() - RESUME_AGE_MICROS;
    return isOutdated ? { ...checkpoint, isOutdated } : checkpoint;
  }

  /** Whether another replica has said since `since` that it serves the stream. */
  isServedElsewhere(instrument: string, kind: Kind, since: Micros): boolean {
    const known = this.#known.get(this.#keyOf(instrument, kind));
    return (
      known !== undefined &&
      known.replica !== this.#options.replica &&
      known.state === 'LIVE' &&
      known.updated >= since
    );
  }

  /** Whether another replica of this source has written anything since `since`. */
  hasOthers(since: Micros): boolean {
    const { replica } = this.#options;
    return [...this.#known.values()].some((known) => known.replica !== replica && known.updated >= since);
  }

  #keyOf(instrument: string, kind: Kind): string {
    return `${this.#options.source}:${instrument}:${kind}`;
  }
}
