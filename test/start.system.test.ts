import { spawn, type ChildProcess } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { until } from '@concord/testkit';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { keptBy, redisGives, typeCommand } from './docs/typed.ts';

const ROOT = join(import.meta.dirname, '..');

interface Run {
  readonly child: ChildProcess;
  readonly output: () => string;
  readonly ended: Promise<number | null>;
}

/** What the test that runs has started. */
const started: Run[] = [];

/** Runs one of the README's commands as a person would, with a run folder of its own. */
function command(dir: string, args: readonly string[]): Run {
  const others = ['KAFKA_BROKERS', 'SCHEMA_REGISTRY_URL', 'REDIS_URL'].flatMap((name) => ['-u', name]);
  const child = spawn('env', [...others, `CONCORD_RUN_DIR=${dir}`, 'node', 'tools/boot.mjs', ...args], {
    cwd: ROOT,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let text = '';
  child.stdout?.on('data', (chunk: Buffer) => (text += chunk.toString()));
  child.stderr?.on('data', (chunk: Buffer) => (text += chunk.toString()));
  const ended = new Promise<number | null>((resolve) => child.once('exit', (code) => resolve(code)));
  const run = { child, output: () => text, ended };
  started.push(run);
  return run;
}

/** Living processes that were started, directly or not, with this run folder. */
function processesOf(dir: string): string[] {
  const mark = `CONCORD_RUN_DIR=${dir}\0`;
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name) && Number(name) !== process.pid)
    .filter((pid) => readProc(pid, 'environ').includes(mark))
    .map((pid) => `${pid} ${readProc(pid, 'cmdline').replaceAll('\0', ' ').slice(0, 120)}`);
}

function readProc(pid: string, file: string): string {
  try {
    return readFileSync(`/proc/${pid}/${file}`, 'latin1');
  } catch {
    return '';
  }
}

const published = (output: () => string) => async (): Promise<boolean> =>
  /OK in=binance,coinbase,kraken,okx,bybit/.test(output());

