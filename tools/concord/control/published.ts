import { readCommitted, type KafkaConnection } from '@concord/kafka';
import type { Logger } from '@concord/runtime';

/** What topic `instruments` holds. */
export interface Published {
  /** 0 when nothing was ever published. */
  version: number;
  digest: string | undefined;
  /** Instruments that are defined, sorted. */
  ids: string[];
}

/** Reads the whole topic: version and digest of the configuration published last, and the ids it defined. */
export async function readPublished(
  kafka: KafkaConnection,
  prefix: string,
  logger: Logger,
): Promise<Published> {
  await using reader = await readCommitted({
    kafka,
    topics: ['instruments'],
    prefix,
    logger,
    from: 'beginning',
    until: 'end',
  });
  const ids = new Set<string>();
  let version = 0;
  let digest: string | undefined;
  for await (const { key, value, headers } of reader) {
    const id = key?.toString() ?? '';
    if (value === null) ids.delete(id);
    else ids.add(id);
    version = Number(headers['config-version'] ?? version);
    digest = headers['config-digest']?.toString() ?? digest;
  }
  return { version, digest, ids: [...ids].sort() };
}
