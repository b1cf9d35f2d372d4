import { createRequire } from 'node:module';
import { withoutAborted } from './aborted.ts';
import { decodeRecords, openBatch, type BatchHead, type IncomingRecord } from './batch-decoder.ts';
import { encodeBatch, type OutgoingBatch, type OutgoingRecord } from './batch-encoder.ts';

/**
 * Gives kafkajs quicker parts where most of its time goes: to make and read record batches, to group messages by partition, to get
 * memory and to look after queues that are empty. Each part does what the one it replaces does (a test compares them byte by byte);
 * compressed batches are left to the old ones. Must be imported before kafkajs is, since its modules keep what they once required;
 * imported later, it changes nothing. What it saves stands in docs/decisions/0008-kafkajs-record-batches.md.
 */

const require = createRequire(import.meta.url);

interface Encoder {
  buf: Buffer;
  offset: number;
}
type EncoderClass = (new (initialSize?: number) => Encoder) & { readonly prototype: Encoder };

interface Decoder {
  readInt64(): { toString(): string };
  readInt32(): number;
  canReadBytes(length: number): boolean;
  readBytes(length: number): Buffer;
}
type DecoderClass = new (bytes: Buffer) => Decoder;

interface Codec {
  decompress(bytes: Buffer): Promise<Buffer>;
}

interface Compression {
  lookupCodecByAttributes(attributes: number): Codec | null;
}

interface Grouping<Message> {
  readonly topic: string;
  readonly partitionMetadata: readonly unknown[];
  readonly messages: readonly Message[];
  readonly partitioner: (question: {
    topic: string;
    partitionMetadata: readonly unknown[];
    message: Message;
  }) => number;
}

/** The requests of one connection. */
interface RequestQueue {
  /** They wait for others to be answered, or for as long as the broker asked. */
  readonly pending: readonly unknown[];
  scheduleCheckPendingRequests(this: RequestQueue): void;
}
interface RequestQueueClass {
  readonly prototype: RequestQueue;
}

const load = (name: string): unknown => require(`kafkajs/src/${name}`);

function replace(name: string, part: unknown): void {
  load(name);
  const module = require.cache[require.resolve(`kafkajs/src/${name}`)];
  if (module !== undefined) module.exports = part;
}

const FIRST_BYTES = 512;

/** Makes kafkajs' encoder take its memory from Node's pool: it asks for 512 zeroed bytes of their own for each number of a request. */
function pooled(original: EncoderClass): EncoderClass {
  function PooledEncoder(this: Encoder, initialSize = FIRST_BYTES - 1): void {
    this.buf = Buffer.allocUnsafe(nextPowerOfTwo(initialSize));
    this.offset = 0;
  }
  PooledEncoder.prototype = original.prototype;
  Object.setPrototypeOf(PooledEncoder, original);
  Object.assign(original.prototype, {
    ensureAvailable(this: Encoder, length: number): void {
      const needed = this.offset + length;
      if (needed <= this.buf.length) return;
      const larger = Buffer.allocUnsafe(nextPowerOfTwo(needed));
      this.buf.copy(larger, 0, 0, this.offset);
      this.buf = larger;
    },
  });
  return PooledEncoder as unknown as EncoderClass;
}

/** The next one above `value`, as kafkajs counts. */
function nextPowerOfTwo(value: number): number {
  return 2 ** (32 - Math.clz32(value));
}

/** Done at import; once more only after kafkajs' modules were forgotten. */
export function install(): void {
  replace('protocol/encoder', pooled(load('protocol/encoder') as EncoderClass));
  replaceBatchEncoder();
  replaceBatchDecoder();
  replace('protocol/requests/fetch/v4/decodeMessages', recordsOfAnswer());
  replace('consumer/filterAbortedMessages', withoutAborted);
  replace('producer/groupMessagesPerPartition', groupByPartition);
  restWhenEmpty(load('network/requestQueue') as RequestQueueClass);
}

/** Smallest batch; where a batch says which format it has, and what a record batch says. */
const BATCH_OVERHEAD_BYTES = 49;
const MAGIC_AT = 16;
const RECORD_BATCH = 2;

