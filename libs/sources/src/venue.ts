import type { Interval, Kind } from '@concord/model';
import type { FrameParser, ParserContext } from './frame/frame.ts';
import type { Listing } from './listing.ts';

/** One data type of one instrument at one venue. */
export interface Stream {
  readonly listing: Listing;
  readonly kind: Kind;
  /** The venue's name of it, unique within the venue; acknowledgements and rejections name streams by it. */
  readonly key: string;
  /** Streams of different groups never share a connection: they live under other paths. */
  readonly group?: string;
  /** Of bars, where the venue has one for every window, traded in or not: their length. One that does not come is then a hole. */
  readonly window?: Interval;
}

/** What a stream says of its bars at a venue that has one for every window of `interval`. */
export function everyWindow(kind: Kind, interval: Interval): Pick<Stream, 'window'> {
  return kind === 'bars' ? { window: interval } : {};
}

/** The venue symbols of streams, kind by kind. */
export function symbolsByKind(streams: readonly Stream[]): [Kind, string[]][] {
  return [...Map.groupBy(streams, ({ kind }) => kind)].map(([kind, same]) => [
    kind,
    same.map(({ listing }) => listing.symbol),
  ]);
}

/** How a connection is opened: where to, what to say, and whether its streams must then be confirmed. */
export interface Dial {
  /** Appended to the endpoint. */
  readonly path: string;
  /** Sent in order once the socket is open, no faster than the venue's limit. */
  readonly subscribe: readonly string[];
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
  /** What the venue counts messages by; default each connection. */
  readonly messagesPer?: 'connection' | 'address';
  /** Connection attempts, as the pause between two of them. */
  readonly connectGapMs: number;
  /** More streams are spread over more connections. */
  readonly streamsPerConnection: number;
  /** The venue cuts connections of this age; they are replaced before. */
  readonly connectionMsMax?: number;
}

/** All that a WebSocket venue supplies; pure. */
export interface Venue {
  readonly source: string;
  /** Base URLs in order of preference. */
  readonly endpoints: readonly string[];
  readonly heartbeat: HeartbeatRule;
  readonly limits: VenueLimits;
  /** The streams of a listing. Kinds the venue does not offer are left out. */
  streamsOf(listing: Listing, kinds: readonly Kind[]): Stream[];
  /** How to open a connection for streams of one group, at most `streamsPerConnection` of them. */
  dial(streams: readonly Stream[]): Dial;
  /** What to send on an open connection so that these streams begin. */
  subscribe(streams: readonly Stream[]): readonly string[];
  /** What to send so that they end. */
  unsubscribe(streams: readonly Stream[]): readonly string[];
  /** A parser for one session. */
  createParser(context: ParserContext): FrameParser;
}
