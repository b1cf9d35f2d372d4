import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { storeRoot } from '@concord/local';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { keptBy, typeCommand } from './typed.ts';

let dir: string;

beforeAll(() => {
  mkdirSync(join(storeRoot, 'test'), { recursive: true });
  dir = mkdtempSync(join(storeRoot, 'test', 'commands-'));
});

afterAll(() => rmSync(dir, { recursive: true, force: true }));

/** By what is typed, all that it must print; one line may stand for several commands. */
const lines = new Map<string, RegExp[]>();
for (const [command, { as = command, prints }] of keptBy('typed'))
  lines.set(as, [...(lines.get(as) ?? []), prints]);

describe('a command of the documents', () => {
  it.each([...lines])('%s: runs as it is written', async (line, expected) => {
    const { code, output } = await typeCommand(dir, line);
    for (const prints of expected) expect(output).toMatch(prints);
    expect(code).toBe(0);
  });
});
