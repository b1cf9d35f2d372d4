import {
  AVRO_TOPICS,
  Codec,
  numberedCodec,
  SCHEMAS,
  type AvroTopic,
  type ConsensusQuote,
  type RawQuote,
  type RawTrade,
  type RecordByTopic,
} from '@concord/codec';
import type { Measure, Scenario, ScenarioContext } from './harness/scenario.ts';
import { medianMeasure } from './harness/statistics.ts';

const RECORDS = 2_000;
const PASS_MS = 400;
const AT = 1_786_309_560_500_000;
/** Schema id of an older version in the registry. */
const OLDER_ID = 1_000;

const INSTRUMENTS = ['BTC-USDT', 'ETH-USDT', 'SOL-USDT', 'XRP-USDT'];
const SOURCES = ['alpha', 'beta', 'gamma'];

function pick(values: readonly string[], n: number): string {
  return values[n % values.length] as string;
}

function common(n: number): Omit<RawTrade, 'price' | 'size' | 'side'> {
  const source = pick(SOURCES, n);
  return {
    instrument: pick(INSTRUMENTS, n),
    source,
    venueSymbol: pick(INSTRUMENTS, n).replace('-', ''),
    market: null,
    eventTime: AT + n * 1_000,
    eventTimePrecision: 'MILLISECOND',
    receiveTime: AT + n * 997,
    idKind: 'AGGREGATE',
    firstId: String(3_456_789_012 + n * 3),
    lastId: String(3_456_789_014 + n * 3),
    fills: 3,
    venueSequence: null,
    session: `${source}-0-1786309560`,
    ordinal: n,
    origin: 'LIVE',
    conditions: [],
    action: 'NEW',
    delayed: false,
    sampled: false,
    currency: 'USDT',
    sizeUnit: pick(INSTRUMENTS, n).slice(0, 3),
  };
}

function price(n: number): bigint {
  return 65_083_560_000_000_000n + BigInt(n) * 10_000_000_000n;
}

function rawTrade(n: number): RawTrade {
  return {
    ...common(n),
    price: price(n),
    size: 12_340_000_000n * BigInt(n + 1),
    side: n % 2 === 0 ? 'BUY' : 'SELL',
  };
}

function rawQuote(n: number): RawQuote {
  return {
    ...common(n),
    bid: price(n),
    bidSize: BigInt(n) * 1_000_000_000n,
    ask: price(n + 1),
    askSize: price(n),
  };
}

function consensusQuote(n: number): ConsensusQuote {
  const entry = (source: string): ConsensusQuote['sources'][number] => ({
    source,
    value: price(n),
    bid: price(n),
    ask: price(n + 1),
    confidence: 5_000_000_000n,
    weight: 1_000_000,
    ageMicros: 120_000 + n,
    included: true,
    reason: '',
  });
  return {
    instrument: pick(INSTRUMENTS, n),
    method: 'CONSENSUS',
    sequence: n + 1,
    logTime: AT + n * 1_000,
    asOf: AT + n * 1_000,
    status: 'OK',
    mid: price(n),
    bid: price(n),
    ask: price(n + 1),
    bestBid: price(n),
    bestBidSource: 'alpha',
    bestAsk: price(n + 1),
    bestAskSource: 'beta',
    crossed: false,
    confidence: 5_000_000_000n,
    emission: 'MOVE',
    triggerReceiveTime: AT + n * 997,
    sources: SOURCES.map(entry),
    cumulativePriceTime: price(n) * 1_000_000n * BigInt(n + 1),
    cumulativeConfidenceTime: 5_000_000_000n * 1_000_000n * BigInt(n + 1),
    downtimeMicros: 0,
    average: price(n),
    configVersion: 1,
  };
}

/** CPU time of this thread: what other processes take of the core does not count. */
function cpuMs(): number {
  const { user, system } = process.threadCpuUsage();
  return (user + system) / 1_000;
}

function perSecond<T>(items: readonly T[], use: (item: T) => boolean): number {
  let done = 0;
  let refused = 0;
  const startMs = cpuMs();
  let elapsedMs = 0;
  while (elapsedMs < PASS_MS) {
    for (const item of items) if (!use(item)) refused++;
    done += items.length;
    elapsedMs = cpuMs() - startMs;
  }
  if (refused > 0) throw new Error(`${refused} of ${done} records were refused`);
  return Math.round(done / (elapsedMs / 1_000));
}

interface Load {
  readonly name: string;
  readonly atLeast?: number;
  readonly once: () => number;
}

function encoding<T extends AvroTopic>(
  topic: T,
  make: (n: number) => RecordByTopic[T],
  atLeast: number,
): Load {
  const codec = numberedCodec();
  const records = Array.from({ length: RECORDS }, (_, n) => make(n));
  const once = (): number => perSecond(records, (record) => codec.encode(topic, record).length > 5);
  return { name: `encode ${topic}`, atLeast, once };
}

function decoding<T extends AvroTopic>(
  topic: T,
  make: (n: number) => RecordByTopic[T],
  atLeast: number,
): Load {
  const codec = numberedCodec();
  const values = Array.from({ length: RECORDS }, (_, n) => codec.encode(topic, make(n)));
  return {
    name: `decode ${topic}`,
    atLeast,
    once: () => perSecond(values, (value) => codec.decode(topic, value).ok),
  };
}

/** Records of a version whose last field did not exist yet, read by schema resolution. */
async function resolving(): Promise<Load> {
  const older = JSON.parse(SCHEMAS['raw.trades']) as { fields: { name: string }[] };
  older.fields = older.fields.filter(({ name }) => name !== 'side');
  const schema = { schema: JSON.stringify(older), schemaType: 'AVRO' };
  const ids = new Map(AVRO_TOPICS.map((topic, index) => [topic, index + 1]));
  const codec = new Codec(ids, { lookUp: () => Promise.resolve(new Map([[OLDER_ID, schema]])) });
  await codec.learn([OLDER_ID]);
  const values = Array.from({ length: RECORDS }, (_, n) => {
    // Without a side the record's last byte is its null.
    const value = codec.encode('raw.trades', { ...rawTrade(n), side: null }).subarray(0, -1);
    value.writeUInt32BE(OLDER_ID, 1);
    return value;
  });
  const once = (): number => perSecond(values, (value) => codec.decode('raw.trades', value).ok);
  return { name: 'decode raw.trades of an older version', once };
}

async function run({ onProgress, rounds }: ScenarioContext): Promise<Measure[]> {
  const loads = [
    encoding('raw.trades', rawTrade, 1_000_000),
    decoding('raw.trades', rawTrade, 750_000),
    encoding('raw.quotes', rawQuote, 1_000_000),
    decoding('raw.quotes', rawQuote, 750_000),
    encoding('consensus.quotes', consensusQuote, 400_000),
    decoding('consensus.quotes', consensusQuote, 250_000),
    await resolving(),
  ];
  return loads.map(({ name, atLeast, once }) => {
    onProgress(name);
    once();
    const figures = Array.from({ length: rounds }, once);
    return medianMeasure(name, 'records/s', figures, atLeast === undefined ? {} : { atLeast });
  });
}

export const scenario: Scenario = {
  says: 'encoding and decoding of single records on one core, in CPU time',
  run,
};
