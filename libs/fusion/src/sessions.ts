import type { ConnectionState, SessionMarker } from '@concord/codec';
import { MICROS_PER_SECOND, type Micros } from '@concord/model';

/** What the markers of one session said last. */
export interface SessionSign {
  /** Log time of its last marker that showed it alive, or null when none did. */
  aliveAt: Micros | null;
  /** Log time of its last marker of any state. */
  heardAt: Micros;
  down: boolean;
}

/** A session is forgotten when its markers have been absent this long; it counts as silent long before. */
const FORGET_AFTER: Micros = 600 * MICROS_PER_SECOND;
/** Bound of the sessions remembered per source; the one heard longest ago goes first. */
const SESSIONS_MAX = 1_000;

export type SignsOfSource = ReadonlyMap<string, SessionSign>;

/**
 * Signs of life of every session in one partition, from its markers. `connecting` neither proves a session alive nor ends it;
 * `down` ends it at once.
 */
export class Sessions {
  readonly #sources = new Map<string, Map<string, SessionSign>>();

  /** The same map for the source's whole life, so that it may be held on to. */
  signsOf(source: string): SignsOfSource {
    return this.#of(source);
  }

  /** `at` is the log time of the marker. */
  heard(marker: Pick<SessionMarker, 'source' | 'session' | 'state'>, at: Micros): void {
    const signs = this.#of(marker.source);
    const sign = signs.get(marker.session);
    if (sign !== undefined) return update(sign, marker.state, at);
    this.#forget(signs, at);
    const fresh: SessionSign = { aliveAt: null, heardAt: at, down: false };
    update(fresh, marker.state, at);
    signs.set(marker.session, fresh);
  }

  *entries(): Iterable<readonly [source: string, session: string, sign: SessionSign]> {
    for (const [source, signs] of this.#sources) {
      for (const [session, sign] of signs) yield [source, session, sign];
    }
  }

  restore(source: string, session: string, sign: SessionSign): void {
    this.#of(source).set(session, { ...sign });
  }

  #of(source: string): Map<string, SessionSign> {
    let signs = this.#sources.get(source);
    if (signs === undefined) {
      signs = new Map<string, SessionSign>();
      this.#sources.set(source, signs);
    }
    return signs;
  }

  #forget(signs: Map<string, SessionSign>, now: Micros): void {
    let oldest: string | undefined;
    let oldestAt = Infinity;
    for (const [session, sign] of signs) {
      if (sign.heardAt < now - FORGET_AFTER) signs.delete(session);
      else if (sign.heardAt < oldestAt) [oldest, oldestAt] = [session, sign.heardAt];
    }
    if (signs.size >= SESSIONS_MAX && oldest !== undefined) signs.delete(oldest);
  }
}

function update(sign: SessionSign, state: ConnectionState, at: Micros): void {
  sign.heardAt = Math.max(sign.heardAt, at);
  if (state === 'live') sign.aliveAt = Math.max(sign.aliveAt ?? at, at);
  sign.down = state === 'down';
}
