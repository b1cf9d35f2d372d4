import { MAX_UNSCALED } from '@concord/model';

const SLAB_BYTES = 65_536;
const SHORT_TEXT = 48;
const WORD_BITS = 64n;

/**
 * Thrown by the primitives below when a value does not fit its schema. It carries nothing: the codec then looks the value up
 * field by field to say which one it was (`findFault`), so that the fast path pays for no paths and messages.
 */
export class Misfit extends Error {}

/**
 * Writes Avro's binary primitives one after another. Finished records are handed out as views of a shared slab that is never
 * written again at that place, so that no record is copied; a slab is freed when the last of its records is.
 */
export class WireWriter {
  #buffer: Buffer = Buffer.allocUnsafeSlow(SLAB_BYTES);
  #start = 0;
  #pos = 0;
  readonly #scratch = new DataView(new ArrayBuffer(16));

  /** Starts a value with Confluent's five bytes: magic 0 and the schema id, big-endian. */
  begin(schemaId: number): void {
    this.#pos = this.#start;
    this.#reserve(5);
    const buffer = this.#buffer;
    buffer[this.#pos] = 0;
    buffer[this.#pos + 1] = schemaId >>> 24;
    buffer[this.#pos + 2] = schemaId >>> 16;
    buffer[this.#pos + 3] = schemaId >>> 8;
    buffer[this.#pos + 4] = schemaId;
    this.#pos += 5;
  }

  /** The bytes written since `begin`. */
  finish(): Buffer {
    const bytes = this.#buffer.subarray(this.#start, this.#pos);
    this.#start = this.#pos;
    return bytes;
  }

  #reserve(bytes: number): void {
    if (this.#pos + bytes > this.#buffer.length) this.#extend(bytes);
  }

  #extend(bytes: number): void {
    const written = this.#pos - this.#start;
    const needed = written + bytes;
    const slab = Buffer.allocUnsafeSlow(needed > SLAB_BYTES / 4 ? needed * 2 : SLAB_BYTES);
    this.#buffer.copy(slab, 0, this.#start, this.#pos);
    this.#buffer = slab;
    this.#start = 0;
    this.#pos = written;
  }

  /** One byte as it is: an enum's or a union's index below 64, already doubled. */
  code(byte: number): void {
    this.#reserve(1);
    this.#buffer[this.#pos++] = byte;
  }

  boolean(value: boolean): void {
    if (typeof value !== 'boolean') throw new Misfit();
    this.code(value ? 1 : 0);
  }

  int(value: number): void {
    if ((value | 0) !== value) throw new Misfit();
    this.#reserve(5);
    this.#varint((value << 1) ^ (value >> 31));
  }

  /** An integer that a double holds exactly. */
  long(value: number): void {
    if (!Number.isSafeInteger(value)) throw new Misfit();
    this.#reserve(10);
    if (value >= -0x4000_0000 && value < 0x4000_0000) {
      this.#varint((value << 1) ^ (value >> 31));
      return;
    }
    const high = Math.floor(value / 0x1_0000_0000);
    const low = value | 0;
    const sign = high >> 31;
    const zigzagLow = (low << 1) ^ sign;
    const zigzagHigh = ((high << 1) | (low >>> 31)) ^ sign;
    if (zigzagHigh === 0) {
      this.#varint(zigzagLow);
      return;
    }
    const buffer = this.#buffer;
    let pos = this.#pos;
    buffer[pos++] = (zigzagLow & 0x7f) | 0x80;
    buffer[pos++] = ((zigzagLow >>> 7) & 0x7f) | 0x80;
    buffer[pos++] = ((zigzagLow >>> 14) & 0x7f) | 0x80;
    buffer[pos++] = ((zigzagLow >>> 21) & 0x7f) | 0x80;
    this.#pos = pos;
    const middle = (zigzagLow >>> 28) | ((zigzagHigh & 0x7) << 4);
    const rest = zigzagHigh >>> 3;
    if (rest === 0) {
      buffer[this.#pos++] = middle;
      return;
    }
    buffer[this.#pos++] = middle | 0x80;
    this.#varint(rest);
  }

  /** `value` is an unsigned 32-bit pattern; room for five bytes is reserved by the caller. */
  #varint(value: number): void {
    const buffer = this.#buffer;
    let pos = this.#pos;
    let rest = value >>> 0;
    while (rest > 0x7f) {
      buffer[pos++] = (rest & 0x7f) | 0x80;
      rest >>>= 7;
    }
    buffer[pos++] = rest;
    this.#pos = pos;
  }

  string(value: string): void {
    if (typeof value !== 'string') throw new Misfit();
    const length = value.length;
    if (length > SHORT_TEXT) return this.#longString(value);
    this.#reserve(length + 1);
    const buffer = this.#buffer;
    let pos = this.#pos + 1;
    for (let i = 0; i < length; i++) {
      const unit = value.charCodeAt(i);
      if (unit > 0x7f) return this.#longString(value);
      buffer[pos++] = unit;
    }
    buffer[this.#pos] = length << 1;
    this.#pos = pos;
  }

  #longString(value: string): void {
    const length = Buffer.byteLength(value, 'utf8');
    this.#reserve(length + 5);
    this.#varint(length << 1);
    this.#buffer.write(value, this.#pos, length, 'utf8');
    this.#pos += length;
  }

  bytes(value: Uint8Array): void {
    if (!(value instanceof Uint8Array)) throw new Misfit();
    this.#reserve(value.length + 5);
    this.#varint(value.length << 1);
    this.#buffer.set(value, this.#pos);
    this.#pos += value.length;
  }

  /** Number of items of an array's only block; the caller writes the items and then `code(0)`. */
  count(items: number): void {
    this.long(items);
  }

  /** Two's complement, big-endian, as few bytes as hold it: what Java's `BigInteger.toByteArray` gives. */
  decimal(value: bigint): void {
    if (typeof value !== 'bigint') throw new Misfit();
    if (BigInt.asIntN(64, value) !== value) return this.#wideDecimal(value);
    this.#reserve(10);
    this.#scratch.setBigInt64(0, value);
    const high = this.#scratch.getInt32(0);
    const low = this.#scratch.getInt32(4);
    const buffer = this.#buffer;
    let pos = this.#pos;
    if (high === low >> 31) {
      const bytes = (40 - Math.clz32(low ^ (low >> 31))) >>> 3;
      buffer[pos++] = bytes << 1;
      for (let shift = (bytes - 1) << 3; shift >= 0; shift -= 8) buffer[pos++] = low >>> shift;
    } else {
      const bytes = (40 - Math.clz32(high ^ (high >> 31))) >>> 3;
      buffer[pos++] = (bytes + 4) << 1;
      for (let shift = (bytes - 1) << 3; shift >= 0; shift -= 8) buffer[pos++] = high >>> shift;
      buffer[pos++] = low >>> 24;
      buffer[pos++] = low >>> 16;
      buffer[pos++] = low >>> 8;
      buffer[pos++] = low;
    }
    this.#pos = pos;
  }

  #wideDecimal(value: bigint): void {
    if (value > MAX_UNSCALED || value < -MAX_UNSCALED) throw new Misfit();
    this.#reserve(17);
    const scratch = this.#scratch;
    scratch.setBigInt64(0, value >> WORD_BITS);
    scratch.setBigInt64(8, value);
    const filler = value < 0n ? 0xff : 0;
    let first = 0;
    while (scratch.getUint8(first) === filler && (scratch.getUint8(first + 1) ^ filler) < 0x80) first++;
    this.#buffer[this.#pos++] = (16 - first) << 1;
    for (let i = first; i < 16; i++) this.#buffer[this.#pos++] = scratch.getUint8(i);
  }
}