describe.skipIf(process.platform !== 'linux')('npm start', () => {
  let dir: string;

  beforeAll(() => {
    const runs = join(ROOT, '.concord/test');
    mkdirSync(runs, { recursive: true });
    dir = mkdtempSync(join(runs, 'start-'));
  });

  afterEach(async () => {
    // A test that fails half-way leaves its pipeline running: the next one would find it and fail too.
    for (const { child, ended } of started.splice(0)) {
      child.kill('SIGINT');
      await ended;
    }
  });

  afterAll(() => rmSync(dir, { recursive: true, force: true }));

  it('publishes consensus that tail, status and topics show, and leaves nothing behind at Ctrl-C', async () => {
    const run = command(dir, ['start', '--plain']);
    await until('consensus on the screen', published(run.output), { everyMs: 200, withinMs: 90_000 });
    const tail = command(dir, ['cli', 'tail', 'consensus.quotes', 'BTC-USDT', '--json', '--count', '2']);
    expect(await tail.ended).toBe(0);
    const lines = tail
      .output()
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as { key: string; value: { mid: string; status: string } });
    expect(lines.map(({ key }) => key)).toEqual(['BTC-USDT', 'BTC-USDT']);
    expect(lines[0]?.value.mid).toMatch(/^\d+(\.\d+)?$/);
    const status = command(dir, ['cli', 'status', '--json']);
    expect(await status.ended).toBe(0);
    const state = JSON.parse(status.output()) as {
      kafka: string[];
      redis: string;
      registry: string;
      services: { name: string; ready: boolean; port: number }[];
    };
    expect(state.kafka).toHaveLength(1);
    expect(state.redis).toMatch(/^redis:/);
    expect(state.registry).toMatch(/^http:/);
    expect(state.services.map(({ name }) => name).sort()).toEqual([
      'aggregator',
      'ingestor-binance',
      'ingestor-bybit',
      'ingestor-coinbase',
      'ingestor-kraken',
      'ingestor-okx',
      'validator',
    ]);
    const topics = command(dir, ['cli', 'topics', '--json']);
    expect(await topics.ended).toBe(0);
    expect(topics.output()).toContain('"topic":"consensus.trades"');
    for (const [shown, { prints, endless }] of keptBy('beside-start')) {
      const typed = await typeCommand(dir, shown, endless === true ? prints : undefined);
      expect(typed.output, shown).toMatch(prints);
      if (endless !== true) expect(typed.code, shown).toBe(0);
    }
    for (const [shown, { gives }] of keptBy('redis'))
      expect(await redisGives(state.redis, shown), shown).toMatch(gives);
    run.child.kill('SIGINT');
    expect(await run.ended).toBe(0);
    expect(run.output()).toContain('Stopped.');
    expect(processesOf(dir)).toEqual([]);
    expect(existsSync(join(dir, 'run.json'))).toBe(false);
  });

  it.each(['topics, schemas', '· services'])(
    'stops at a Ctrl-C while it prepares (at "%s")',
    async (phase) => {
      const run = command(dir, ['start', '--plain']);
      await until(phase, async () => run.output().includes(phase), { everyMs: 200 });
      run.child.kill('SIGINT');
      expect(await run.ended).toBe(0);
      expect(run.output()).toContain('Stopped.');
      expect(processesOf(dir)).toEqual([]);
    },
  );

  it('leaves no process behind a kill -9 of the launcher, and the next start is not hindered', async () => {
    const first = command(dir, ['start', '--plain']);
    await until('consensus on the screen', published(first.output), { everyMs: 200, withinMs: 90_000 });
    const launcher = (JSON.parse(readFileSync(join(dir, 'run.json'), 'utf8')) as { pid: number }).pid;
    process.kill(launcher, 'SIGKILL');
    await first.ended;
    const second = command(dir, ['start', '--plain']);
    await until('consensus again', published(second.output), { everyMs: 200, withinMs: 90_000 });
    second.child.kill('SIGINT');
    expect(await second.ended).toBe(0);
    await until('every process is gone', async () => processesOf(dir).length === 0, { everyMs: 200 });
  });

  it('starts its broker, its registry and its Redis again when they die, and goes on publishing', async () => {
    const run = command(dir, ['start', '--plain']);
    await until('consensus on the screen', published(run.output), { everyMs: 200, withinMs: 90_000 });
    const parts = ['redis', 'registry', 'kafka-1'];
    const pidOf = (part: string): number =>
      Number(readFileSync(join(dir, 'parts', `${part}.pid`), 'utf8').split(' ')[0]);
    process.kill(pidOf('registry'), 'SIGSTOP');
    const half = command(dir, ['cli', 'status']);
    expect(await half.ended, 'the services are shown, then what is not known, and why').toBe(1);
    expect(half.output()).toMatch(/^validator +ready .*\n[^]*^The schema registry does not answer at/m);
    for (const part of parts) process.kill(pidOf(part), 'SIGKILL');
    for (const part of parts)
      await until(`${part} answers again`, () => run.output().includes(`${part}: answers again`));
    const tail = command(dir, ['cli', 'tail', 'consensus.quotes', 'BTC-USDT', '--count', '2']);
    expect(await tail.ended).toBe(0);
    await until('services that are ready', async () => {
      const status = command(dir, ['cli', 'status', '--json']);
      await status.ended;
      const { services } = JSON.parse(status.output()) as { services: { ready: boolean }[] };
      return services.every(({ ready }) => ready);
    });
    run.child.kill('SIGINT');
    expect(await run.ended).toBe(0);
    expect(processesOf(dir)).toEqual([]);
  });

  it('says what to do when nothing runs here', async () => {
    const tail = command(dir, ['cli', 'tail', 'consensus.quotes']);
    expect(await tail.ended).toBe(1);
    expect(tail.output()).toMatch(/not running.*npm start/);
  });

  it('refuses a wrong configuration before anything is started, with key, value and expectation', async () => {
    const run = command(dir, ['start', '--config', 'package.json']);
    expect(await run.ended).toBe(1);
    expect(run.output()).toMatch(/package\.json:\d+: name: got "concord", expected a known key/);
  });

  it('names what it expects when an option is wrong', async () => {
    const run = command(dir, ['start', '--speed', 'fast']);
    expect(await run.ended).not.toBe(0);
    expect(run.output()).toMatch(/--speed.*Expected a number above 0/s);
  });
});
