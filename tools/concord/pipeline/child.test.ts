import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { Child } from './child.ts';

let dir = '';
beforeAll(() => {
  dir = mkdtempSync(join(tmpdir(), 'concord-child-'));
});
afterAll(() => rmSync(dir, { recursive: true }));

/** A service of which each start runs `program`; the lines are what the launcher shows, in order. */
function launched(name: string, program: string): { lines: string[]; child: Child } {
  const entry = join(dir, `${name}.mjs`);
  writeFileSync(entry, program);
  const lines: string[] = [];
  const child = new Child({
    name,
    entry,
    logDir: dir,
    onLine: (_, line) => lines.push(line),
    onRestart: (_, code) => lines.push(`ended (${code})`),
    onAdvice: (text) => lines.push(text),
  });
  return { lines, child };
}

const endings = (lines: readonly string[]): number => lines.filter((line) => line.startsWith('ended')).length;
const advice = (lines: readonly string[]): string[] =>
  lines.filter((line) => line.includes('again and again'));

test('a service that ends with the same fatal error at each start is explained once, with its third end', async () => {
  const fatal = { level: 'fatal', msg: 'x', err: { code: 'log-range', message: 'begins at offset 7' } };
  const { lines, child } = launched(
    'validator',
    `process.stdout.write(${JSON.stringify(`${JSON.stringify(fatal)}\n`)}); process.exitCode = 1; process.disconnect();`,
  );
  try {
    await expect.poll(() => endings(lines)).toBe(2);
    expect(advice(lines)).toEqual([]);
    await expect.poll(() => endings(lines)).toBe(4);
    expect(advice(lines)).toHaveLength(1);
    expect(advice(lines)[0]).toMatch(/^validator ends .*log-range: begins at offset 7\n/s);
    expect(advice(lines)[0]).toContain(join(dir, 'validator.log'));
    expect(readFileSync(join(dir, 'validator.log'), 'utf8')).toContain('log-range');
  } finally {
    await child.stop();
  }
});

test('a service that refuses its start on standard error is explained as well, one that is killed is not', async () => {
  const refusing = launched('aggregator', `console.error('concord.yaml:3: clock: got 1'); process.exit(2);`);
  const killed = launched('gateway', `console.error('a warning'); process.kill(process.pid, 'SIGKILL');`);
  try {
    await expect.poll(() => advice(refusing.lines).length).toBe(1);
    expect(advice(refusing.lines)[0]).toContain('    concord.yaml:3: clock: got 1\n');
    await expect.poll(() => endings(killed.lines)).toBe(4);
    expect(advice(killed.lines)).toEqual([]);
  } finally {
    await Promise.all([refusing.child.stop(), killed.child.stop()]);
  }
});

test.skipIf(process.platform !== 'linux')(
  'a log that cannot be written is said once, and the service goes on',
  async () => {
    const logDir = join(dir, 'full');
    mkdirSync(logDir);
    symlinkSync('/dev/full', join(logDir, 'validator.log'));
    const entry = join(dir, 'talks.mjs');
    writeFileSync(entry, `setInterval(() => { console.log('a line'); console.error('still here'); }, 20);`);
    const lines: string[] = [];
    const child = new Child({ name: 'validator', entry, logDir, onLine: (_, line) => lines.push(line) });
    try {
      const said = (): string[] => lines.filter((line) => line.startsWith('its log'));
      await expect.poll(said).toHaveLength(1);
      const before = lines.length;
      await expect.poll(() => lines.length).toBeGreaterThan(before + 5);
      expect(said()).toEqual(['its log is not written any more: ENOSPC: no space left on device, write']);
      expect(child.pid).toBeGreaterThan(0);
    } finally {
      await child.stop();
    }
  },
);
