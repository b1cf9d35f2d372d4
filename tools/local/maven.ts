import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  fileNameOf,
  parseCoordinates,
  repositoryPathOf,
  type Coordinates,
  type PinnedArtifact,
} from './artifacts.ts';
import { lastLine, runCommand } from './command.ts';
import { downloadFile } from './download.ts';
import { findProgram } from './environment.ts';
import { LocalPartsError } from './errors.ts';
import { loadNpmPackage } from './npm-tool.ts';
import { configuredMavenRepository } from './sources.ts';
import { verifyFile, type FetchContext } from './store.ts';

/** Says where a file of the central repository is; installed only on machines without Maven. */
const LOCATOR = { name: 'mvn-artifact-url', version: '6.1.2' };
const PARALLEL_MAX = 6;

/**
 * Brings the artifacts into `folder`, each under its own file name and with the hash that was pinned for it. Maven does it when it is there, with
 * the mirrors and proxies of its settings; otherwise they are downloaded one by one.
 */
export async function fetchArtifacts(
  context: FetchContext,
  artifacts: readonly PinnedArtifact[],
  folder: string,
  scratch: string,
): Promise<void> {
  const maven = findProgram('mvn');
  if (maven === undefined) return downloadArtifacts(context, artifacts, folder);
  await copyWithMaven(context, maven, artifacts, folder, scratch);
  for (const { artifact, sha256 } of artifacts) {
    await verifyFile(join(folder, fileNameOf(parseCoordinates(artifact))), sha256);
  }
}

async function downloadArtifacts(
  context: FetchContext,
  artifacts: readonly PinnedArtifact[],
  folder: string,
): Promise<void> {
  const addressOf = await locator(context);
  const waiting = [...artifacts];
  const download = async (): Promise<void> => {
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
      const coordinates = parseCoordinates(next.artifact);
      const path = join(folder, fileNameOf(coordinates));
      await downloadFile(await addressOf(coordinates), path, next.sha256, context.signal);
    }
  };
  const workers = Array.from({ length: PARALLEL_MAX }, () =>
    download().catch((error: unknown) => {
      // The other workers finish what they have begun and take no more.
      waiting.length = 0;
      throw error;
    }),
  );
  for (const worker of await Promise.allSettled(workers))
    if (worker.status === 'rejected') throw worker.reason;
}

type Locator = (coordinates: Coordinates) => Promise<string>;

async function locator(context: FetchContext): Promise<Locator> {
  const repository = configuredMavenRepository();
  if (repository !== undefined) {
    return (coordinates) => Promise.resolve(new URL(repositoryPathOf(coordinates), repository).href);
  }
  const loaded = (await loadNpmPackage(context, LOCATOR.name, LOCATOR.version)) as {
    default: (artifact: Record<string, unknown>) => Promise<string>;
  };
  return ({ group, name, version, extension, classifier }) =>
    loaded.default({ groupId: group, artifactId: name, version, extension, classifier });
}

/** Names each artifact by itself: nothing is resolved beyond the list, so what runs is exactly what was pinned. */
export function copyProject(artifacts: readonly PinnedArtifact[], folder: string): string {
  const items = artifacts.map(({ artifact }) => {
    const { group, name, version, extension, classifier } = parseCoordinates(artifact);
    const classified = classifier === undefined ? '' : `<classifier>${classifier}</classifier>`;
    return `<artifactItem><groupId>${group}</groupId><artifactId>${name}</artifactId><version>${version}</version><type>${extension}</type>${classified}</artifactItem>`;
  });
  return `<project xmlns="http://maven.apache.org/POM/4.0.0">
<modelVersion>4.0.0</modelVersion><groupId>concord</groupId><artifactId>local-parts</artifactId><version>1</version><packaging>pom</packaging>
<build><plugins><plugin><groupId>org.apache.maven.plugins</groupId><artifactId>maven-dependency-plugin</artifactId>
<configuration><outputDirectory>${escapeXml(folder)}</outputDirectory><artifactItems>
${items.join('\n')}
</artifactItems></configuration></plugin></plugins></build></project>
`;
}

function escapeXml(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}

async function copyWithMaven(
  context: FetchContext,
  maven: string,
  artifacts: readonly PinnedArtifact[],
  folder: string,
  scratch: string,
): Promise<void> {
  writeFileSync(join(scratch, 'pom.xml'), copyProject(artifacts, folder));
  const result = await runCommand(maven, ['-q', '-B', 'dependency:copy'], {
    cwd: scratch,
    signal: context.signal,
  });
  if (result.code === 0) return;
  throw new LocalPartsError('FETCH_FAILED', `Maven could not fetch the parts: ${lastLine(result.output)}`);
}
