import { VarIntReader } from './var-int.ts';

/** What stands before the records of a batch, in kafkajs' shape: 64-bit numbers are decimal text. */
export interface BatchHead {
  readonly firstOffset: string;
  readonly firstTimestamp: string;
  readonly maxTimestamp: string;
  readonly partitionLeaderEpoch: number;
  readonly inTransaction: boolean;
  readonly isControlBatch: boolean;
  readonly lastOffsetDelta: number;
  readonly producerId: string;
  readonly producerEpoch: number;
  readonly firstSequence: number;
  /** 0: set by the producer; 1: set by the broker. */
  readonly timestampType: number;
  readonly magicByte: number;
}

/** A record in kafkajs' shape. */
export interface IncomingRecord {
  readonly magicByte: number;
  readonly attributes: number;
  readonly timestamp: string;
  readonly offset: string;
  readonly key: Buffer | null;
  readonly value: Buffer | null;
  readonly headers: Record<string, Buffer | null | (Buffer | null)[]>;
  readonly isControlRecord: boolean;
  readonly batchContext: BatchHead;
}

/** The format of a batch from its length on; the offset of its first record stands before it. */
const MAGIC_AT = 4;
const ATTRIBUTES_AT = 9;
/** Where the number of records stands. */
const COUNT_AT = 45;
const LOG_APPEND_TIME = 0x08;
const TRANSACTIONAL = 0x10;
const CONTROL = 0x20;

export interface OpenedBatch {
  readonly head: BatchHead;
  /** Compression and flags. */
  readonly attributes: number;
  readonly count: number;
  /** The records, still compressed where `attributes` say so. */
  readonly records: Buffer;
}

/**
 * Reads what stands before the records. `body` is the batch after its length, whole.
 * Source: https://kafka.apache.org/documentation/#recordbatch
 */
export function openBatch(firstOffset: string, body: Buffer): OpenedBatch {
  const int64 = (position: number): string => body.readBigInt64BE(position).toString();
  const attributes = body.readInt16BE(ATTRIBUTES_AT);
  return {
    head: {
      firstOffset,
      firstTimestamp: int64(15),
      maxTimestamp: int64(23),
      partitionLeaderEpoch: body.readInt32BE(0),
      inTransaction: (attributes & TRANSACTIONAL) > 0,
      isControlBatch: (attributes & CONTROL) > 0,
      lastOffsetDelta: body.readInt32BE(11),
      producerId: int64(31),
      producerEpoch: body.readInt16BE(39),
      firstSequence: body.readInt32BE(41),
      timestampType: (attributes & LOG_APPEND_TIME) > 0 ? 1 : 0,
      magicByte: body.readInt8(MAGIC_AT),
    },
    attributes,
    count: Math.max(0, body.readInt32BE(COUNT_AT)),
    records: body.subarray(COUNT_AT + 4),
  };
}

/** Throws a `RangeError` where the bytes end before the records do. */
export function decodeRecords(head: BatchHead, count: number, bytes: Buffer): IncomingRecord[] {
  const reader = new VarIntReader(bytes, 0);
  const addOffset = adder(head.firstOffset);
  const addTime = adder(head.firstTimestamp);
  const appendTime = head.timestampType === 1 && head.maxTimestamp !== '' ? head.maxTimestamp : undefined;
  const records: IncomingRecord[] = [];
  for (let index = 0; index < count; index++) {
    const length = reader.int();
    const end = reader.position + length;
    if (length < 0 || end > bytes.length) throw cutOff(head, index);
    const attributes = ((bytes[reader.position++] ?? 0) << 24) >> 24;
    const time = reader.long();
    const offset = addOffset(reader.int());
    records.push({
      magicByte: head.magicByte,
      attributes,
      timestamp: appendTime ?? addTime(time),
      offset,
      key: readBytes(reader),
      value: readBytes(reader),
      headers: readHeaders(reader),
      isControlRecord: head.isControlBatch,
      batchContext: head,
    });
    if (reader.position > end) throw cutOff(head, index);
    reader.position = end;
  }
  return records;
}

function cutOff({ firstOffset }: BatchHead, index: number): RangeError {
  return new RangeError(`Record ${index} of the batch at offset ${firstOffset} is cut off`);
}

/** Adds to a 64-bit number given as text; exact beyond 2^53 as well. */
function adder(base: string): (delta: number | bigint) => string {
  const number = Number(base);
  return (delta) => {
    if (typeof delta === 'number' && Number.isSafeInteger(number + delta)) return String(number + delta);
    return (BigInt(base) + BigInt(delta)).toString();
  };
}

function readBytes(reader: VarIntReader): Buffer | null {
  const length = reader.int();
  if (length < 0) return null;
  const from = reader.position;
  reader.position = from + length;
  return reader.source.subarray(from, from + length);
}

function readHeaders(reader: VarIntReader): IncomingRecord['headers'] {
  const headers: IncomingRecord['headers'] = {};
  for (let left = reader.int(); left > 0; left--) {
    const name = readBytes(reader)?.toString('utf8') ?? 'null';
    const value = readBytes(reader);
    const before = Object.hasOwn(headers, name) ? headers[name] : undefined;
    const merged =
      before === undefined ? value : Array.isArray(before) ? [...before, value] : [before, value];
    Object.defineProperty(headers, name, {
      value: merged,
      writable: true,
      enumerable: true,
      configurable: true,
    });
  }
  return headers;
}
