export { generateTypes, type AvroField, type AvroRecord, type AvroSchema } from './types.ts';
export { generateSchemas, generateWire } from './wire.ts';
export { isCurrent, outdatedFiles, readSchemas } from './schema-files.ts';
