import avsc from 'avsc';
import type { AvroSchema } from './types.ts';

/**
 * Plain `avsc` with the two logical types, as an independent statement of what the bytes must be. Slow on purpose: decimals go
 * through hexadecimal text, nothing is shared with the code under test.
 */
class DecimalType extends avsc.types.LogicalType {
  readonly #scale: number;

  constructor(schema: avsc.Schema, options?: unknown) {
    super(schema, options);
    this.#scale = (schema as { scale?: number }).scale ?? 0;
  }

  protected override _toValue(value: unknown): Buffer | undefined {
    return typeof value === 'bigint' ? unscaledBytes(value) : undefined;
  }

  protected override _fromValue(value: Buffer): bigint {
    return BigInt.asIntN(value.length * 8, BigInt(`0x${value.toString('hex')}`));
  }

  protected override _resolve(type: avsc.Type): ((value: bigint) => bigint) | undefined {
    return type instanceof DecimalType && type.#scale === this.#scale ? (value) => value : undefined;
  }
}

/** avsc's own longs lose the last bit of negative numbers below -2^52. */
const exactLong = avsc.types.LongType.__with({
  fromBuffer: (buffer: Buffer) => Number(buffer.readBigInt64LE()),
  toBuffer: (value: number) => {
    const buffer = Buffer.alloc(8);
    buffer.writeBigInt64LE(BigInt(value));
    return buffer;
  },
  fromJSON: (value: number) => value,
  toJSON: (value: number) => value,
  isValid: (value: unknown) => Number.isSafeInteger(value),
  compare: (a: number, b: number) => a - b,
});

/** Fewest bytes of two's complement, big-endian, found by trying. */
function unscaledBytes(value: bigint): Buffer {
  for (let bytes = 1; ; bytes++) {
    const bits = bytes * 8;
    if (BigInt.asIntN(bits, value) !== value) continue;
    return Buffer.from(
      BigInt.asUintN(bits, value)
        .toString(16)
        .padStart(bytes * 2, '0'),
      'hex',
    );
  }
}

export function oracleType(schema: AvroSchema): avsc.Type {
  return avsc.Type.forSchema(structuredClone(schema) as never, {
    logicalTypes: { decimal: DecimalType },
    typeHook: (part) => (isMicros(part) ? exactLong : undefined),
    registry: { long: exactLong },
    wrapUnions: 'never',
  });
}

function isMicros(schema: unknown): boolean {
  return (
    typeof schema === 'object' &&
    schema !== null &&
    'logicalType' in schema &&
    schema.logicalType === 'timestamp-micros'
  );
}
