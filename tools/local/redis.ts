import { mkdirSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import type { PartPlan } from './part.ts';

/** A Redis on loopback that keeps its data over a restart in an append-only file. */
export function redisPlan(program: string, dir: string, port: number): PartPlan {
  const data = join(dir, 'redis');
  mkdirSync(data, { recursive: true });
  const settings: Record<string, string> = {
    port: String(port),
    bind: '127.0.0.1',
    dir: data,
    save: '',
    appendonly: 'yes',
    appendfsync: 'everysec',
    loglevel: 'notice',
    daemonize: 'no',
  };
  return {
    name: 'redis',
    program,
    args: Object.entries(settings).flatMap(([name, value]) => [`--${name}`, value]),
    port,
    dir,
    ready: (signal) => answersPing(port, signal),
    readyTimeoutMs: 20_000,
  };
}

/** True when PING is answered with PONG; a Redis that still loads its file answers with an error first. */
function answersPing(port: number, signal: AbortSignal): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ port, host: '127.0.0.1', signal });
    const finish = (ready: boolean): void => {
      resolve(ready);
      socket.destroy();
    };
    socket.setTimeout(1_000, () => finish(false));
    socket.once('connect', () => socket.write('PING\r\n'));
    socket.once('data', (data) => finish(data.toString('latin1').startsWith('+PONG')));
    socket.once('error', () => finish(false));
    socket.once('close', () => finish(false));
  });
}
