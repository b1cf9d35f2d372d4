import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { incompatibilities } from './compatibility.ts';
import { readSchemas, repositoryRoot } from './schema-files.ts';
import type { AvroRecord } from './types.ts';

const root = join(repositoryRoot, 'schemas/history');

/** Released versions of each topic's schema, oldest first, from `schemas/history/<topic>/<n>.avsc`. */
export function readHistory(): Map<string, AvroRecord[]> {
  const topics = readdirSync(root, { withFileTypes: true }).filter((entry) => entry.isDirectory());
  return new Map(topics.map(({ name }) => [name, versionsOf(name)]));
}

function versionsOf(topic: string): AvroRecord[] {
  const numbers = readdirSync(join(root, topic)).map((name) => Number(/^(\d+)\.avsc$/.exec(name)?.[1]));
  return numbers
    .sort((a, b) => a - b)
    .map((number, index) => {
      if (number !== index + 1)
        throw new Error(`schemas/history/${topic} must hold 1.avsc, 2.avsc, … and nothing else.`);
      return JSON.parse(readFileSync(join(root, topic, `${number}.avsc`), 'utf8')) as AvroRecord;
    });
}

/**
 * Adds every current schema that is not yet the newest version of its topic, and returns the paths written. Throws when one is
 * not compatible with all that were released before.
 */
export function releaseSchemas(): string[] {
  const history = readHistory();
  const written: string[] = [];
  for (const [topic, schema] of readSchemas()) {
    const versions = history.get(topic) ?? [];
    const newest = versions.at(-1);
    if (newest !== undefined && JSON.stringify(newest) === JSON.stringify(schema)) continue;
    for (const version of versions) {
      const [problem] = incompatibilities(version, schema);
      if (problem !== undefined) throw new Error(`${topic} cannot be released: ${problem}`);
    }
    const path = join(root, topic, `${versions.length + 1}.avsc`);
    mkdirSync(join(root, topic), { recursive: true });
    writeFileSync(path, readFileSync(join(repositoryRoot, 'schemas', `${topic}.avsc`)));
    written.push(path);
  }
  return written;
}
