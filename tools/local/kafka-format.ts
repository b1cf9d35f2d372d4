import { randomUUID } from 'node:crypto';
import { cpSync, existsSync, mkdirSync, renameSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { lastLine, runCommand } from './command.ts';
import { LocalPartsError } from './errors.ts';
import { JAVA_ENV, type Java } from './java.ts';
import { brokerData, brokerProperties, propertiesText } from './kafka-settings.ts';
import { makeOnce, type FetchContext } from './store.ts';

/** The same for all clusters here: each lives on loopback ports and in a folder of its own. */
const CLUSTER_ID = 'concord-local-cluster0';
const META = 'meta.properties';

/**
 * What Kafka's formatter writes into a new folder (the feature levels of the release) is the same for each, so it runs once and is copied; that saves
 * each first start a second. Resolves to the folder to copy from.
 */
export function formatTemplate(
  context: FetchContext,
  java: Java,
  jars: string,
  log: string,
): Promise<string> {
  return makeOnce(context, `${basename(jars)}-format`, async (draft) => {
    const settings = join(draft, 'format.properties');
    // No broker will listen there: the ports only complete the settings.
    const cluster = { dir: draft, ports: [{ client: 1, controller: 2 }], settings: {} };
    writeFileSync(settings, propertiesText(brokerProperties(cluster, 0)));
    const jvm = ['-Xmx128m', '-XX:TieredStopAtLevel=1', `-Dlog4j2.configurationFile=${log}`];
    const format = ['kafka.tools.StorageTool', 'format', '-t', CLUSTER_ID, '-c', settings];
    const result = await runCommand(
      java.program,
      [...jvm, `-Dconcord.log=${join(draft, 'format.log')}`, '-cp', join(jars, '*'), ...format],
      { signal: context.signal, env: JAVA_ENV },
    );
    if (result.code === 0 && existsSync(join(brokerData(draft, 0), META))) return;
    throw new LocalPartsError(
      'PART_NOT_STARTED',
      `Kafka could not format a folder: ${lastLine(result.output)}`,
    );
  });
}

/** Makes a broker's folder one of this cluster; a folder that is one already stays as it is. */
export function formatBroker(template: string, dir: string, index: number): void {
  const data = brokerData(dir, index);
  const meta = join(data, META);
  if (existsSync(meta)) return;
  mkdirSync(data, { recursive: true });
  cpSync(brokerData(template, 0), data, {
    recursive: true,
    filter: (source) => basename(source) !== META,
  });
  const draft = `${meta}.draft`;
  writeFileSync(
    draft,
    propertiesText({
      version: '1',
      'cluster.id': CLUSTER_ID,
      'node.id': String(index + 1),
      'directory.id': Buffer.from(randomUUID().replaceAll('-', ''), 'hex').toString('base64url'),
    }),
  );
  // Last and in one step: a folder with this file is a finished one.
  renameSync(draft, meta);
}
