import type { Clock, Timer } from '@concord/runtime';
import type { Progress, VenueName } from '../options.ts';
import type { MarketFeed, Reader } from '../server/simulated-venue.ts';
import type { Conductor } from './conductor.ts';
import type { PreparedFrame } from './prepared.ts';

const PUMP_MS = 5;
/** Frames sent between two looks at the readers, and the unread bytes at which playing pauses. */
const FRAMES_AT_ONCE = 200;
const UNREAD_PAUSE_BYTES = 1024 * 1024;
const PROGRESS_EVERY_MS = 500;
/** However fast the clock runs, processes need real time to send their subscriptions. */
const REAL_GRACE_MS = 300;
const READ_DEADLINE_MS = 30_000;
const ANNOUNCE_MICROS = 1_000;

export interface PlayerOptions {
  readonly clock: Clock;
  readonly venue: VenueName;
  readonly frames: readonly PreparedFrame[];
  readonly speed: number | 'max';
  /** Keeps the venues together at `max`. */
  readonly conductor: Conductor;
  readonly graceMs: number;
  readonly feed: MarketFeed;
  /** Told of each frame played, and to how many connections it went. */
  readonly sent: (frame: PreparedFrame, sentTo: number) => void;
  readonly connections: () => ReadonlySet<Reader>;
  readonly onProgress?: ((progress: Progress) => void) | undefined;
}

/**
 * Plays one venue's recorded frames to its clients. Begins when no new subscription has come for the grace time after the first;
 * then each frame is due as long after the first frame as it was when recorded; at `max` each is due when those before it are read, and its
 * recorded time goes ahead of it. Pauses while a reader is behind.
 */
export class RecordingPlayer implements Disposable {
  readonly #options: PlayerOptions;
  readonly #firstAt: number;
  #subscribedAt = Number.NaN;
  #subscribedAtReal = Number.NaN;
  #beganAt = Number.NaN;
  #next = 0;
  #announced = Number.NEGATIVE_INFINITY;
  #timer: Timer | undefined;
  #toldAtReal = Number.NEGATIVE_INFINITY;
  readonly #end = Promise.withResolvers<void>();

  constructor(options: PlayerOptions) {
    this.#options = options;
    this.#firstAt = options.frames[0]?.atMicros ?? 0;
    options.conductor.next(options.venue, options.frames[0]?.atMicros);
  }

  start(): void {
    this.#schedule();
  }

  /** Resolves when every frame has been sent and the clients have read them. */
  get finished(): Promise<void> {
    return this.#end.promise;
  }

  subscribed(): void {
    this.#subscribedAt = this.#options.clock.nowMicros();
    this.#subscribedAtReal = this.#options.clock.monotonicMs();
  }

  #schedule(): void {
    this.#timer = this.#options.clock.setTimer(() => this.pump(), PUMP_MS);
  }

  /** Sends what is due. */
  pump(): void {
    const { clock, frames, graceMs } = this.#options;
    const now = clock.nowMicros();
    if (Number.isNaN(this.#beganAt)) {
      const isGraceOver =
        now - this.#subscribedAt >= graceMs * 1_000 &&
        clock.monotonicMs() - this.#subscribedAtReal >= REAL_GRACE_MS;
      if (isGraceOver) this.#beganAt = now;
    }
    if (!Number.isNaN(this.#beganAt)) this.#sendDue(now);
    if (this.#next < frames.length) return this.#schedule();
    this.#progress(true);
    void this.#waitForReaders();
  }

  #sendDue(now: number): void {
    const { frames, feed, connections, sent } = this.#options;
    for (let i = 0; i < FRAMES_AT_ONCE && this.#next < frames.length; i++) {
      const frame = frames[this.#next];
      if (frame === undefined) break;
      if (!this.#isDue(frame, now)) break;
      for (const connection of connections()) if (connection.unreadBytes > UNREAD_PAUSE_BYTES) return;
      this.#announce(frame.atMicros);
      sent(frame, feed.replay(frame));
      this.#next++;
    }
    this.#follow();
    this.#progress(false);
  }

  #isDue(frame: PreparedFrame, now: number): boolean {
    const { venue, speed, conductor } = this.#options;
    if (speed === 'max') {
      conductor.next(venue, frame.atMicros);
      return conductor.mayPlay(frame.atMicros);
    }
    return this.#beganAt + (frame.atMicros - this.#firstAt) / speed <= now;
  }

  /** Tells the others how far this venue is, and its own readers how far the others are: a venue that rests is not dead. */
  #follow(): void {
    const { frames, venue, speed, conductor } = this.#options;
    if (speed !== 'max') return;
    conductor.next(venue, frames[this.#next]?.atMicros);
    if (Number.isFinite(conductor.now)) this.#announce(conductor.now);
  }

  /** At `max` no clock passes with the recording, so its time goes to the readers, once a millisecond of it. */
  #announce(micros: number): void {
    const { speed, connections } = this.#options;
    if (speed !== 'max' || micros - this.#announced < ANNOUNCE_MICROS) return;
    this.#announced = micros;
    for (const connection of connections()) connection.announce(micros);
  }

  #progress(isLast: boolean): void {
    const { clock, frames, venue, onProgress } = this.#options;
    const now = clock.monotonicMs();
    if (!isLast && now - this.#toldAtReal < PROGRESS_EVERY_MS) return;
    this.#toldAtReal = now;
    onProgress?.({ venue, played: this.#next, total: frames.length });
  }

  async #waitForReaders(): Promise<void> {
    const { clock, connections } = this.#options;
    const deadline = new AbortController();
    const read = Promise.all([...connections()].map((connection) => connection.readToHere()));
    await Promise.race([read, clock.sleep(READ_DEADLINE_MS, deadline.signal)]);
    deadline.abort();
    this.#end.resolve();
  }

  [Symbol.dispose](): void {
    this.#timer?.cancel();
  }
}
