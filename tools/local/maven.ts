import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileNameOf, parseCoordinates, type PinnedArtifact } from './artifacts.ts';
import { lastLine, runCommand } from './command.ts';
import { findProgram } from './environment.ts';
import { LocalPartsError } from './errors.ts';
import { verifyFile, type FetchContext } from './store.ts';

/**
 * Brings the artifacts into `folder`, each under its own file name and with the hash that was pinned for it. Maven does it when it is there, with
 * the mirrors and proxies of its settings.
 */
export async function fetchArtifacts(
  context: FetchContext,
  artifacts: readonly PinnedArtifact[],
  folder: string,
): Promise<void> {
  const maven = findProgram('mvn');
  if (maven === undefined) {
    throw new LocalPartsError('PREREQUISITE_MISSING', 'Maven is needed: apt-get install -y maven');
  }
  await copyWithMaven(context, maven, artifacts, folder);
  for (const { artifact, sha256 } of artifacts) {
    await verifyFile(join(folder, fileNameOf(parseCoordinates(artifact))), sha256);
  }
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
): Promise<void> {
  const project = `${folder}.maven`;
  mkdirSync(project, { recursive: true });
  writeFileSync(join(project, 'pom.xml'), copyProject(artifacts, folder));
  const result = await runCommand(maven, ['-q', '-B', 'dependency:copy'], {
    cwd: project,
    signal: context.signal,
  });
  if (result.code === 0) return;
  throw new LocalPartsError('FETCH_FAILED', `Maven could not fetch the parts: ${lastLine(result.output)}`);
}
