import { createHash } from 'node:crypto';
import { readdirSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { pinnedArtifacts } from './artifacts.ts';
import { findJava } from './java.ts';
import { fetchKafkaJars } from './kafka.ts';
import { fetchArtifacts } from './maven.ts';
import { makeOnce, type FetchContext } from './store.ts';

/** What a Java program that reads topics is compiled and run with. */
export interface JavaClientKit {
  /** The `java` program; a runtime without a compiler is enough. */
  readonly java: string;
  /** Jars of Kafka's client, Avro, what they need, and Eclipse's compiler: neither a wheel's Java nor a server's has one. */
  readonly classPath: string;
}

/**
 * Finds or fetches what a Java consumer of the topics is made of: 4 MB beside the broker's jars.
 * @throws LocalPartsError PREREQUISITE_MISSING, FETCH_FAILED, HASH_MISMATCH
 */
export async function prepareJavaClient(context: FetchContext): Promise<JavaClientKit> {
  const { javaClient } = pinnedArtifacts();
  const pinned = createHash('sha256').update(JSON.stringify(javaClient)).digest('hex').slice(0, 12);
  const fetching = makeOnce(context, `java-client-${pinned}`, async (folder, scratch) => {
    context.onProgress('fetching Avro and a compiler for Java (4 MB)');
    await fetchArtifacts(context, javaClient, folder, scratch);
  });
  const [java, ...folders] = await Promise.all([findJava(context), fetchKafkaJars(context), fetching]);
  const jars = folders.flatMap((folder) => readdirSync(folder).map((name) => join(folder, name)));
  return { java: java.program, classPath: jars.filter((path) => path.endsWith('.jar')).join(delimiter) };
}
