/**
 * Runs Concord's commands from a fresh clone: installs the dependencies when they are missing or out of date, then hands over to the pinned
 * Node. Plain JavaScript without dependencies, because it runs first, on whatever Node (20 or newer) the machine has.
 */
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  existsSync,
  linkSync,
  mkdirSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { constants } from 'node:os';
import { basename, delimiter, dirname, join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath, pathToFileURL } from 'node:url';

const NODE_MAJOR_MIN = 20;
/** Two signals closer than this are one key press: the terminal sends one and npm passes another on. */
const SAME_SIGNAL_MS = 400;
const PARENT_CHECK_MS = 500;

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const store = join(root, '.concord');
const pinnedNode = join(root, 'node_modules', 'node', 'bin', 'node');

/** A failure that one line explains; it is printed without a stack. */
export class BootError extends Error {}

function say(line) {
  process.stderr.write(`concord: ${line}\n`);
}

/**
 * What a command runs, one program after the other, each with the pinned Node. `filters` are what makes a test run a partial one.
 * @param {string} command
 * @param {readonly string[]} args
 * @returns {{ args: string[], cwd?: string }[] | undefined} undefined for an unknown command
 */
export function planOf(command, args) {
  const script = (path, ...rest) => ({ args: [join(root, path), ...rest, ...args], cwd: root });
  switch (command) {
    case 'start':
      return [script('tools/concord/main.ts', 'up')];
    case 'cli':
      return [{ args: [join(root, 'tools/concord/main.ts'), ...args] }];
    case 'check':
      return [script('tools/checks/main.ts')];
    case 'bench':
      return [script('bench/main.ts')];
    case 'codegen':
      return [script('tools/codegen/main.ts')];
    case 'new-venue':
      return [script('tools/new-venue/main.ts')];
    case 'format':
      return [
        script('node_modules/prettier/bin/prettier.cjs', ...(args.length === 0 ? ['--write', '.'] : [])),
      ];
    case 'test': {
      const prepare = { args: [join(root, 'tools/local/main.ts'), 'prepare'], cwd: root };
      const run = script('node_modules/vitest/vitest.mjs', 'run');
      // A partial run may need no part at all; if it does, the set-up of the system tests fetches it.
      return args.length === 0 ? [prepare, run] : [run];
    }
    default:
      return undefined;
  }
}

/** True when every package of the lock file that this machine needs stands in node_modules in the locked version. */
export function isInstalled(lockText, installedText) {
  const wanted = JSON.parse(lockText).packages ?? {};
  const present = JSON.parse(installedText).packages ?? {};
  for (const [path, entry] of Object.entries(wanted)) {
    if (path === '' || !path.includes('node_modules/') || entry.optional === true) continue;
    const found = present[path];
    // `resolved` of a package is an address, which one of the two files may leave out; of a link it is the workspace's folder.
    if (found === undefined || found.version !== entry.version) return false;
    if (entry.link === true && found.resolved !== entry.resolved) return false;
  }
  // A package that the lock file no longer names would still be found by an import.
  return Object.keys(present).every((path) => wanted[path] !== undefined);
}

function readIfThere(path) {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
}

function stampPath() {
  return join(store, 'install.stamp');
}

/** What the stamp holds after an install: the lock file's hash and the platform that the binaries were chosen for. */
export function stampOf(lockText, platform = `${process.platform}-${process.arch}`) {
  return `${createHash('sha256').update(lockText).digest('hex')} ${platform}\n`;
}

function needsInstall(lockText) {
  const installedText = readIfThere(join(root, 'node_modules', '.package-lock.json'));
  if (installedText === undefined) return true;
  if (readIfThere(stampPath()) === stampOf(lockText)) return false;
  // Installed by hand, or by the same lock file of another commit: look instead of installing again.
  return !isInstalled(lockText, installedText);
}

function startedAt(pid) {
  if (process.platform !== 'linux') return '';
  const stat = readIfThere(`/proc/${pid}/stat`);
  return stat === undefined ? undefined : stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19];
}

/** True while the process that wrote `<pid> <start>` lives. */
export function isHolderAlive(text) {
  const [pid, started] = text.trim().split(' ');
  if (!/^\d+$/.test(pid ?? '')) return false;
  try {
    process.kill(Number(pid), 0);
  } catch (error) {
    if (error.code === 'ESRCH') return false;
  }
  return process.platform !== 'linux' || startedAt(Number(pid)) === started;
}

/**
 * Removes the lock of a dead process. Only the holder of `<path>.break` does so, and looks again before: a second one must not remove the lock that the
 * first has taken since.
 */
function breakStale(path, draft) {
  const breaker = `${path}.break`;
  try {
    linkSync(draft, breaker);
  } catch (error) {
    if (error.code !== 'EEXIST') throw error;
    const other = readIfThere(breaker);
    if (other !== undefined && !isHolderAlive(other)) rmSync(breaker, { force: true });
    return;
  }
  try {
    const holder = readIfThere(path);
    if (holder !== undefined && !isHolderAlive(holder)) rmSync(path, { force: true });
  } finally {
    rmSync(breaker, { force: true });
  }
}

