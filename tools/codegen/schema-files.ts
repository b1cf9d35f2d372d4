import { readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { generateFields } from './fields.ts';
import { generateTypes, type AvroRecord } from './types.ts';
import { generateSchemas, generateWire } from './wire.ts';

export const repositoryRoot = join(import.meta.dirname, '../..');

const GENERATED: Record<string, (schemas: ReadonlyMap<string, AvroRecord>) => string> = {
  'docs/fields.md': generateFields,
  'libs/codec/src/records.generated.ts': generateTypes,
  'libs/codec/src/schemas.generated.ts': generateSchemas,
  'libs/codec/src/wire.generated.ts': generateWire,
};

/** Reads `schemas/`, returns topic → schema sorted by topic. */
export function readSchemas(): Map<string, AvroRecord> {
  const names = readdirSync(join(repositoryRoot, 'schemas'))
    .filter((name) => name.endsWith('.avsc'))
    .sort();
  return new Map(
    names.map((name) => [
      name.slice(0, -'.avsc'.length),
      JSON.parse(readFileSync(join(repositoryRoot, 'schemas', name), 'utf8')) as AvroRecord,
    ]),
  );
}

/** Generated files whose content is not what the schemas say, as paths from the repository's root. */
export function outdatedFiles(): string[] {
  const schemas = readSchemas();
  return Object.entries(GENERATED)
    .filter(([path, generate]) => readText(join(repositoryRoot, path)) !== generate(schemas))
    .map(([path]) => path);
}

/** True when every generated file on disk is what the schemas say. */
export function isCurrent(): boolean {
  return outdatedFiles().length === 0;
}

/** Writes the generated files and returns their paths from the repository's root. */
export function writeGenerated(): string[] {
  const schemas = readSchemas();
  for (const [path, generate] of Object.entries(GENERATED))
    writeFileSync(join(repositoryRoot, path), generate(schemas));
  return Object.keys(GENERATED);
}

function readText(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}
