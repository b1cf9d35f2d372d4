/**
 * Loaded into the program that `tools/boot.mjs` runs: when the pipe that boot holds open ends, boot is gone (killed, even by -9), and the
 * program is told to stop as by SIGTERM; should it not, it ends all the same.
 */
import { Socket } from 'node:net';
import { isMainThread } from 'node:worker_threads';

const FORCE_MS = 20_000;

const descriptor = process.env['CONCORD_LIFELINE'];
if (isMainThread && descriptor !== undefined) {
  // Children inherit the environment and these options, but not the pipe.
  delete process.env['CONCORD_LIFELINE'];
  const pipe = new Socket({ fd: Number(descriptor), readable: true, writable: false });
  let gone = false;
  const stop = () => {
    if (gone) return;
    gone = true;
    process.kill(process.pid, 'SIGTERM');
    setTimeout(() => process.exit(143), FORCE_MS).unref();
  };
  pipe.once('end', stop).once('error', stop).once('close', stop);
  pipe.resume();
  pipe.unref();
}
