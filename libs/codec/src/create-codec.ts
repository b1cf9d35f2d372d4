import { AVRO_TOPICS, Codec, type SchemaSource } from './codec.ts';
import { RegistryError } from './errors.ts';
import { patiently, type Pacing, type Patience } from './pacing.ts';
import type { AvroTopic } from './records.generated.ts';
import {
  HttpRegistry,
  type RegisteredSchema,
  type RegisteredVersion,
  type SchemaRegistry,
} from './registry.ts';
import { SchemaStore } from './schema-store.ts';
import { SCHEMAS } from './schemas.generated.ts';

export interface CodecOptions {
  /** Base address of the registry's Confluent API (may carry user:password), or a client of it. */
  readonly registry: string | SchemaRegistry;
  /** Paces requests and retries: it must pass at the machine's own speed, since the network does. */
  readonly clock: Pacing;
  /** Prefix of all topics; default none. */
  readonly prefix?: string;
  /** File that keeps schema ids, so that a start works while the registry is away. Default: none is kept. */
  readonly cachePath?: string;
  /** Called before each wait for the registry. */
  readonly onRetry?: (error: RegistryError, delayMs: number) => void;
  /** Called when the registry has answered. */
  readonly onAnswer?: () => void;
  /** Called instead when it is away and the ids kept in `cachePath` are used. */
  readonly onRemembered?: (error: RegistryError) => void;
  readonly signal?: AbortSignal;
}

/** Looked up at the same time. */
const PARALLEL = 8;

/**
 * Registers the schema of every topic under `<prefix><topic>-value` (TopicNameStrategy), each subject FULL_TRANSITIVE, and gives a
 * codec that uses their ids. With the registry away it takes the ids from `cachePath` when these very schemas stand there; else
 * it waits until the registry answers or `signal` aborts (rejects with its reason). Throws `RegistryError` when the registry
 * refuses, `ConcordError` (`schema-cache-unwritable`) when `cachePath` cannot be written.
 */
export async function createCodec(options: CodecOptions): Promise<Codec> {
  const { clock, signal, onRetry, onAnswer, prefix = '' } = options;
  const registry =
    typeof options.registry === 'string'
      ? new HttpRegistry({ url: options.registry, clock })
      : options.registry;
  const store = await SchemaStore.open(registry.url, options.cachePath);
  const patience = { clock, signal, onRetry, onAnswer, onRemembered: options.onRemembered };
  const ids = await idsOf(registry, store, prefix, patience);
  return new Codec(ids, new RegistrySource(registry, store, prefix, { clock, onRetry, onAnswer }));
}

async function idsOf(
  registry: SchemaRegistry,
  store: SchemaStore,
  prefix: string,
  patience: Patience & { readonly onRemembered?: ((error: RegistryError) => void) | undefined },
): Promise<ReadonlyMap<AvroTopic, number>> {
  const remembered = new Map<AvroTopic, number>();
  for (const topic of AVRO_TOPICS) {
    const id = store.idOf(subjectOf(prefix, topic), SCHEMAS[topic]);
    if (id !== undefined) remembered.set(topic, id);
  }
  const complete = remembered.size === AVRO_TOPICS.length;
  const register = (): Promise<[AvroTopic, number][]> =>
    Promise.all(
      AVRO_TOPICS.map(async (topic) => {
        const id = await registry.register(subjectOf(prefix, topic), SCHEMAS[topic], patience.signal);
        return [topic, id];
      }),
    );
  try {
    const ids = new Map(complete ? await register() : await patiently(register, patience));
    if (complete) patience.onAnswer?.();
    for (const [topic, id] of ids) store.setId(subjectOf(prefix, topic), SCHEMAS[topic], id);
    await store.save();
    return ids;
  } catch (error) {
    if (!complete || !(error instanceof RegistryError) || error.fate !== 'retry') throw error;
    patience.onRemembered?.(error);
    return remembered;
  }
}

/** The registry's subject for the values of a topic. */
export function subjectOf(prefix: string, topic: AvroTopic): string {
  return `${prefix}${topic}-value`;
}

/**
 * Learns the versions of a topic's subject. One question, for their list, answers for any number of ids: whoever writes garbage
 * makes no more questions of it.
 */
class RegistrySource implements SchemaSource {
  readonly #registry: SchemaRegistry;
  readonly #store: SchemaStore;
  readonly #prefix: string;
  readonly #patience: Patience;

  constructor(registry: SchemaRegistry, store: SchemaStore, prefix: string, patience: Patience) {
    this.#registry = registry;
    this.#store = store;
    this.#prefix = prefix;
    this.#patience = patience;
  }

  async lookUp(
    ids: readonly number[],
    topic: AvroTopic,
    signal?: AbortSignal,
  ): Promise<ReadonlyMap<number, RegisteredSchema>> {
    const subject = subjectOf(this.#prefix, topic);
    const wanted = new Set(ids);
    const found = new Map<number, RegisteredSchema>();
    const take = ({ id, schema, schemaType }: RegisteredVersion): void => {
      if (wanted.has(id)) found.set(id, { schema, schemaType });
    };
    this.#store.versions(subject).forEach(take);
    if (found.size < wanted.size) (await this.#news(subject, signal)).forEach(take);
    return found;
  }

  /** The versions of a subject that are not in the store yet; they are put there. */
  async #news(subject: string, signal: AbortSignal | undefined): Promise<RegisteredVersion[]> {
    const ask = <T>(question: () => Promise<T>): Promise<T> =>
      patiently(question, { ...this.#patience, signal });
    const numbers = await ask(() => this.#registry.versions(subject, signal));
    const unknown = numbers.filter((number) => !this.#store.hasVersion(subject, number));
    const news: RegisteredVersion[] = [];
    for (let start = 0; start < unknown.length; start += PARALLEL) {
      const wave = unknown.slice(start, start + PARALLEL);
      await Promise.all(
        wave.map(async (number) => {
          const version = await ask(() => this.#registry.version(subject, number, signal));
          if (version === undefined) return;
          this.#store.setVersion(subject, number, version);
          news.push(version);
        }),
      );
    }
    // Not kept is only asked again at the next start; at this one's start the file could be written.
    if (news.length > 0) await this.#store.save().catch(() => undefined);
    return news;
  }
}