/** Runs `work` while no other process does; `onWait` is told the holder's pid once. */
export async function withLock(path, onWait, work) {
  mkdirSync(dirname(path), { recursive: true });
  const own = `${process.pid} ${startedAt(process.pid)}\n`;
  const draft = `${path}.${process.pid}`;
  writeFileSync(draft, own);
  let told = false;
  for (;;) {
    try {
      linkSync(draft, path);
      break;
    } catch (error) {
      if (error.code !== 'EEXIST') throw error;
    }
    const holder = readIfThere(path);
    if (holder !== undefined && !isHolderAlive(holder)) {
      breakStale(path, draft);
      continue;
    }
    if (!told && holder !== undefined) onWait(holder.split(' ')[0]);
    told = true;
    await delay(200);
  }
  rmSync(draft, { force: true });
  try {
    return await work();
  } finally {
    if (readIfThere(path) === own) rmSync(path, { force: true });
  }
}

function npmCommand() {
  const script = process.env['npm_execpath'];
  if (script !== undefined && basename(script) === 'npm-cli.js') return [process.execPath, script];
  return ['npm'];
}

/** Runs a program with this terminal; resolves to its exit code, or to the error that kept it from starting. */
function runToEnd(program, args, options) {
  return new Promise((resolve) => {
    const child = spawn(program, args, { stdio: ['ignore', 2, 2], ...options });
    child.once('error', (error) => resolve({ error }));
    child.once('close', (code) => resolve({ code: code ?? 1 }));
  });
}

async function installDependencies() {
  say('installing dependencies (about 20 s the first time)');
  const [program, ...first] = npmCommand();
  const args = [...first, 'ci', '--include=dev', '--no-audit', '--no-fund', '--loglevel=error'];
  const { code, error } = await runToEnd(program, args, { cwd: root });
  if (error !== undefined) {
    throw new BootError(
      'npm was not found; install it with Node.js, for example: apt-get install -y nodejs npm',
    );
  }
  if (code !== 0) {
    throw new BootError(
      'npm ci failed (see above): check the network and `npm config get registry`, then run this again',
    );
  }
}

/** The package `node` brings its binary with an install script, which npm may have been told not to run. */
async function installNode() {
  say('fetching the Node runtime');
  const folder = join(root, 'node_modules', 'node');
  const installer = join(folder, 'installArchSpecificPackage.js');
  if (!existsSync(installer))
    throw new BootError('the package `node` is missing: delete node_modules and run this again');
  const { code } = await runToEnd(process.execPath, [installer], { cwd: folder });
  if (code !== 0 || !existsSync(pinnedNode)) {
    throw new BootError(
      'the Node runtime could not be fetched: check the network and `npm config get registry`, then run this again',
    );
  }
}

/** Leaves node_modules as the lock file says, with a runtime in it. Does nothing, quickly, when that is so already. */
async function prepare() {
  const lockText = readFileSync(join(root, 'package-lock.json'), 'utf8');
  const isReady = () => !needsInstall(lockText) && existsSync(pinnedNode);
  if (isReady() && existsSync(stampPath())) return;
  const waiting = (pid) => say(`waiting for process ${pid}, which is installing the dependencies`);
  await withLock(join(store, 'locks', 'install.lock'), waiting, async () => {
    if (needsInstall(lockText)) {
      rmSync(stampPath(), { force: true });
      await installDependencies();
    }
    if (!existsSync(pinnedNode)) await installNode();
    writeFileSync(`${stampPath()}.${process.pid}`, stampOf(lockText));
    renameSync(`${stampPath()}.${process.pid}`, stampPath());
  });
}

/** The processes whose death means that nobody waits for us any more: npm, and the shell that npm put in between. */
function launchers() {
  if (process.env['npm_lifecycle_event'] === undefined) return [];
  const found = [process.ppid];
  const stat = readIfThere(`/proc/${process.ppid}/stat`);
  if (stat !== undefined && /\((?:sh|dash|bash|ash|busybox)\)/.test(stat)) {
    found.push(Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]));
  }
  return found.filter((pid) => pid > 1).map((pid) => ({ pid, started: startedAt(pid) }));
}

function isGone({ pid, started }) {
  return process.platform === 'linux' ? startedAt(pid) !== started : process.ppid !== pid;
}

/**
 * Runs one program with the pinned Node in a process group of its own, so that Ctrl-C reaches it once, through us. It holds the read end of a
 * pipe whose end tells it that we are gone (see local/lifeline.mjs).
 */
