import type { Micros } from '@concord/model';
import type { ParsedFrame } from '@concord/sources';
import { recordedFrames } from '../recordings.ts';
import { recordsOf, streamName, type KindRecord, type PlayedFrame, type Session } from './play.ts';
import type { FrameType, Recording, SourceConformance, WrittenSession } from './venue-conformance.ts';

/** The pause between two written frames. */
const PAUSE: Micros = 100_000;

const WRITTEN = new WeakMap<WrittenSession, Session>();

/** Throws a TypeError where a frame stands without what a person reads from it. */
export function writtenSession(written: WrittenSession): Session {
  const { frames, receivedFrom, ...session } = written;
  for (const [index, one] of frames.entries()) {
    if (typeof one.frame === 'string' && Array.isArray(one.tells)) continue;
    throw new TypeError(
      `${session.name}, frame ${index}: expected { frame: its text, tells: the records that a person reads from it }`,
    );
  }
  const made = WRITTEN.get(written) ?? {
    ...session,
    frames: frames.map(({ frame }, index) => ({ data: frame, receiveTime: receivedFrom + index * PAUSE })),
  };
  WRITTEN.set(written, made);
  return made;
}

/** A recording is unpacked once, and a session read once, however many tests look at it. */
const SESSIONS = new WeakMap<Recording, ReadonlyMap<string, Session>>();
const READS = new WeakMap<Session, readonly Read[]>();

/** One session for each connection of a recording, by the path that it was opened at. */
export function recordedSessions(recording: Recording): ReadonlyMap<string, Session> {
  const sessions = SESSIONS.get(recording) ?? unpacked(recording);
  SESSIONS.set(recording, sessions);
  return sessions;
}

function unpacked({ path, symbols, kinds }: Recording): Map<string, Session> {
  const connections = Map.groupBy(recordedFrames(path), (frame) => frame.path ?? '');
  return new Map(
    [...connections].map(([connection, frames]) => [
      connection,
      {
        name: connections.size === 1 ? path : `${path} ${connection}`,
        symbols,
        ...(kinds === undefined ? {} : { kinds }),
        frames: frames.map(({ text, receiveTime }) => ({ data: text, receiveTime })),
      },
    ]),
  );
}

/** A session cut down to what surrounds one frame of a type. */
export interface Sample {
  readonly type: FrameType;
  readonly session: Session;
  /** The frame to harm: it holds one live record, which is no closed bar. So does `next`, of the same stream; another one comes after it, and a live one has come before. */
  readonly target: number;
  readonly next: number;
  readonly record: KindRecord;
  readonly nextRecord: KindRecord;
  /** Streams of quotes that had begun before the target. */
  readonly booksOpen: number;
}

/** A frame, its type, and what the venue's parser says of it after those before. */
export interface Read {
  readonly frame: PlayedFrame;
  readonly type: string;
  readonly parsed: ParsedFrame;
  readonly records: readonly KindRecord[];
}

/** A sound frame to harm, of a type, with what is needed around it; undefined where the session has none. */
export function sampleOf(venue: SourceConformance, type: FrameType, session: Session): Sample | undefined {
  const reads = readSession(venue, session);
  const lonely = ({ type: name, records: [own, ...others] }: Read): boolean =>
    name === type.name && others.length === 0 && own?.record.origin === 'LIVE' && !isClosed(own.record);
  for (const [at, read] of reads.entries()) {
    const [own] = read.records;
    if (own === undefined || !lonely(read)) continue;
    const stream = streamName(own.kind, own.record);
    const sameStream = (other: Read): boolean =>
      other.records.some(({ kind, record }) => streamName(kind, record) === stream);
    const later = reads.flatMap((other, index) => (index > at && sameStream(other) ? [index] : []));
    const [nextAt, lastAt] = later;
    const next = nextAt === undefined ? undefined : reads[nextAt];
    if (next === undefined || lastAt === undefined || !lonely(next)) continue;
    if (!reads.slice(0, at).some((other) => sameStream(other) && other.records[0]?.record.origin === 'LIVE'))
      continue;
    const kept = reads
      .slice(0, lastAt + 1)
      .filter((other) => venue.isNumbered === true || other.records.length === 0 || sameStream(other));
    return {
      type,
      session: { ...session, frames: kept.map(({ frame }) => frame) },
      target: kept.indexOf(read),
      next: kept.indexOf(next),
      record: own,
      nextRecord: next.records[0] as KindRecord,
      booksOpen: booksBefore(kept.slice(0, kept.indexOf(read))),
    };
  }
  return undefined;
}

/** A closed bar is numbered by its window where the venue has one for every window: that it is missing shows when the next one closes. */
function isClosed(record: KindRecord['record']): boolean {
  return 'final' in record && record.final;
}

function booksBefore(reads: readonly Read[]): number {
  const quotes = reads.flatMap(({ records }) => records.filter(({ kind }) => kind === 'quotes'));
  return new Set(quotes.map(({ kind, record }) => streamName(kind, record))).size;
}

/** All frames of a session, read by one parser in their order. */
export function readSession(venue: SourceConformance, session: Session): readonly Read[] {
  const known = READS.get(session);
  if (known !== undefined) return known;
  const parser = venue.protocol.createParser(session.symbols);
  const reads = session.frames.map((frame): Read => {
    const text = String(frame.data);
    const parsed = parser.parse(text, frame.receiveTime);
    return { frame, type: venue.typeOf(text), parsed, records: recordsOf(parsed) };
  });
  READS.set(session, reads);
  return reads;
}
