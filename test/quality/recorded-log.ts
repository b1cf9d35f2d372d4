import {
  encodeMarker,
  numberedCodec,
  type Codec,
  type QualityReport,
  type RawBar,
  type RawQuote,
  type RawTrade,
} from '@concord/codec';
import type { OutputRecord } from '@concord/kafka';
import { KINDS, type Kind } from '@concord/model';
import { configSchema, pipelineConfiguration } from '@concord/runtime';
import { ValidatorFold } from '@concord/validator';

export type Raw =
  | { readonly kind: 'trades'; readonly record: RawTrade }
  | { readonly kind: 'quotes'; readonly record: RawQuote }
  | { readonly kind: 'bars'; readonly record: RawBar };

/** What the validator made of one data type of a recording. */
export interface Validated {
  readonly received: number;
  /** Flags of each clean record, in order. */
  readonly flags: readonly (readonly string[])[];
  readonly suspects: number;
  /** Codes of everything quarantined. */
  readonly refused: readonly string[];
  readonly reports: readonly QualityReport[];
}

/** Parsers shown alone name an instrument after its symbol; so does the configuration here. */
function configurationOf(raws: readonly Raw[]): unknown {
  const named = new Map<string, { source: string; symbol: string }>();
  for (const { record } of raws)
    named.set(record.instrument, { source: record.source, symbol: record.venueSymbol });
  const config = configSchema.parse({
    venues: Object.fromEntries([...named.values()].map(({ source }) => [source, {}])),
    instruments: [...named].map(([id, { source, symbol }]) => ({
      id,
      base: 'BASE',
      quote: 'QUOTE',
      partition: 0,
      priceScale: 8,
      venues: { [source]: symbol },
    })),
  });
  return pipelineConfiguration(config, 0);
}

interface Feed {
  readonly codec: Codec;
  readonly fold: ValidatorFold<Kind>;
  readonly outputs: OutputRecord[];
  offset: number;
}

function apply(
  feed: Feed,
  kind: Kind,
  timestampMs: number,
  value: Buffer | null,
  headers: Record<string, Buffer> = {},
): void {
  const place = { topic: `raw.${kind}`, partition: 0, offset: feed.offset++, timestampMs, key: null };
  feed.fold.apply({ ...place, value, headers }, (output) => feed.outputs.push(output));
}

function decoded<T extends 'quality' | 'quarantine' | `clean.${Kind}`>({ codec, outputs }: Feed, topic: T) {
  return outputs.flatMap((output) => {
    if (output.topic !== topic || output.value === null) return [];
    const read = codec.decode(topic, output.value);
    if (!read.ok) throw new TypeError(read.message);
    return [read.value];
  });
}

/** Plays records into the validator, each at its receive time, behind a configuration that lists their instruments. */
export function validate(raws: readonly Raw[]): Record<Kind, Validated> {
  const codec = numberedCodec();
  const content = configurationOf(raws);
  const times = raws.map(({ record }) => Math.ceil(record.receiveTime / 1_000));
  const marker = encodeMarker({ type: 'config', version: 1, digest: '', content });
  const headers = { marker: Buffer.from(marker.marker), body: Buffer.from(marker.body) };
  const clock = { marker: Buffer.from('clock'), body: Buffer.from('{"time":0}') };
  const results = KINDS.map((kind): [Kind, Validated] => {
    const feed: Feed = { codec, fold: new ValidatorFold<Kind>(kind, codec), outputs: [], offset: 0 };
    apply(feed, kind, times[0] ?? 0, null, headers);
    const own = raws.filter((raw) => raw.kind === kind);
    for (const { record } of own) {
      apply(feed, kind, Math.ceil(record.receiveTime / 1_000), codec.encode(`raw.${kind}`, record));
    }
    apply(feed, kind, Math.max(0, ...times) + 60_000, null, clock);
    const clean = decoded(feed, `clean.${kind}`);
    return [
      kind,
      {
        received: own.length,
        flags: clean.map(({ flags }) => flags),
        suspects: clean.filter(({ verdict }) => verdict === 'SUSPECT').length,
        refused: decoded(feed, 'quarantine').flatMap(({ reasons }) =>
          reasons.map(({ code, message }) => `${code}: ${message}`),
        ),
        reports: decoded(feed, 'quality'),
      },
    ];
  });
  return Object.fromEntries(results) as Record<Kind, Validated>;
}
