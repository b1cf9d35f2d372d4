import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { Redis } from 'ioredis';
import { ROOT } from './documents.ts';
import { KEPT, type Kept } from './kept-commands.ts';

export interface Typed {
  readonly code: number | null;
  readonly output: string;
}

type KindOf<K extends Kept['kind']> = readonly [command: string, kept: Extract<Kept, { kind: K }>];

/** The commands that are kept in one way. */
export function keptBy<K extends Kept['kind']>(kind: K): KindOf<K>[] {
  return Object.entries(KEPT).filter((entry): entry is [string, Extract<Kept, { kind: K }>] => {
    return entry[1].kind === kind;
  });
}

/**
 * Types a command into a shell in the repository's root, for a run in the folder `dir`, and resolves when it has ended. Ctrl-C is pressed as soon as
 * `interruptAt` was printed.
 */
export function typeCommand(dir: string, command: string, interruptAt?: RegExp): Promise<Typed> {
  const others = ['KAFKA_BROKERS', 'SCHEMA_REGISTRY_URL', 'REDIS_URL'].flatMap((name) => ['-u', name]);
  // A group of its own: Ctrl-C reaches every process of a terminal.
  const child = spawn('env', [...others, `CONCORD_RUN_DIR=${dir}`, 'sh', '-c', command], {
    cwd: ROOT,
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  let interrupted = false;
  const collect = (line: string): void => {
    output += `${line}\n`;
    if (interrupted || interruptAt?.test(output) !== true || child.pid === undefined) return;
    interrupted = true;
    process.kill(-child.pid, 'SIGINT');
  };
  for (const stream of [child.stdout, child.stderr]) createInterface({ input: stream }).on('line', collect);
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code) => resolve({ code, output }));
  });
}

/**
 * What Redis at `url` gives for a `redis-cli -u … <words>` command: the reply, or for a subscription the first message. The program itself is not on every
 * machine; it sends the same words.
 */
export async function redisGives(url: string, command: string): Promise<string> {
  const [program, option, address, name = '', ...words] = command.split(' ');
  if (program !== 'redis-cli' || option !== '-u' || address === undefined || !URL.canParse(address))
    throw new Error(`not a redis-cli command with an address: ${command}`);
  const redis = new Redis(url);
  try {
    if (name !== 'subscribe') return String(await redis.call(name, ...words));
    const message = new Promise<string>((resolve) => redis.once('message', (_, text) => resolve(text)));
    await redis.subscribe(...words);
    return await message;
  } finally {
    redis.disconnect();
  }
}
