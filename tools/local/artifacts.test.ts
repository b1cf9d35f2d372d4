import { expect, test } from 'vitest';
import { fileNameOf, parseCoordinates, pinnedArtifacts, repositoryPathOf } from './artifacts.ts';
import { copyProject } from './maven.ts';

test('an artifact stands in a repository under its group, name and version', () => {
  expect(repositoryPathOf(parseCoordinates('org.apache.kafka:kafka_2.13:4.4.0'))).toBe(
    'org/apache/kafka/kafka_2.13/4.4.0/kafka_2.13-4.4.0.jar',
  );
  expect(fileNameOf(parseCoordinates('a.b:app:1.0:tar.gz:all'))).toBe('app-1.0-all.tar.gz');
});

test.each(['', 'a:b', 'a:b:1:jar:all:more'])('%j is refused as coordinates', (text) => {
  expect(() => parseCoordinates(text)).toThrow(RangeError);
});

test('every pinned file has a whole hash and a name of its own', () => {
  const { kafka, registry, redis, javaClient, wheels } = pinnedArtifacts();
  const artifacts = [...kafka, ...registry, ...redis, ...javaClient];
  const files = Object.values(wheels).flatMap((wheel) => Object.values(wheel.files));
  for (const { sha256 } of [...artifacts, ...files]) expect(sha256).toMatch(/^[0-9a-f]{64}$/);
  const names = artifacts.map(({ artifact }) => fileNameOf(parseCoordinates(artifact)));
  expect(new Set(names).size).toBe(names.length);
});

test('Maven is asked for the pinned artifacts and nothing they depend on', () => {
  const project = copyProject([{ artifact: 'g.h:app:1.0:tar.gz:all', sha256: '' }], '/folder & more');
  expect(project).toContain(
    '<artifactItem><groupId>g.h</groupId><artifactId>app</artifactId><version>1.0</version><type>tar.gz</type><classifier>all</classifier></artifactItem>',
  );
  expect(project).toContain('<outputDirectory>/folder &amp; more</outputDirectory>');
  expect(project).not.toContain('<dependency>');
});
