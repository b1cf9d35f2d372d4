import { expect, test } from 'vitest';
import { messagesFound } from '../rule-judge.ts';
import { lockFile } from './lock-file.ts';

test('addresses in a lock file are found and counted', () => {
  const entry = '"resolved": "https://mirror.example/a.tgz",\n';
  expect(messagesFound(lockFile, { 'package-lock.json': entry + entry })).toEqual([
    '2 addresses under "resolved"',
  ]);
});

test('a workspace link and an integrity hash are no address', () => {
  const text = '"resolved": "libs/model",\n"link": true,\n"integrity": "sha512-…"\n';
  expect(messagesFound(lockFile, { 'package-lock.json': text })).toEqual([]);
});
