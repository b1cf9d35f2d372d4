import { varIntSize, writeVarInt } from './var-int.ts';

type Bytes = Buffer | string;
type HeaderValue = Bytes | null;

/** A record as kafkajs hands it to its encoder. Distances are from the batch's first offset and, in ms, from its first timestamp. */
export interface OutgoingRecord {
  readonly offsetDelta: number;
  readonly timestampDelta: number;
  readonly key?: Bytes | null;
  readonly value?: Bytes | null;
  readonly headers?: Readonly<Record<string, HeaderValue | readonly HeaderValue[]>>;
}

/** 64-bit numbers come as numbers, as decimal text or as something whose text is that. */
type Int64 = number | string | { toString(): string };

export interface OutgoingBatch {
  readonly firstOffset?: Int64;
  readonly firstTimestamp: Int64;
  readonly maxTimestamp: Int64;
  readonly partitionLeaderEpoch?: number;
  readonly lastOffsetDelta: number;
  readonly transactional?: boolean;
  readonly producerId?: Int64;
  readonly producerEpoch?: number;
  readonly firstSequence?: number;
  readonly records: readonly OutgoingRecord[];
}

const MAGIC = 2;
const TRANSACTIONAL = 0x10;
/** First offset, length, epoch of the leader, magic, checksum. */
const CHECKED_FROM = 21;
const RECORDS_FROM = 61;
const LENGTH_AT = 8;
const LENGTH_COUNTS_FROM = 12;
const CHECKSUM_AT = 17;

/**
 * A record batch (format 2, not compressed) in one piece of memory. `checksum` is CRC-32C.
 * Source: https://kafka.apache.org/documentation/#recordbatch
 */
export function encodeBatch(batch: OutgoingBatch, checksum: (bytes: Buffer) => number): Buffer {
  const { records } = batch;
  const sizes = records.map(sizeOf);
  let size = RECORDS_FROM;
  for (const body of sizes) size += varIntSize(body) + body;
  const bytes = Buffer.allocUnsafe(size);
  writeHead(bytes, batch);
  let position = RECORDS_FROM;
  for (const [index, record] of records.entries())
    position = writeRecord(bytes, position, record, sizes[index] as number);
  if (position !== size) throw new RangeError(`a batch of ${size} bytes was written with ${position}`);
  bytes.writeUInt32BE(checksum(bytes.subarray(CHECKED_FROM)), CHECKSUM_AT);
  return bytes;
}

function writeHead(bytes: Buffer, batch: OutgoingBatch): void {
  writeInt64(bytes, 0, batch.firstOffset ?? 0);
  bytes.writeInt32BE(bytes.length - LENGTH_COUNTS_FROM, LENGTH_AT);
  bytes.writeInt32BE(batch.partitionLeaderEpoch ?? 0, 12);
  bytes.writeInt8(MAGIC, 16);
  bytes.writeInt16BE(batch.transactional === true ? TRANSACTIONAL : 0, CHECKED_FROM);
  bytes.writeInt32BE(batch.lastOffsetDelta, 23);
  writeInt64(bytes, 27, batch.firstTimestamp);
  writeInt64(bytes, 35, batch.maxTimestamp);
  writeInt64(bytes, 43, batch.producerId ?? -1);
  bytes.writeInt16BE(batch.producerEpoch ?? 0, 51);
  bytes.writeInt32BE(batch.firstSequence ?? 0, 53);
  bytes.writeInt32BE(batch.records.length, 57);
}

function writeInt64(bytes: Buffer, position: number, value: Int64): void {
  bytes.writeBigInt64BE(BigInt(typeof value === 'number' ? value : value.toString()), position);
}

function sizeOf({ offsetDelta, timestampDelta, key, value, headers }: OutgoingRecord): number {
  return (
    1 +
    varIntSize(timestampDelta) +
    varIntSize(offsetDelta) +
    sizeOfBytes(key) +
    sizeOfBytes(value) +
    sizeOfHeaders(headers)
  );
}

function writeRecord(bytes: Buffer, from: number, record: OutgoingRecord, size: number): number {
  const { offsetDelta, timestampDelta, key, value, headers } = record;
  let position = writeVarInt(bytes, from, size);
  bytes[position++] = 0;
  position = writeVarInt(bytes, position, timestampDelta);
  position = writeVarInt(bytes, position, offsetDelta);
  position = writeBytes(bytes, position, key);
  position = writeBytes(bytes, position, value);
  return writeHeaders(bytes, position, headers);
}

function sizeOfBytes(value: HeaderValue | undefined): number {
  if (value == null) return 1;
  const length = typeof value === 'string' ? Buffer.byteLength(value) : value.length;
  return varIntSize(length) + length;
}

function writeBytes(bytes: Buffer, position: number, value: HeaderValue | undefined): number {
  if (value == null) return writeVarInt(bytes, position, -1);
  if (typeof value !== 'string') {
    const start = writeVarInt(bytes, position, value.length);
    bytes.set(value, start);
    return start + value.length;
  }
  const length = Buffer.byteLength(value);
  const start = writeVarInt(bytes, position, length);
  bytes.write(value, start, length, 'utf8');
  return start + length;
}

function sizeOfHeaders(headers: OutgoingRecord['headers']): number {
  if (headers === undefined) return 1;
  const entries = entriesOf(headers);
  return entries.reduce(
    (sum, [name, value]) => sum + sizeOfBytes(name) + sizeOfBytes(value),
    varIntSize(entries.length),
  );
}

function writeHeaders(bytes: Buffer, from: number, headers: OutgoingRecord['headers']): number {
  const entries = headers === undefined ? [] : entriesOf(headers);
  let position = writeVarInt(bytes, from, entries.length);
  for (const [name, value] of entries) position = writeBytes(bytes, writeBytes(bytes, position, name), value);
  return position;
}

function entriesOf(headers: NonNullable<OutgoingRecord['headers']>): [string, HeaderValue][] {
  return Object.entries(headers).flatMap(([name, value]) =>
    isList(value)
      ? value.map((one): [string, HeaderValue] => [name, one])
      : [[name, value] as [string, HeaderValue]],
  );
}

function isList(value: HeaderValue | readonly HeaderValue[]): value is readonly HeaderValue[] {
  return Array.isArray(value);
}
