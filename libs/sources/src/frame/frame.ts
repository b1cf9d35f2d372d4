import type { RawBar, RawQuote, RawTrade } from '@concord/codec';
import { parseFixed, parseRfc3339, type Fixed, type Kind, type Micros } from '@concord/model';
import type { Listing } from '../listing.ts';

/** Why no record could be made of a frame, or of a part of it. */
export const REFUSALS = {
  'not-json': 'the frame is not a complete JSON text',
  'unknown-frame': 'the frame is of no type that the venue documents',
  'unknown-symbol': 'the venue symbol belongs to no configured instrument',
  'bad-field': 'a required field is missing or of another type',
  'bad-number': 'a number is not an exact decimal with at most 12 places and 38 digits',
  'bad-time': 'a time cannot be read',
  'invalid-record': 'the record breaks an invariant of the common format',
  'repeated-frame': 'the frame came before, by its number, and would undo what came after it',
  'parser-broke': 'the parser itself failed on the frame: a fault of this program',
  'frame-too-large': 'the frame is larger than the connection accepts',
} as const;
export type RefusalCode = keyof typeof REFUSALS;

export interface Refusal {
  readonly code: RefusalCode;
  /** What was found and what was expected. */
  readonly message: string;
  /** The venue's symbol where it could be read. */
  readonly symbol: string | null;
}

/** An error or notice the venue sent. `keys` are the streams it rejects; empty when it speaks of none that is known. */
export interface VenueError {
  readonly code: string;
  readonly message: string;
  readonly keys: readonly string[];
}

/** A stream whose state must be built anew: the parser holds it back until the venue has sent its snapshot again. */
export interface Resync {
  readonly listing: Listing;
  readonly kind: Kind;
  readonly reason: string;
}

/** All that one frame says, in the common format. Records stand in the order in which they are to be published. */
export interface ParsedFrame {
  readonly trades: readonly RawTrade[];
  readonly quotes: readonly RawQuote[];
  readonly bars: readonly RawBar[];
  /** Keys of streams that the venue confirms. */
  readonly acks: readonly string[];
  /** True for a sign of life that carries no data: of the streams named in `acks`, and of the connection anyway. */
  readonly heartbeat: boolean;
  readonly errors: readonly VenueError[];
  readonly refusals: readonly Refusal[];
  readonly resyncs: readonly Resync[];
  /** Set when the venue announces that it will close the connection. */
  readonly closing: string | null;
}

const NONE: readonly never[] = Object.freeze([]);

/** A frame that says nothing we keep, e.g. of a channel that carries more than we use. */
export const NOTHING: ParsedFrame = Object.freeze({
  trades: NONE,
  quotes: NONE,
  bars: NONE,
  acks: NONE,
  heartbeat: false,
  errors: NONE,
  refusals: NONE,
  resyncs: NONE,
  closing: null,
});

export const HEARTBEAT: ParsedFrame = Object.freeze({ ...NOTHING, heartbeat: true });

// One literal per case, each with all fields in the same order: every frame has the same hidden class, and a frame with one
// record costs one object and one array.

export function tradesFrame(trades: readonly RawTrade[], refusals: readonly Refusal[] = NONE): ParsedFrame {
  return {
    trades,
    quotes: NONE,
    bars: NONE,
    acks: NONE,
    heartbeat: false,
    errors: NONE,
    refusals,
    resyncs: NONE,
    closing: null,
  };
}

export function quotesFrame(
  quotes: readonly RawQuote[],
  refusals: readonly Refusal[] = NONE,
  resyncs: readonly Resync[] = NONE,
): ParsedFrame {
  return {
    trades: NONE,
    quotes,
    bars: NONE,
    acks: NONE,
    heartbeat: false,
    errors: NONE,
    refusals,
    resyncs,
    closing: null,
  };
}

export function barsFrame(bars: readonly RawBar[], refusals: readonly Refusal[] = NONE): ParsedFrame {
  return {
    trades: NONE,
    quotes: NONE,
    bars,
    acks: NONE,
    heartbeat: false,
    errors: NONE,
    refusals,
    resyncs: NONE,
    closing: null,
  };
}

export function acksFrame(acks: readonly string[]): ParsedFrame {
  return { ...NOTHING, acks };
}

export function errorFrame(code: string, message: string, keys: readonly string[] = NONE): ParsedFrame {
  return { ...NOTHING, errors: [{ code, message, keys }] };
}

export function closingFrame(reason: string): ParsedFrame {
  return { ...NOTHING, closing: reason };
}

export function refusal(code: RefusalCode, message: string, symbol: string | null = null): Refusal {
  return { code, message, symbol };
}

export function refusedFrame(code: RefusalCode, message: string, symbol: string | null = null): ParsedFrame {
  return { ...NOTHING, refusals: [refusal(code, message, symbol)] };
}

/** Numbers the records of one session. */
export interface OrdinalCounter {
  next: number;
}

/** What a parser may know: its symbols, its session, and nothing of the world. */
export interface ParserContext {
  readonly session: string;
  /** Shared with the session, which numbers its refusals from the same counter. */
  readonly ordinals: OrdinalCounter;
  /** Listings by venue symbol, verbatim. */
  readonly listings: ReadonlyMap<string, Listing>;
}

/**
 * Turns the frames of one session, in their order, into the common format. Deterministic: the same context, frames and receive times give the same
 * results. Never throws for what a venue sends; what it keeps between frames (a book, open bars) is bounded.
 */
export interface FrameParser {
  /** `receiveTime` was stamped before the frame's text was read. */
  parse(text: string, receiveTime: Micros): ParsedFrame;
}

export function byVenueSymbol(listings: Iterable<Listing>): Map<string, Listing> {
  return new Map(Array.from(listings, (listing) => [listing.symbol, listing]));
}

/** What claims to be a `T` before its fields were looked at. */
export type Unread<T> = { readonly [K in keyof T]?: unknown };

/** Whether a value read from JSON is an object, neither null nor a list. */
export function isObject(value: unknown): value is { readonly [key: string]: unknown } {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The exact decimal that a field's text holds, `undefined` for anything else. */
export function readDecimal(value: unknown): Fixed | undefined {
  return typeof value === 'string' ? parseFixed(value) : undefined;
}

/** The time that a field's text holds in RFC 3339, `undefined` for anything else. */
export function readRfc3339(value: unknown): Micros | undefined {
  return typeof value === 'string' ? parseRfc3339(value) : undefined;
}

/** A list of entries turned round where it was sent newest first: by its ends, whose ids in the field `key` are sequential. */
export function oldestFirst<T>(entries: readonly T[], key: string): readonly T[] {
  const idOf = (entry: T | undefined): number => {
    const id = isObject(entry) ? entry[key] : undefined;
    return typeof id === 'string' || typeof id === 'number' ? Number(id) : NaN;
  };
  return entries.length > 1 && idOf(entries[0]) > idOf(entries.at(-1)) ? entries.toReversed() : entries;
}
