import { MAX_UNSCALED } from '@concord/model';
import fc from 'fast-check';
import type { AvroSchema } from './types.ts';

/** Values where the width of an encoding changes. */
const EDGES = [
  0n,
  6n,
  7n,
  8n,
  13n,
  14n,
  15n,
  16n,
  23n,
  24n,
  27n,
  28n,
  29n,
  31n,
  32n,
  33n,
  34n,
  35n,
  40n,
  48n,
  52n,
]
  .flatMap((bits) => [(1n << bits) - 1n, 1n << bits, (1n << bits) + 1n])
  .flatMap((edge) => [edge, -edge]);

const WIDE_EDGES = [55n, 56n, 63n, 64n, 71n, 72n, 96n, 120n, 126n]
  .flatMap((bits) => [(1n << bits) - 1n, 1n << bits, (1n << bits) + 1n])
  .flatMap((edge) => [edge, -edge])
  .concat(MAX_UNSCALED, -MAX_UNSCALED)
  .filter((edge) => edge <= MAX_UNSCALED && edge >= -MAX_UNSCALED);

const longs = fc.oneof(
  fc.maxSafeInteger(),
  fc.integer(),
  fc.constantFrom(...EDGES.map(Number), Number.MAX_SAFE_INTEGER, Number.MIN_SAFE_INTEGER),
);

const decimals = fc.oneof(
  fc.bigInt({ min: -MAX_UNSCALED, max: MAX_UNSCALED }),
  fc.bigInt({ min: -(10n ** 19n), max: 10n ** 19n }),
  fc.constantFrom(...EDGES, ...WIDE_EDGES),
);

const PRIMITIVES: Record<string, fc.Arbitrary<unknown>> = {
  null: fc.constant(null),
  boolean: fc.boolean(),
  int: fc.oneof(fc.integer(), fc.constantFrom(2 ** 31 - 1, -(2 ** 31))),
  long: longs,
  string: fc.oneof(
    fc.string({ unit: 'grapheme-ascii', maxLength: 80 }),
    fc.string({ unit: 'binary', maxLength: 80 }),
    fc.constantFrom('', '\ufeffmarked', 'é'.repeat(40), 'x'.repeat(5_000)),
  ),
  bytes: fc.uint8Array({ maxLength: 300 }).map((bytes) => Buffer.from(bytes)),
};

type Arbitraries = Map<string, fc.Arbitrary<unknown>>;

/** Records of a schema: every branch, every symbol, empty and filled arrays, numbers at the edges of their encodings. */
export function arbitraryOf(schema: AvroSchema, named: Arbitraries = new Map()): fc.Arbitrary<unknown> {
  if (Array.isArray(schema)) return fc.oneof(...schema.map((branch) => arbitraryOf(branch, named)));
  if (typeof schema === 'string') return named.get(schema) ?? (PRIMITIVES[schema] as fc.Arbitrary<unknown>);
  if ('logicalType' in schema)
    return schema.logicalType === 'decimal' ? decimals : arbitraryOf(schema.type, named);
  if (schema.type === 'array') return fc.array(arbitraryOf(schema.items, named), { maxLength: 4 });
  const arbitrary =
    schema.type === 'enum'
      ? fc.constantFrom(...schema.symbols)
      : fc.record(
          Object.fromEntries(
            schema.fields.map(({ name, type }) => [name, arbitraryOf(type, named)] as const),
          ),
          { noNullPrototype: true },
        );
  named.set(schema.name, arbitrary);
  return arbitrary;
}
