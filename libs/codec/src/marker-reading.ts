import { KINDS, type Micros } from '@concord/model';
import { z } from 'zod';
import type { Marker, MarkerType } from './markers.ts';

/** Headers as a Kafka client gives them. */
export type RecordHeaders = Readonly<
  Record<string, Buffer | string | readonly (Buffer | string)[] | undefined>
>;

/**
 * `not-a-marker`: a null value without the header `marker`; `unknown-marker`: a type this program does not know;
 * `unreadable-marker`: the body is not what its type says.
 */
export type MarkerCode = 'not-a-marker' | 'unknown-marker' | 'unreadable-marker';

export type MarkerResult =
  /** `bytes` is a refused frame. */
  | { readonly ok: true; readonly marker: Marker; readonly bytes?: Buffer }
  | { readonly ok: false; readonly code: MarkerCode; readonly message: string };

const text = z.string();
const textOrNull = z.string().nullable();
const count = z.int().nonnegative();
const micros: z.ZodType<Micros> = z.int();
const kind = z.enum(KINDS);
const session = { source: text, session: text, receiveTime: micros };
const stream = { ...session, instrument: text, kind };
const ids = { firstId: textOrNull, lastId: textOrNull };

type Bodies = { readonly [T in MarkerType]: z.ZodType<Omit<Extract<Marker, { type: T }>, 'type'>> };

/** Fields of a newer writer that this program does not know are left out. */
const BODIES: Bodies = {
  session: z.object({ ...session, state: z.enum(['connecting', 'live', 'down']) }),
  clock: z.object({ time: micros }),
  config: z.object({ version: count, digest: text, content: z.unknown() }),
  gap: z.object({ ...stream, ...ids, missing: count.nullable() }),
  repair: z.object({ ...stream, ...ids, outcome: z.enum(['filled', 'unrepairable']) }),
  reconnect: z.object({ ...session, previousSession: textOrNull, reason: text }),
  resync: z.object({ ...stream, reason: text }),
  refused: z.object({
    ...session,
    ordinal: count,
    code: text,
    message: text,
    venueSymbol: textOrNull,
    instrument: textOrNull,
    truncated: z.boolean(),
  }),
  dropped: z.object({ ...session, instrument: textOrNull, kind, count }),
};

/** Reads the headers of a record with a null value. Bad data is a result. */
export function decodeMarker(headers: RecordHeaders | undefined): MarkerResult {
  const type = textOf(headers?.['marker']);
  if (type === undefined) return refused('not-a-marker', 'A record with a null value has no header "marker"');
  if (!isMarkerType(type))
    return refused('unknown-marker', `No marker is of type ${JSON.stringify(type.slice(0, 60))}`);
  let content: unknown;
  try {
    content = JSON.parse(textOf(headers?.['body']) ?? '');
  } catch {
    return refused('unreadable-marker', `The body of a ${type} marker is not JSON`);
  }
  const body = BODIES[type].safeParse(content);
  if (!body.success) {
    const [issue] = body.error.issues;
    const where = issue?.path.join('.') || 'the body';
    return refused('unreadable-marker', `${where} of a ${type} marker: ${issue?.message ?? 'unreadable'}`);
  }
  const bytes = bytesOf(headers?.['bytes']);
  // The cast pairs a type with the body that BODIES gives for it, which TypeScript cannot follow through the index.
  const marker = { type, ...body.data } as Marker;
  return bytes === undefined ? { ok: true, marker } : { ok: true, marker, bytes };
}

function isMarkerType(type: string): type is MarkerType {
  return Object.hasOwn(BODIES, type);
}

function refused(code: MarkerCode, message: string): MarkerResult {
  return { ok: false, code, message };
}

type Header = RecordHeaders[string];

function textOf(header: Header): string | undefined {
  return bytesOf(header)?.toString('utf8');
}

/** The last one when a header stands there several times. */
function bytesOf(header: Header): Buffer | undefined {
  const last = Array.isArray(header)
    ? (header as readonly (Buffer | string)[]).at(-1)
    : (header as Buffer | string | undefined);
  return typeof last === 'string' ? Buffer.from(last, 'utf8') : last;
}
