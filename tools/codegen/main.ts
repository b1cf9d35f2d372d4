import { readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { generateTypes, type AvroRecord } from './types.ts';

const root = join(import.meta.dirname, '../..');
const target = join(root, 'libs/codec/src/records.generated.ts');

/** Reads `schemas/`, returns topic → schema sorted by topic. */
export function readSchemas(): Map<string, AvroRecord> {
  const names = readdirSync(join(root, 'schemas'))
    .filter((name) => name.endsWith('.avsc'))
    .sort();
  return new Map(
    names.map((name) => [
      name.slice(0, -'.avsc'.length),
      JSON.parse(readFileSync(join(root, 'schemas', name), 'utf8')) as AvroRecord,
    ]),
  );
}

/** True when the generated file on disk is what the schemas say. */
export function isCurrent(): boolean {
  return readFileSync(target, 'utf8') === generateTypes(readSchemas());
}

if (import.meta.main) {
  writeFileSync(target, generateTypes(readSchemas()));
  process.stdout.write(`wrote ${target}\n`);
}
