import type { IdKind, RawTrade } from '@concord/codec';
import type { Kind, Micros } from '@concord/model';
import type { FrameParser, RefusalCode, Venue } from '@concord/sources';
import type { Fault } from './faults.ts';
import type { WrittenPast } from './past.ts';
import type { Reading } from './reading.ts';
import type { OpenSource, Stage } from './stage.ts';

/** A type of frame that carries records: how it is known, and where in its text a fault can be put. */
export interface FrameType {
  /** As the venue calls it; as `oracles.json` does where recordings hold it. Stands in the titles of tests. */
  readonly name: string;
  readonly kind: Kind;
  /** What the venue's ids number, as documented. */
  readonly ids: IdKind;
  /** What is taken out of a frame to make it lack a required field, and the code of the refusal. */
  readonly missing: { readonly part: RegExp; readonly code: RefusalCode };
  /** The text of a price, without quotes; a number beyond all range is put in its place. */
  readonly number: RegExp;
  /** The text of each event time, without quotes; null where frames of this type have none. */
  readonly time: RegExp | null;
  /** Frames change a book, of which only the top is told: after a loss the venue must be asked for it again. Default false. */
  readonly isBook?: boolean;
}

/** A frame's text, and what a person who knows the documentation reads from it: the parser has no part in it. */
export interface WrittenFrame {
  readonly frame: string;
  /** In the frame's order; none where it carries no record. */
  readonly tells: readonly Reading[];
}

/** Frames of one connection, written from the venue's documentation, a tenth of a second apart. */
export interface WrittenSession {
  readonly name: string;
  readonly symbols: readonly string[];
  readonly receivedFrom: Micros;
  readonly frames: readonly WrittenFrame[];
  /** Kinds that one connection carries; default all. */
  readonly kinds?: readonly Kind[];
}

/** A recording below `realdata/`. */
export interface Recording {
  readonly path: string;
  /** Every symbol that its frames name. */
  readonly symbols: readonly string[];
  /** Kinds that one of its connections carries; default all. */
  readonly kinds?: readonly Kind[];
  /** What the oracle counts beside trades as the venue's records are counted here. Default nothing. */
  readonly oracleTells?: readonly ('quotes' | 'bars')[];
  /** A trade's symbol as `oracles.json` writes it; `connection` is the path of the connection's address. Default the venue's own. */
  readonly oracleSymbol?: (trade: RawTrade, connection: string) => string;
  /** Which trades of a connection came with the subscription, where the oracle cannot know it: it counts them as live. */
  readonly oracleHasNoSnapshots?: boolean;
  /** Ids that are no numbers are left out of the comparison. */
  readonly idsAreOpaque?: boolean;
}

/** How a venue speaks: what reads its frames, what takes them as a whole, and what may become of them on their way. */
export interface Protocol {
  createParser(symbols: readonly string[]): FrameParser;
  /** The source as the ingestor makes it, on connections that the suite plays. */
  openSource(stage: Stage): OpenSource;
  /** Frames that do not belong there. */
  readonly intruders: readonly Fault[];
  /** Changes for which a frame is refused, or lost without a word. */
  readonly damages: readonly Fault[];
}

/** All that the suite must know of a source. */
export interface SourceConformance {
  readonly source: string;
  readonly protocol: Protocol;
  /** The type of a frame's text by name, as `oracles.json` calls it; '' for what has none. */
  typeOf(text: string): string;
  /** Those that carry records. */
  readonly types: readonly FrameType[];
  /** How the venue takes the text `pong`. Default: it is no JSON. */
  readonly pong?: 'heartbeat' | 'not-json';
  /** All frames of a connection are numbered: one that is missing makes every book unsure. Default false. */
  readonly isNumbered?: boolean;
  readonly written: readonly WrittenSession[];
  /** Frames that carry no record. */
  readonly answers?: readonly string[];
  readonly recordings: readonly Recording[];
}

/** A stream by what it carries: the suite asks the venue for its key. */
export type WrittenStream = readonly [kind: Kind, symbol: string];

/** What a person reads from a frame that carries no record. What is left out must not be told. */
export interface AnswerReading {
  /** Streams that it confirms. */
  readonly confirms?: readonly WrittenStream[];
  /** It tells of an error, with these streams; none where it names none. */
  readonly rejects?: readonly WrittenStream[];
  /** It is a sign of life and no more. */
  readonly isHeartbeat?: boolean;
  /** The venue is about to close the connection. */
  readonly isClosing?: boolean;
}

/** A frame's text, and what a person who knows the documentation reads from it where nothing was asked before. */
export interface WrittenAnswer {
  readonly frame: string;
  readonly says: AnswerReading;
}

/** Of a venue of JSON text over WebSocket. */
export interface VenueConformance extends Omit<SourceConformance, 'protocol' | 'answers'> {
  /** What the venue says beside records, each form once as documented: answers to requests, errors, signs of life, notices. */
  readonly answers: readonly WrittenAnswer[];
  /** As the ingestor makes it, for any address. */
  createVenue(): Venue;
  /** What its REST answers tell of the past, a list of records after the other; none where the venue has no past. */
  readonly pasts: readonly WrittenPast[];
}
