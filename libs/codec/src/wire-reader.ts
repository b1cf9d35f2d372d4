import { MAX_UNSCALED } from '@concord/model';

const SHORT_TEXT = 32;
const TEXT_SLOTS = 4_096;
const WORD_BITS = 64n;
/** decimal(38) needs 127 bits. */
const DECIMAL_BYTES = 16;

/** The bytes are not what the schema says. */
export class Malformed extends Error {}

/**
 * Reads Avro's binary primitives one after another and never beyond the end.
 *
 * Short texts repeat a lot (instrument, source, session), and making a string costs more than all else in a record, so the
 * newest one of each of 4,096 hash slots is kept and handed out again; a new text takes its slot from the old one.
 */
export class WireReader {
  #buffer: Buffer = Buffer.alloc(0);
  #pos = 0;
  #end = 0;
  readonly #texts: string[] = new Array<string>(TEXT_SLOTS).fill('');
  readonly #scratch = new DataView(new ArrayBuffer(8));
  readonly #utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

  begin(buffer: Buffer, offset: number): void {
    this.#buffer = buffer;
    this.#pos = offset;
    this.#end = buffer.length;
  }

  /** Checks that nothing is left over and lets go of the buffer. */
  finish(): void {
    const left = this.#end - this.#pos;
    this.release();
    if (left !== 0) throw new Malformed(`${left} bytes follow the record's end`);
  }

  release(): void {
    this.#buffer = EMPTY;
    this.#end = 0;
  }

  #byte(): number {
    if (this.#pos >= this.#end) throw new Malformed('the bytes end within the record');
    return this.#buffer[this.#pos++] as number;
  }

  /** Index of an enum or union as it is written below 64: doubled. */
  code(): number {
    return this.#byte();
  }

  /** Branch of a union of null and one other type: true when it is the other. */
  present(): boolean {
    const byte = this.#byte();
    if (byte > 2 || byte === 1) throw new Malformed('a union has an index that its schema does not have');
    return byte === 2;
  }

  boolean(): boolean {
    const byte = this.#byte();
    if (byte > 1) throw new Malformed(`a boolean is 0 or 1, not ${byte}`);
    return byte === 1;
  }

  int(): number {
    const value = this.long();
    if ((value | 0) !== value) throw new Malformed(`an int is beyond 32 bits: ${value}`);
    return value;
  }

  /** Refuses integers beyond what a double holds exactly. */
  long(): number {
    let byte = this.#byte();
    let low = byte & 0x7f;
    for (let shift = 7; byte > 0x7f; shift += 7) {
      if (shift === 28) return this.#longTail(low);
      byte = this.#byte();
      low |= (byte & 0x7f) << shift;
    }
    return (low >>> 1) ^ -(low & 1);
  }

  #longTail(low: number): number {
    let byte = this.#byte();
    let high = byte & 0x7f;
    for (let shift = 7; byte > 0x7f; shift += 7) {
      if (shift > 35) throw new Malformed('a long has more than ten bytes');
      byte = this.#byte();
      high += (byte & 0x7f) * 2 ** shift;
    }
    // The zigzag value is high · 2^28 + low; its half, and then its sign, are exact in a double up to 2^53.
    const half = high * 0x800_0000 + (low >>> 1);
    const value = (low & 1) === 0 ? half : -half - 1;
    if (!Number.isSafeInteger(value)) throw new Malformed('a long is beyond 2^53');
    return value;
  }

  /** Index of an enum or union of any size. */
  index(size: number): number {
    const index = this.long();
    if (index < 0 || index >= size) throw new Malformed(`index ${index} of ${size}`);
    return index;
  }

  /** Passes over a long of any value. */
  skipLong(): void {
    for (let left = 10; left > 0; left--) {
      if (this.#byte() < 0x80) return;
    }
    throw new Malformed('a long has more than ten bytes');
  }

  skip(bytes: number): void {
    if (bytes > this.#end - this.#pos) throw new Malformed('the bytes end within the record');
    this.#pos += bytes;
  }

  /** Length of what follows, checked against what is there. */
  length(): number {
    const length = this.long();
    if (length < 0 || length > this.#end - this.#pos) {
      throw new Malformed(`a length of ${length} with ${this.#end - this.#pos} bytes left`);
    }
    return length;
  }

  string(): string {
    const length = this.length();
    const buffer = this.#buffer;
    const start = this.#pos;
    const end = start + length;
    this.#pos = end;
    if (length > SHORT_TEXT) return this.#text(start, end);
    let hash = length;
    for (let i = start; i < end; i++) {
      const byte = buffer[i] as number;
      if (byte > 0x7f) return this.#text(start, end);
      hash = Math.imul(hash ^ byte, 0x0100_0193);
    }
    const slot = (hash ^ (hash >>> 15)) & (TEXT_SLOTS - 1);
    const known = this.#texts[slot] as string;
    if (known.length === length && matches(buffer, start, known)) return known;
    const text = buffer.toString('latin1', start, end);
    this.#texts[slot] = text;
    return text;
  }

  #text(start: number, end: number): string {
    try {
      return this.#utf8.decode(this.#buffer.subarray(start, end));
    } catch {
      throw new Malformed('a string is not UTF-8');
    }
  }

  /** A copy, so that it does not hold on to the batch it came in. */
  bytes(): Buffer {
    const length = this.length();
    const start = this.#pos;
    this.#pos = start + length;
    return Buffer.from(this.#buffer.subarray(start, this.#pos));
  }

  /** Number of items in an array's next block; 0 ends the array. */
  block(): number {
    let count = this.long();
    if (count < 0) {
      count = -count;
      this.length();
    }
    if (count > this.#end - this.#pos)
      throw new Malformed(`${count} items with ${this.#end - this.#pos} bytes left`);
    return count;
  }

  decimal(): bigint {
    const length = this.length();
    let pos = this.#pos;
    this.#pos = pos + length;
    if (length === 0) throw new Malformed('a decimal without bytes');
    if (length > 8) return this.#wideDecimal(pos, length);
    const buffer = this.#buffer;
    const sign = ((buffer[pos] as number) << 24) >> 31;
    let high = sign;
    let low = sign;
    for (let left = length; left > 0; left--) {
      if (left > 4) high = (high << 8) | (buffer[pos++] as number);
      else low = (low << 8) | (buffer[pos++] as number);
    }
    this.#scratch.setInt32(0, high);
    this.#scratch.setInt32(4, low);
    return this.#scratch.getBigInt64(0);
  }

  #wideDecimal(start: number, length: number): bigint {
    if (length > DECIMAL_BYTES) throw new Malformed(`a decimal of ${length} bytes is beyond 38 digits`);
    const buffer = this.#buffer;
    let high = BigInt(buffer.readInt8(start));
    const lowStart = start + length - 8;
    for (let i = start + 1; i < lowStart; i++) high = (high << 8n) | BigInt(buffer[i] as number);
    const value = (high << WORD_BITS) | buffer.readBigUInt64BE(lowStart);
    if (value > MAX_UNSCALED || value < -MAX_UNSCALED) throw new Malformed('a decimal is beyond 38 digits');
    return value;
  }
}

const EMPTY = Buffer.alloc(0);

function matches(buffer: Buffer, start: number, text: string): boolean {
  for (let i = 0; i < text.length; i++) {
    if (buffer[start + i] !== text.charCodeAt(i)) return false;
  }
  return true;
}