export function runPinned({ args, cwd }) {
  const nodeFolder = dirname(pinnedNode);
  const child = spawn(
    pinnedNode,
    ['--import', pathToFileURL(join(root, 'tools/local/lifeline.mjs')).href, ...args],
    {
      cwd: cwd ?? process.cwd(),
      detached: true,
      stdio: ['inherit', 'inherit', 'inherit', 'pipe'],
      env: {
        ...process.env,
        PATH: `${nodeFolder}${delimiter}${process.env['PATH'] ?? ''}`,
        NODE_COMPILE_CACHE: join(store, 'compile-cache'),
        // One heap for all threads of a process: glibc's arenas keep 15 MB of a service's memory to themselves.
        MALLOC_ARENA_MAX: process.env['MALLOC_ARENA_MAX'] ?? '1',
        // Large buffers go back to the system when they are freed; otherwise glibc takes to keeping them after the first.
        MALLOC_MMAP_THRESHOLD_: process.env['MALLOC_MMAP_THRESHOLD_'] ?? '65536',
        MALLOC_TRIM_THRESHOLD_: process.env['MALLOC_TRIM_THRESHOLD_'] ?? '131072',
        CONCORD_LIFELINE: '3',
      },
    },
  );
  let last = { signal: '', at: -Infinity };
  const pass = (signal) => {
    const now = performance.now();
    if (signal !== 'SIGWINCH' && signal === last.signal && now - last.at < SAME_SIGNAL_MS) return;
    last = { signal, at: now };
    child.kill(signal);
  };
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGQUIT', 'SIGWINCH']) process.on(signal, pass);
  const parents = launchers();
  const watch = setInterval(() => {
    if (!parents.some(isGone)) return;
    clearInterval(watch);
    child.kill('SIGTERM');
  }, PARENT_CHECK_MS);
  return new Promise((resolve, reject) => {
    const finish = () => {
      clearInterval(watch);
      for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGQUIT', 'SIGWINCH']) process.off(signal, pass);
    };
    child.once('error', (error) => {
      finish();
      reject(new BootError(`the Node runtime in node_modules does not run here: ${error.message}`));
    });
    child.once('exit', (code, signal) => {
      finish();
      resolve(code ?? 128 + (constants.signals[signal ?? 'SIGTERM'] ?? 0));
    });
  });
}

/** Options of `start` that npm takes for its own when the two dashes are missing: it hands on none, or the value without its name. */
const START_OPTIONS = ['config', 'live', 'plain', 'rate', 'recording', 'seed', 'speed'];

/**
 * What npm kept for itself of `npm start --live`, which would otherwise run on simulated venues; `undefined` when it kept nothing.
 * @param {Record<string, string | undefined>} env
 */
export function keptByNpm(env) {
  if (env['npm_lifecycle_event'] !== 'start') return undefined;
  return START_OPTIONS.find((name) => (env[`npm_config_${name}`] ?? '') !== '');
}

/** @returns the exit code of the command */
export async function main([command = '', ...args]) {
  const plan = planOf(command, args);
  if (plan === undefined) {
    throw new BootError(
      `unknown command ${JSON.stringify(command)}: one of start, test, check, bench, codegen, new-venue, format, cli`,
    );
  }
  const major = Number(process.versions.node.split('.')[0]);
  if (major < NODE_MAJOR_MIN) {
    throw new BootError(
      `Node.js ${NODE_MAJOR_MIN} or newer is needed to begin with, this is ${process.versions.node}`,
    );
  }
  const kept = command === 'start' ? keptByNpm(process.env) : undefined;
  if (kept !== undefined) {
    throw new BootError(
      `npm took --${kept} for an option of its own: two dashes come first, as in npm start -- --${kept} …`,
    );
  }
  await prepare();
  for (const step of plan) {
    const code = await runPinned(step);
    if (code !== 0) return code;
  }
  return 0;
}

/** What the file system's refusals say to a person; `undefined` for an error of another kind. */
export function fileTrouble(error) {
  const reasons = {
    EACCES: 'this user has no permission',
    EPERM: 'the system does not permit it',
    EROFS: 'its file system is read-only',
    ENOSPC: 'its disk is full',
    EDQUOT: 'the disk quota is used up',
    ENOTDIR: 'a part of the path is a file',
    EEXIST: 'it is a file',
  };
  const reason = reasons[error?.code];
  if (reason === undefined || error.syscall === undefined) return undefined;
  return `${error.path ?? store} cannot be used: ${reason}. Concord keeps what it fetches in ${store}, a folder in which this user must be able to write`;
}

/** Runs a command and ends this process with its exit code; what goes wrong before it runs is said in one line. */
export async function boot(args) {
  try {
    process.exitCode = await main(args);
  } catch (error) {
    const message = error instanceof BootError ? error.message : fileTrouble(error);
    if (message === undefined) throw error;
    say(message);
    process.exitCode = 1;
  }
}

if (process.argv[1] !== undefined && realpathSync(process.argv[1]) === fileURLToPath(import.meta.url)) {
  await boot(process.argv.slice(2));
}
