import { oracleType } from './avsc-oracle.ts';
import { logicalChanges } from './logical-types.ts';
import type { AvroRecord } from './types.ts';

/**
 * Why two versions of a schema are not FULL compatible (each reads what the other wrote); empty when they are. Goes beyond what
 * schema registries check in one thing: they leave logical types out, so that a decimal's scale could change under its readers.
 */
export function incompatibilities(older: AvroRecord, newer: AvroRecord): string[] {
  return [
    ...unreadable(older, newer, 'the newer schema cannot read what the older wrote'),
    ...unreadable(newer, older, 'the older schema cannot read what the newer wrote'),
    ...logicalChanges(older, newer),
  ];
}

function unreadable(writer: AvroRecord, reader: AvroRecord, what: string): string[] {
  try {
    oracleType(reader).createResolver(oracleType(writer));
    return [];
  } catch (error) {
    return [`${what}: ${error instanceof Error ? error.message : String(error)}`];
  }
}
