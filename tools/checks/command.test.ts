import { expect, test } from 'vitest';
import { runCommand } from './command.ts';

const signal = new AbortController().signal;
const node = (script: string, options = {}): ReturnType<typeof runCommand> =>
  runCommand(process.execPath, ['-e', script], { cwd: '/', signal, ...options });

test('both streams and the exit code come back, without colours', async () => {
  const script = "console.log('\\x1b[31mred\\x1b[0m'); console.error('wrong'); process.exitCode = 3;";
  const { code, output } = await node(script);
  expect(code).toBe(3);
  expect(output.split('\n').sort()).toEqual(['red', 'wrong']);
});

test('a program that does not end is stopped at its deadline, and this is said', async () => {
  const { code, output } = await node('setInterval(() => {}, 1000)', { deadlineMs: 200 });
  expect(code).toBeUndefined();
  expect(output).toContain('had not ended after 0.2 s');
});

test('a program that is not there is a result and no exception', async () => {
  const { code, output } = await runCommand('no-such-program', [], { cwd: '/', signal });
  expect(code).toBeUndefined();
  expect(output).toContain('could not be started');
});
