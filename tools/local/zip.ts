import { chmodSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, relative, resolve } from 'node:path';
import { inflateRawSync } from 'node:zlib';

export interface ZipEntry {
  readonly name: string;
  /** Unix permission bits, 0 when the archive was made where there are none. */
  readonly mode: number;
  read(): Buffer;
}

const END_SIGNATURE = 0x06054b50;
const ENTRY_SIGNATURE = 0x02014b50;
const END_BYTES = 22;
const COMMENT_BYTES_MAX = 65_535;
const STORED = 0;
const DEFLATED = 8;

/**
 * The entries of a zip archive (wheels and jars are such), in the order of its directory. Zip64, encryption and other methods than deflate occur in
 * neither and are refused. Format: PKWARE APPNOTE 6.3.
 * @throws RangeError when the bytes are not a whole archive
 */
export function readZip(bytes: Buffer): ZipEntry[] {
  const end = findEnd(bytes);
  const count = bytes.readUInt16LE(end + 10);
  let at = bytes.readUInt32LE(end + 16);
  const entries: ZipEntry[] = [];
  for (let index = 0; index < count; index += 1) {
    if (bytes.readUInt32LE(at) !== ENTRY_SIGNATURE)
      throw new RangeError(`zip: no directory entry at byte ${at}`);
    const method = bytes.readUInt16LE(at + 10);
    const packed = bytes.readUInt32LE(at + 20);
    const nameLength = bytes.readUInt16LE(at + 28);
    const extraLength = bytes.readUInt16LE(at + 30) + bytes.readUInt16LE(at + 32);
    const name = bytes.toString('utf8', at + 46, at + 46 + nameLength);
    const offset = bytes.readUInt32LE(at + 42);
    entries.push({
      name,
      mode: (bytes.readUInt32LE(at + 38) >>> 16) & 0o777,
      read: () => unpack(bytes, offset, packed, method, name),
    });
    at += 46 + nameLength + extraLength;
  }
  return entries;
}

function findEnd(bytes: Buffer): number {
  const lowest = Math.max(0, bytes.length - END_BYTES - COMMENT_BYTES_MAX);
  for (let at = bytes.length - END_BYTES; at >= lowest; at -= 1) {
    if (bytes.readUInt32LE(at) === END_SIGNATURE) return at;
  }
  throw new RangeError('zip: no end of the directory; the file is cut off or no zip archive');
}

function unpack(bytes: Buffer, offset: number, packed: number, method: number, name: string): Buffer {
  const start = offset + 30 + bytes.readUInt16LE(offset + 26) + bytes.readUInt16LE(offset + 28);
  const content = bytes.subarray(start, start + packed);
  if (method === STORED) return content;
  if (method === DEFLATED) return inflateRawSync(content);
  throw new RangeError(`zip: ${name} is packed by method ${method}, which is not supported`);
}

/** Writes the entries that `wanted` chooses below `folder`; a name that would leave it is refused. */
export function unzip(file: string, folder: string, wanted: (name: string) => boolean = () => true): void {
  for (const entry of readZip(readFileSync(file))) {
    if (entry.name.endsWith('/') || !wanted(entry.name)) continue;
    const path = resolve(folder, entry.name);
    if (relative(folder, path).startsWith('..'))
      throw new RangeError(`zip: ${entry.name} points out of its folder`);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, entry.read());
    if ((entry.mode & 0o111) !== 0) chmodSync(path, 0o755);
  }
}
