import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';

const SERVICE = join(import.meta.dirname, 'testing/idle-service.ts');
const CONFIG = join(import.meta.dirname, '../../../concord.yaml');

test('a service whose launcher has died ends, although nobody reads its log any more', async () => {
  const service = spawn(process.execPath, [SERVICE, '--config', CONFIG], {
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    env: { ...process.env, CONCORD_HTTP_PORT: '0' },
  });
  onTestFinished(() => void service.kill('SIGKILL'));
  const ended = once(service, 'exit');
  await once(service, 'message');
  // What a launcher that is killed leaves behind: pipes without a reader, then a channel without an end.
  service.stdout?.destroy();
  service.stderr?.destroy();
  service.disconnect();
  expect(await ended).toEqual([0, null]);
});
