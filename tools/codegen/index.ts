export { incompatibilities } from './compatibility.ts';
export { readHistory } from './history.ts';
export { isCurrent, outdatedFiles, readSchemas } from './schema-files.ts';
export { generateTypes, type AvroField, type AvroRecord, type AvroSchema } from './types.ts';
export { generateSchemas, generateWire } from './wire.ts';
