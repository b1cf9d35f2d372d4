import {
  encodeMarker,
  numberedCodec,
  type AvroTopic,
  type Codec,
  type Marker,
  type RawBar,
  type RawQuote,
  type RawTrade,
  type RecordByTopic,
} from '@concord/codec';
import type { Fold, InputRecord, OutputRecord } from '@concord/kafka';
import { ONE, type Kind } from '@concord/model';
import {
  configSchema,
  pipelineConfiguration,
  RULES_VERSION,
  type PipelineConfiguration,
} from '@concord/runtime';
import { NOON, testBar, testQuote, testTrade } from '@concord/testkit';
import { ValidatorFold } from '../fold.ts';

/** A log and what the validator makes of it, for tests: no broker, one partition. */

export { NOON };
export const NOON_MS = NOON / 1_000;

const CONFIG = configSchema.parse({
  partitions: 2,
  venues: { alpha: {}, beta: {} },
  instruments: [
    ['BTC-USDT', 0, { alpha: 'BTCUSDT', beta: 'BTC/USDT' }] as const,
    ['ETH-USDT', 0, { alpha: 'ETHUSDT' }] as const,
    ['XRP-USDT', 1, { alpha: 'XRPUSDT' }] as const,
  ].map(([id, partition, venues]) => ({
    id,
    base: id.slice(0, 3),
    quote: 'USDT',
    partition,
    priceScale: 2,
    venues,
  })),
});

/** What a configuration marker of partition 0 carries; `changes` are laid over `quality`. */
export function content(changes: Partial<PipelineConfiguration['quality']> = {}): PipelineConfiguration {
  const whole = pipelineConfiguration(CONFIG, 0);
  return { ...whole, rules: RULES_VERSION, quality: { ...whole.quality, ...changes } };
}

export function configMarker(changes: Partial<PipelineConfiguration['quality']> = {}, version = 1): Marker {
  return { type: 'config', version, digest: `digest-${version}`, content: content(changes) };
}

/** A trade whose id is its ordinal. */
export function trade(id: number, changes: Partial<RawTrade> = {}): RawTrade {
  return testTrade({ ordinal: id, firstId: `${id}`, lastId: `${id}`, ...changes });
}

export function quote(ordinal: number, changes: Partial<RawQuote> = {}): RawQuote {
  return testQuote({ ordinal, ask: 60_001n * ONE, ...changes });
}

/** A bar whose revision is its ordinal. */
export function bar(ordinal: number, changes: Partial<RawBar> = {}): RawBar {
  return testBar({ ordinal, start: NOON, revision: ordinal, ...changes });
}

type Placed = Pick<InputRecord, 'key' | 'value' | 'headers' | 'timestampMs'>;

export function markerRecord(marker: Marker, timestampMs: number, bytes?: Buffer): Placed {
  const written = Object.entries(encodeMarker(marker, bytes)) as [string, string | Buffer][];
  const headers = Object.fromEntries(written.map(([name, value]) => [name, Buffer.from(value)]));
  return { key: null, value: null, headers, timestampMs };
}

/** Everything that tells one output from another, as text. */
export function printed({ topic, key, value, headers, timestampMs }: OutputRecord): string {
  const head = Object.entries(headers ?? {}).map(([name, text]) => `${name}=${text.toString()}`);
  return [topic, key, timestampMs, value?.toString('hex') ?? 'null', ...head].join(' ');
}

export class Trial<K extends Kind> {
  readonly codec: Codec = numberedCodec();
  readonly kind: K;
  fold: Fold;
  readonly outputs: OutputRecord[] = [];
  #offset = 0;

  constructor(kind: K) {
    this.kind = kind;
    this.fold = new ValidatorFold(kind, this.codec);
  }

  apply(record: Placed): OutputRecord[] {
    const before = this.outputs.length;
    const input = { ...record, topic: `raw.${this.kind}`, partition: 0, offset: this.#offset++ };
    this.fold.apply(input, (output) => this.outputs.push(output));
    return this.outputs.slice(before);
  }

  mark(marker: Marker, timestampMs = NOON_MS, bytes?: Buffer): OutputRecord[] {
    return this.apply(markerRecord(marker, timestampMs, bytes));
  }

  encode(record: RawTrade | RawQuote | RawBar): Buffer {
    return this.codec.encode(`raw.${this.kind}`, record as RecordByTopic[`raw.${K}`]);
  }

  put(record: RawTrade | RawQuote | RawBar, timestampMs = NOON_MS): OutputRecord[] {
    return this.value(this.encode(record), timestampMs, record.instrument);
  }

  value(value: Buffer, timestampMs = NOON_MS, key: string | null = null): OutputRecord[] {
    return this.apply({ key: key === null ? null : Buffer.from(key), value, headers: {}, timestampMs });
  }

  /** Decoded records of a topic among `outputs`, markers left out. */
  read<T extends AvroTopic>(topic: T, outputs: readonly OutputRecord[] = this.outputs): RecordByTopic[T][] {
    return outputs
      .filter((output) => output.topic === topic && output.value !== null)
      .map(({ value }) => {
        const decoded = this.codec.decode(topic, value);
        if (!decoded.ok) throw new TypeError(decoded.message);
        return decoded.value;
      });
  }

  /** Codes of what these outputs quarantined. */
  codes(outputs: readonly OutputRecord[]): string[] {
    return this.read('quarantine', outputs).flatMap(({ reasons }) => reasons.map(({ code }) => code));
  }

  /** Goes on with another fold that knows only the snapshot of this one; entries come back in the order given. */
  restart(
    order: (keys: (readonly [string, Buffer])[]) => (readonly [string, Buffer])[] = (all) => all,
  ): void {
    const entries = order([...this.fold.entries()]);
    this.fold = new ValidatorFold(this.kind, this.codec);
    for (const [key, value] of entries) this.fold.restore(key, value);
  }
}
