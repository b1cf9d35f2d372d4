import type { Kind } from '@concord/model';
import type { FrameParser, ParserContext } from './frame/frame.ts';
import type { Listing } from './listing.ts';

/** One data type of one instrument at one venue. */
export interface Stream {
  readonly listing: Listing;
  readonly kind: Kind;
  /** The venue's name of it, unique within a connection; acknowledgements and rejections name streams by it. */
  readonly key: string;
}

/** Every kind of every listing, listing by listing; `keyOf` is how the venue names the stream. */
export function streamsOf(
  listings: readonly Listing[],
  kinds: readonly Kind[],
  keyOf: (listing: Listing, kind: Kind) => string,
): Stream[] {
  return listings.flatMap((listing) => kinds.map((kind) => ({ listing, kind, key: keyOf(listing, kind) })));
}

/** The venue symbols of streams, kind by kind. */
export function symbolsByKind(streams: readonly Stream[]): [Kind, string[]][] {
  return [...Map.groupBy(streams, ({ kind }) => kind)].map(([kind, same]) => [
    kind,
    same.map(({ listing }) => listing.symbol),
  ]);
}

/** One WebSocket connection to be held open: where to, what to say, and which streams must then be confirmed. */
export interface ConnectionPlan {
  readonly url: string;
  /** Sent in order once the socket is open, no faster than the venue's limit. */
  readonly subscribe: readonly string[];
  readonly streams: readonly Stream[];
  /** True where opening the URL is the confirmation. */
  readonly confirmedByUrl: boolean;
}

/** The rule by which a venue's connection proves that it lives. */
export interface HeartbeatRule {
  /** A socket that brought nothing at all, not even a ping, for this long is dead. */
  readonly silenceMs: number;
  /** What the client says to keep the connection, where the venue wants that; `text` null is a WebSocket ping. */
  readonly ping?: { readonly everyMs: number; readonly text: string | null };
}

export interface VenueLimits {
  /** Messages the client may send, as the pause between two of them. */
  readonly messageGapMs: number;
  /** Connection attempts, as the pause between two of them. */
  readonly connectGapMs: number;
}

/** All that a WebSocket venue supplies; pure. */
export interface Venue {
  readonly source: string;
  readonly heartbeat: HeartbeatRule;
  readonly limits: VenueLimits;
  /** Cuts the streams into connections. Streams the venue does not offer are left out. */
  connections(listings: readonly Listing[], kinds: readonly Kind[]): ConnectionPlan[];
  /** What to send on an open connection so that these of its streams start anew with a snapshot. */
  resubscribe(plan: ConnectionPlan, streams: readonly Stream[]): readonly string[];
  /** A parser for one session. */
  createParser(context: ParserContext): FrameParser;
}
