import type { Kind } from '@concord/model';
import { byVenueSymbol } from '../frame/frame.ts';
import { targetsOf, type Target } from '../events.ts';
import type { Listing } from '../listing.ts';
import type { Stream } from '../venue.ts';
import type { StreamState } from './stream-state.ts';

/** The streams of one connection, which may gain and lose some while it is open. */
export class StreamTable implements Iterable<StreamState> {
  readonly #byKey = new Map<string, StreamState>();
  readonly #byInstrument: Readonly<Record<Kind, Map<string, StreamState>>> = {
    trades: new Map(),
    quotes: new Map(),
    bars: new Map(),
  };
  #targets: readonly Target[] = [];

  add(states: Iterable<StreamState>): void {
    for (const state of states) {
      this.#byKey.set(state.stream.key, state);
      this.#byInstrument[state.stream.kind].set(state.stream.listing.instrument, state);
    }
    this.#targets = targetsOf(this.streams);
  }

  delete(keys: Iterable<string>): void {
    for (const key of keys) {
      const state = this.#byKey.get(key);
      if (state === undefined) continue;
      this.#byKey.delete(key);
      this.#byInstrument[state.stream.kind].delete(state.stream.listing.instrument);
    }
    this.#targets = targetsOf(this.streams);
  }

  get size(): number {
    return this.#byKey.size;
  }

  get streams(): Stream[] {
    return Array.from(this, ({ stream }) => stream);
  }

  /** The raw partitions that the streams feed. */
  get targets(): readonly Target[] {
    return this.#targets;
  }

  get listings(): Map<string, Listing> {
    return byVenueSymbol(this.streams.map(({ listing }) => listing));
  }

  get(key: string): StreamState | undefined {
    return this.#byKey.get(key);
  }

  of(kind: Kind, instrument: string): StreamState | undefined {
    return this.#byInstrument[kind].get(instrument);
  }

  /** Any stream of a venue symbol. */
  withSymbol(symbol: string | null): StreamState | undefined {
    for (const state of this) if (state.stream.listing.symbol === symbol) return state;
    return undefined;
  }

  [Symbol.iterator](): IterableIterator<StreamState> {
    return this.#byKey.values();
  }
}
