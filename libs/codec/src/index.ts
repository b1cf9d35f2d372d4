export {
  AVRO_TOPICS,
  Codec,
  numberedCodec,
  type DecodeCode,
  type DecodeResult,
  type SchemaSource,
} from './codec.ts';
export { createCodec, subjectOf, type CodecOptions } from './create-codec.ts';
export { EncodeError, RegistryError, type RegistryErrorCode } from './errors.ts';
export { toJson, type Json } from './json-output.ts';
export * from './marker-reading.ts';
export * from './markers.ts';
export type { Pacing } from './pacing.ts';
export * from './records.generated.ts';
export {
  HttpRegistry,
  type HttpRegistryOptions,
  type RegisteredSchema,
  type RegisteredVersion,
  type SchemaRegistry,
} from './registry.ts';
export { SCHEMAS } from './schemas.generated.ts';
