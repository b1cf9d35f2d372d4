import { AVRO_TOPICS, toJson, type AvroTopic, type Codec, type Json } from '@concord/codec';
import { readCommitted, type InputRecord } from '@concord/kafka';
import { ConcordError, formatMicros } from '@concord/model';
import { connectPipeline } from '../pipeline/connection.ts';
import { onInterrupt } from '../pipeline/interrupt.ts';

interface TailOptions {
  json?: boolean;
  fromBeginning?: boolean;
  count?: number;
}

/** A topic that is not Concord's. */
export class UnknownTopicError extends ConcordError {
  constructor(topic: string) {
    super('unknown-topic', 'fatal', `There is no topic ${topic}. Choose one of: ${AVRO_TOPICS.join(' ')}`);
  }
}

function isAvroTopic(topic: string): topic is AvroTopic {
  return (AVRO_TOPICS as string[]).includes(topic);
}

/** `concord tail`: committed records of one topic, decoded, in the order of each partition. */
export async function tail(
  topic: string,
  instrument: string | undefined,
  options: TailOptions,
): Promise<void> {
  if (!isAvroTopic(topic)) throw new UnknownTopicError(topic);
  const { kafka, prefix, codec, logger, config } = await connectPipeline('tail');
  if (instrument !== undefined && !config.instruments.some(({ id }) => id === instrument)) {
    const known = config.instruments.map(({ id }) => id).join(' ');
    throw new ConcordError(
      'unknown-instrument',
      'fatal',
      `There is no instrument ${instrument}. Choose one of: ${known}`,
    );
  }
  await using reader = await readCommitted({
    kafka,
    topics: [topic],
    prefix,
    logger,
    from: options.fromBeginning === true ? 'beginning' : 'end',
  });
  onInterrupt(() => void reader[Symbol.asyncDispose]());
  let left = options.count ?? Infinity;
  for await (const record of reader) {
    if (left <= 0) break;
    if (record.value === null || (instrument !== undefined && record.key?.toString() !== instrument))
      continue;
    await codec.prepare([record]);
    process.stdout.write(
      `${options.json === true ? jsonLine(codec, topic, record) : textLine(codec, topic, record)}\n`,
    );
    if (--left <= 0) break;
  }
}

/** A record as JSON. */
type Fields = Readonly<Record<string, Json>>;

function decoded(codec: Codec, topic: AvroTopic, record: InputRecord): Fields {
  const result = codec.decode(topic, record.value);
  if (result.ok) return toJson(topic, result.value) as Fields;
  return { error: result.code, message: result.message, bytes: record.value?.toString('base64') ?? null };
}

/** `partition`, `offset` and `timestamp` of Kafka beside the record's own fields under `value`. */
function jsonLine(codec: Codec, topic: AvroTopic, record: InputRecord): string {
  const { partition, offset, timestampMs, key } = record;
  const timestamp = formatMicros(timestampMs * 1_000);
  return JSON.stringify({
    partition,
    offset,
    timestamp,
    key: key?.toString() ?? null,
    value: decoded(codec, topic, record),
  });
}

const SHOWN_LENGTH = 640;

function textLine(codec: Codec, topic: AvroTopic, record: InputRecord): string {
  const value = decoded(codec, topic, record);
  if (topic === 'consensus.quotes' || topic === 'consensus.trades') return consensusLine(value, record);
  const fields = Object.entries(value)
    .filter(([, field]) => field !== null && field !== '' && !(Array.isArray(field) && field.length === 0))
    .map(([name, field]) => `${name}=${plain(field)}`);
  return `${time(record)} ${fields.join(' ')}`.slice(0, SHOWN_LENGTH);
}

/** A field as text: objects and lists as JSON, everything else as it is. */
function plain(field: Json | undefined): string {
  return typeof field === 'string' ? field : JSON.stringify(field ?? null);
}

function time(record: InputRecord): string {
  return formatMicros(record.timestampMs * 1_000).slice(11, 23);
}

function consensusLine(value: Fields, record: InputRecord): string {
  const sources = (value['sources'] ?? []) as {
    source: string;
    value: string | null;
    included: boolean;
    reason: string;
  }[];
  const shown = sources
    .map((entry) => `${entry.source} ${entry.value ?? '–'}${entry.included ? '' : ` (${entry.reason})`}`)
    .join(', ');
  const spread = value['bid'] === undefined ? '' : ` ${plain(value['bid'])} / ${plain(value['ask'])}`;
  const [id, price, width, status, sequence] = [
    value['instrument'],
    value['mid'] ?? value['price'],
    value['confidence'],
    value['status'],
    value['sequence'],
  ].map(plain);
  return `${time(record)} ${id} ${price} ± ${width}${spread} ${status} #${sequence} [${shown}]`;
}
