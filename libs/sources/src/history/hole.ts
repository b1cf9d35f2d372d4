import type { Interval, Kind, Micros } from '@concord/model';
import type { Listing } from '../listing.ts';
import type { RawRecord } from '../session/stream-state.ts';

/** Records that a stream missed and its venue may still have. */
export interface Hole {
  readonly listing: Listing;
  readonly kind: Kind;
  /** Contiguous ids, or numbers of windows, both included; `last` null is up to the newest. Null where ids have no arithmetic. */
  readonly ids: { readonly first: number; readonly last: number | null } | null;
  /** Event time of the newest record before the hole; null when it is not known. */
  readonly from: Micros | null;
  /** That record, where this process has it. */
  readonly after: RawRecord | null;
  /** The first record after the hole; null when none has come since. */
  readonly before: RawRecord | null;
  /** `window` of the stream. */
  readonly window?: Interval | undefined;
  /** Where ids have no arithmetic: the one up to which answers have filled the hole. */
  readonly link?: string | null;
  /** Where bars are not numbered: start of the newest that answers brought, which may have been open still. */
  readonly through?: Micros;
  /** Holes without ids, told before, that lie within this one; default 0. */
  readonly spans?: number;
}
