import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';

let dir = '';
beforeAll(() => {
  dir = mkdtempSync(join(tmpdir(), 'concord-refusals-'));
  writeFileSync(join(dir, 'file'), '');
});
afterAll(() => rmSync(dir, { recursive: true }));

interface Said {
  readonly code: number | null;
  readonly text: string;
}

/** What a command says and gives back where nothing runs; `runDir` lies below a folder of this test. */
function concord(runDir: string, ...args: string[]): Promise<Said> {
  const others = ['KAFKA_BROKERS', 'SCHEMA_REGISTRY_URL', 'REDIS_URL', 'CONCORD_CONFIG'];
  const main = join(import.meta.dirname, 'main.ts');
  const child = spawn(
    'env',
    [...others.flatMap((name) => ['-u', name]), `CONCORD_RUN_DIR=${runDir}`, process.execPath, main, ...args],
    { cwd: join(import.meta.dirname, '../..'), stdio: ['ignore', 'pipe', 'pipe'], timeout: 120_000 },
  );
  let text = '';
  child.stdout.on('data', (chunk: Buffer) => (text += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (text += chunk.toString()));
  return new Promise((resolve) => child.once('close', (code) => resolve({ code, text })));
}

const NOT_RUNNING =
  /^Concord is not running in this folder\. Start it with `npm start`, or set KAFKA_BROKERS .*\n$/;

test.each([
  [['tail', 'consensus.quotes'], NOT_RUNNING],
  [['status', '--json'], NOT_RUNNING],
  [['topics'], NOT_RUNNING],
  [['tail', 'nope'], /^There is no topic nope\. Choose one of: clean\.bars .*\n$/],
  [['up', '--recording', 'nofile'], /^There is no recording nofile\. Give the path of a \.jsonl or .*\n$/],
  [['up', '--recording', '/'], /^There is no recording \/\. Give the path of a \.jsonl or .*\n$/],
  [
    ['up', '--speed', '0'],
    /^error: option '--speed <n>' argument '0' is invalid\. Expected a number above 0/,
  ],
  [
    ['up', '--speed', '1e300', '--recording', 'x'],
    /^error: .*'1e300' is invalid\. Expected .* at most 1000000/,
  ],
  [['up', '--seed', 'x'], /^error: option '--seed <n>' argument 'x' is invalid\. Expected a whole number/],
  [
    ['up', '--rate', '1e30'],
    /^error: option '--rate <n>' argument '1e30' is invalid\. Expected .* at most 1000\./,
  ],
  [
    ['tail', 'quality', '--count', ''],
    /^error: option '--count <n>' argument '' is invalid\. Expected a whole/,
  ],
  [['up', '--live', '--recording', 'x'], /^error: option '--recording <file...>' cannot be used with option/],
])('says in a line or two why it does not start: %j', async (args, expected) => {
  const { code, text } = await concord(join(dir, 'none'), ...args);
  expect(text).toMatch(expected);
  expect(text.trim().split('\n').length).toBeLessThanOrEqual(2);
  expect(code).toBe(1);
});

test.each(['up', 'simulate'])('%s starts nothing where its run folder cannot be used', async (command) => {
  const { code, text } = await concord(join(dir, 'file'), command);
  expect(text).toBe(
    `The run folder ${join(dir, 'file')} cannot be used: it is a file. Expected a folder in which this user can write, with 64 MB free, or the path of a new one: set CONCORD_RUN_DIR to one.\n`,
  );
  expect(code).toBe(1);
});