/** Reads the batches of one partition of an answer. kafkajs hands a batch's records on as arguments of one call, of which there may be too many. */
function recordsOfAnswer(): (decoder: Decoder) => Promise<unknown[]> {
  const Decoder = load('protocol/decoder') as DecoderClass;
  const decodeBatch = load('protocol/recordBatch/v0/decoder') as (
    decoder: Decoder,
  ) => Promise<{ readonly records: readonly unknown[] }>;
  const decodeOldFormat = load('protocol/messageSet/decoder') as (
    decoder: Decoder,
    size: number,
  ) => Promise<unknown[]>;
  return async (decoder) => {
    const size = decoder.readInt32();
    if (size <= 0 || !decoder.canReadBytes(size)) return [];
    const bytes = decoder.readBytes(size);
    const batches = new Decoder(bytes);
    if (bytes.readInt8(MAGIC_AT) !== RECORD_BATCH) return decodeOldFormat(batches, size);
    const all: unknown[] = [];
    while (batches.canReadBytes(BATCH_OVERHEAD_BYTES)) {
      try {
        for (const record of (await decodeBatch(batches)).records) all.push(record);
      } catch (error) {
        // The last batch of an answer may end in its middle.
        if (error instanceof Error && error.name === 'KafkaJSPartialMessageError') break;
        throw error;
      }
    }
    return all;
  };
}

function replaceBatchEncoder(): void {
  const PooledEncoder = load('protocol/encoder') as EncoderClass;
  const checksum = load('protocol/recordBatch/crc32C') as (bytes: Buffer) => number;
  const encodeRecord = load('protocol/recordBatch/record/v0') as (record: OutgoingRecord) => Encoder;
  const original = load('protocol/recordBatch/v0') as {
    RecordBatch(batch: Omit<OutgoingBatch, 'records'> & { records: readonly Encoder[] }): Promise<Encoder>;
  };
  const encode = (batch: OutgoingBatch & { compression?: number }): Promise<Encoder> => {
    if (batch.compression)
      return original.RecordBatch({ ...batch, records: batch.records.map(encodeRecord) });
    const encoder = new PooledEncoder(0);
    encoder.buf = encodeBatch(batch, checksum);
    encoder.offset = encoder.buf.length;
    return Promise.resolve(encoder);
  };
  replace('protocol/recordBatch/v0', { ...original, RecordBatch: encode });
  // A record waits as it is until its batch is made.
  replace('protocol/recordBatch/record/v0', (record: OutgoingRecord) => record);
}

function replaceBatchDecoder(): void {
  const { lookupCodecByAttributes } = load('protocol/message/compression') as Compression;
  const { KafkaJSPartialMessageError } = load('errors') as {
    KafkaJSPartialMessageError: new (message: string) => Error;
  };
  const decode = async (
    decoder: Decoder,
  ): Promise<Omit<BatchHead, 'magicByte'> & { records: IncomingRecord[] }> => {
    const firstOffset = decoder.readInt64().toString();
    const length = decoder.readInt32();
    // The last batch of an answer may end in its middle; kafkajs leaves it to the next question.
    if (!decoder.canReadBytes(length))
      throw new KafkaJSPartialMessageError(`the batch at offset ${firstOffset} is not whole yet`);
    const { head, attributes, count, records } = openBatch(firstOffset, decoder.readBytes(length));
    const codec = lookupCodecByAttributes(attributes);
    const bytes = codec === null || count === 0 ? records : await codec.decompress(records);
    const { magicByte: _, ...context } = head;
    return { ...context, records: decodeRecords(head, count, bytes) };
  };
  replace('protocol/recordBatch/v0/decoder', decode);
}

function groupByPartition<Message>(grouping: Grouping<Message>): Record<number, Message[]> {
  const { topic, partitionMetadata, messages, partitioner } = grouping;
  const groups: Record<number, Message[]> = {};
  if (partitionMetadata.length === 0) return groups;
  for (const message of messages) {
    const partition = partitioner({ topic, partitionMetadata, message });
    (groups[partition] ??= []).push(message);
  }
  return groups;
}

/** Makes a queue look after itself only while something waits in it: kafkajs looks every millisecond, on each connection. */
function restWhenEmpty({ prototype }: RequestQueueClass): void {
  const lookLater = prototype.scheduleCheckPendingRequests;
  prototype.scheduleCheckPendingRequests = function (): void {
    if (this.pending.length > 0) lookLater.call(this);
  };
}

install();
