import { isUtf8 } from 'node:buffer';
import type { Codec, Quarantined, RefusedMarker } from '@concord/codec';
import type { InputRecord, OutputRecord } from '@concord/kafka';
import { MICROS_PER_MS } from '@concord/model';
import { CODE_LENGTH_MAX, type Findings, type RawRecord } from '@concord/quality';

/** Bytes kept of a refused record or frame: what is longer would not fit a Kafka message together with its reasons. */
export const BYTES_MAX = 1_048_576;

/** Characters kept of each text that a source or a garbled record brings. */
const TEXT_MAX = 1_024;

function bounded<T extends string | null>(text: T, lengthMax = TEXT_MAX): T {
  return text === null || text.length <= lengthMax ? text : (text.slice(0, lengthMax) as T);
}

type Known = Partial<Pick<Quarantined, 'instrument' | 'source' | 'venueSymbol' | 'receiveTime' | 'schemaId'>>;

function quarantined(
  codec: Codec,
  record: InputRecord,
  content: Known & Pick<Quarantined, 'reasons' | 'form' | 'truncated' | 'bytes'>,
): OutputRecord {
  const {
    instrument = null,
    source = null,
    venueSymbol = null,
    receiveTime = null,
    schemaId = null,
  } = content;
  const value = codec.encode('quarantine', {
    instrument: bounded(instrument),
    source: bounded(source),
    venueSymbol: bounded(venueSymbol),
    topic: record.topic,
    partition: record.partition,
    offset: record.offset,
    logTime: record.timestampMs * MICROS_PER_MS,
    receiveTime,
    reasons: content.reasons.map(({ code, message }) => ({
      code: bounded(code, CODE_LENGTH_MAX),
      message: bounded(message),
    })),
    form: content.form,
    schemaId,
    truncated: content.truncated || content.bytes.length > BYTES_MAX,
    bytes: content.bytes.subarray(0, BYTES_MAX),
  });
  return { topic: 'quarantine', key: bounded(instrument), value, timestampMs: record.timestampMs };
}

const EMPTY = Buffer.alloc(0);

/** What a marker consists of as bytes: its headers as a JSON object, one that is no text as `{ "base64": … }`. */
function bytesOfHeaders(headers: InputRecord['headers']): Buffer {
  const readable = Object.entries(headers).map(([name, value]) => [
    name,
    isUtf8(value) ? value.toString() : { base64: value.toString('base64') },
  ]);
  return Buffer.from(JSON.stringify(Object.fromEntries(readable)));
}

/** A record that was refused before or after its value could be decoded, or a marker that cannot be used. */
export function refusedRecord(
  codec: Codec,
  record: InputRecord,
  reasons: Quarantined['reasons'],
  known: Known,
): OutputRecord {
  return quarantined(codec, record, {
    ...known,
    reasons,
    form: 'RECORD',
    truncated: false,
    bytes: record.value ?? bytesOfHeaders(record.headers),
  });
}

/** A decoded record that the rules refused. */
export function rejectedRecord(
  codec: Codec,
  record: InputRecord,
  raw: RawRecord,
  schemaId: number,
  findings: Findings,
): OutputRecord {
  const reasons = findings.map(({ code, message }) => ({ code, message }));
  const { instrument, source, venueSymbol, receiveTime } = raw;
  return refusedRecord(codec, record, reasons, { instrument, source, venueSymbol, receiveTime, schemaId });
}

/** A venue's frame that its ingestor could make no record of. */
export function refusedFrame(
  codec: Codec,
  record: InputRecord,
  marker: RefusedMarker,
  bytes: Buffer | undefined,
): OutputRecord {
  const { instrument, source, venueSymbol, receiveTime, truncated, code, message } = marker;
  return quarantined(codec, record, {
    instrument,
    source,
    venueSymbol,
    receiveTime,
    reasons: [{ code, message }],
    form: 'FRAME',
    truncated,
    bytes: bytes ?? EMPTY,
  });
}
