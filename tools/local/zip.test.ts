import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { deflateRawSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { scratchFolder } from './scratch-folder.ts';
import { readZip, unzip } from './zip.ts';

interface Member {
  readonly name: string;
  readonly content: Buffer;
  readonly mode?: number;
  readonly stored?: boolean;
}

/** An archive as zip programs write it: members, then the directory, then its end. */
function zipOf(members: readonly Member[], comment = ''): Buffer {
  const bodies: Buffer[] = [];
  const directory: Buffer[] = [];
  let offset = 0;
  for (const { name, content, mode = 0o644, stored = false } of members) {
    const packed = stored ? content : deflateRawSync(content);
    const local = Buffer.alloc(30);
    local.writeUInt32LE(0x04034b50, 0);
    local.writeUInt16LE(name.length, 26);
    const entry = Buffer.alloc(46);
    entry.writeUInt32LE(0x02014b50, 0);
    entry.writeUInt16LE(stored ? 0 : 8, 10);
    entry.writeUInt32LE(packed.length, 20);
    entry.writeUInt16LE(name.length, 28);
    entry.writeUInt32LE((mode << 16) >>> 0, 38);
    entry.writeUInt32LE(offset, 42);
    bodies.push(local, Buffer.from(name), packed);
    directory.push(entry, Buffer.from(name));
    offset += 30 + name.length + packed.length;
  }
  const end = Buffer.alloc(22);
  end.writeUInt32LE(0x06054b50, 0);
  end.writeUInt16LE(members.length, 10);
  end.writeUInt32LE(offset, 16);
  end.writeUInt16LE(comment.length, 20);
  return Buffer.concat([...bodies, ...directory, end, Buffer.from(comment)]);
}

test('packed and stored members come out as they went in, programs still programs', () => {
  using folder = scratchFolder();
  const file = join(folder.path, 'a.zip');
  const content = Buffer.from('text '.repeat(1_000));
  const members = [
    { name: 'deep/er/text', content },
    { name: 'program', content: Buffer.from('#!/bin/sh\necho ran\n'), mode: 0o755, stored: true },
    { name: 'other', content },
  ];
  writeFileSync(file, zipOf(members, 'a comment behind the end'));
  unzip(file, folder.path, (name) => name !== 'other');
  expect(readFileSync(join(folder.path, 'deep/er/text'))).toEqual(content);
  expect(execFileSync(join(folder.path, 'program'), { encoding: 'utf8' })).toBe('ran\n');
  expect(statSync(join(folder.path, 'deep/er/text')).mode & 0o111).toBe(0);
  expect(existsSync(join(folder.path, 'other'))).toBe(false);
});

test('a member that points out of the folder is refused', () => {
  using folder = scratchFolder();
  const file = join(folder.path, 'a.zip');
  writeFileSync(file, zipOf([{ name: '../outside', content: Buffer.from('x') }]));
  expect(() => unzip(file, join(folder.path, 'in'))).toThrow('points out of its folder');
});

test('an archive that was cut off is refused', () => {
  const whole = zipOf([{ name: 'a', content: Buffer.from('x') }]);
  expect(() => readZip(whole.subarray(0, whole.length - 5))).toThrow('cut off');
  expect(() => readZip(Buffer.alloc(0))).toThrow(RangeError);
});
