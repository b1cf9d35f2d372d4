/** Numbers of the Kafka protocol that take as many bytes as they need: zigzag, then groups of seven bits, lowest first. */

const INT_BITS = 30;

/** Whether zigzag of `value` stays within 31 bits, so that bit operations hold it. */
function isSmall(value: number): boolean {
  return value >= -(2 ** INT_BITS) && value < 2 ** INT_BITS;
}

function bigZigZag(value: number): bigint {
  return value >= 0 ? 2n * BigInt(value) : -2n * BigInt(value) - 1n;
}

/** Bytes that `value`, a safe integer, takes. */
export function varIntSize(value: number): number {
  let bytes = 1;
  if (!isSmall(value)) {
    for (let rest = bigZigZag(value) >> 7n; rest > 0n; rest >>= 7n) bytes++;
    return bytes;
  }
  for (let rest = ((value << 1) ^ (value >> 31)) >>> 7; rest > 0; rest >>>= 7) bytes++;
  return bytes;
}

/** Writes `value`, a safe integer, and returns the position after it. */
export function writeVarInt(target: Buffer, position: number, value: number): number {
  let next = position;
  if (!isSmall(value)) {
    let rest = bigZigZag(value);
    for (; rest > 0x7fn; rest >>= 7n) target[next++] = Number(rest & 0x7fn) | 0x80;
    target[next++] = Number(rest);
    return next;
  }
  let rest = ((value << 1) ^ (value >> 31)) >>> 0;
  for (; rest > 0x7f; rest >>>= 7) target[next++] = (rest & 0x7f) | 0x80;
  target[next++] = rest;
  return next;
}

/** Reads one number after the other. Beyond the end it reads `undefined`s, which `position` shows. */
export class VarIntReader {
  readonly source: Buffer;
  position: number;

  constructor(source: Buffer, position: number) {
    this.source = source;
    this.position = position;
  }

  /** A number of at most 32 bits: lengths, counts, distances of offsets. */
  int(): number {
    let result = 0;
    let shift = 0;
    for (;;) {
      const byte = this.source[this.position++] ?? 0;
      result |= (byte & 0x7f) << shift;
      if (byte < 0x80) return (result >>> 1) ^ -(result & 1);
      shift += 7;
    }
  }

  /** A number of at most 64 bits. */
  long(): number | bigint {
    const from = this.position;
    let result = 0;
    for (let shift = 0; shift < 28; shift += 7) {
      const byte = this.source[this.position++] ?? 0;
      result |= (byte & 0x7f) << shift;
      if (byte < 0x80) return (result >>> 1) ^ -(result & 1);
    }
    this.position = from;
    return this.#big();
  }

  #big(): bigint {
    let result = 0n;
    for (let shift = 0n; ; shift += 7n) {
      const byte = this.source[this.position++] ?? 0;
      result |= BigInt(byte & 0x7f) << shift;
      if (byte < 0x80) return BigInt.asIntN(64, (result >> 1n) ^ -(result & 1n));
    }
  }
}
