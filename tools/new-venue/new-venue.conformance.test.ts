import { spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { makeVenue, nextSteps, problemOf, renamed } from './new-venue.ts';

const ROOT = join(import.meta.dirname, '../..');

/** A project that holds the new venue alone, beside this project's packages. */
function copyWith(...names: readonly string[]): string {
  const root = mkdtempSync(join(tmpdir(), 'concord-new-venue-'));
  symlinkSync(join(ROOT, 'node_modules'), join(root, 'node_modules'));
  cpSync(join(ROOT, 'tsconfig.json'), join(root, 'tsconfig.json'));
  writeFileSync(join(root, 'package.json'), '{"type":"module","private":true}');
  writeFileSync(join(root, 'vitest.config.ts'), 'export default {};\n');
  mkdirSync(join(root, 'services'));
  for (const name of names) makeVenue(name, root);
  return root;
}

async function run(
  root: string,
  program: string,
  ...args: string[]
): Promise<{ code: number; output: string }> {
  const child = spawn(process.execPath, [join(ROOT, 'node_modules', program), ...args], {
    cwd: root,
    env: {}, // of the test that runs it nothing is to be known
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (data) => (output += String(data)));
  const [code] = (await once(child, 'close')) as [number | null];
  return { code: code ?? -1, output };
}

/** Each makes a venue wrong in one place, and stands beside words of the titles of tests that must find it. */
const WRONG: Readonly<
  Record<string, { file: string; right: string; wrong: string; found: readonly string[] }>
> = {
  'side-inverted': {
    file: 'parse.ts',
    right: "side: side === 'buy' ? 'BUY' : 'SELL'",
    wrong: "side: side === 'buy' ? 'SELL' : 'BUY'",
    found: ['written trades tells of each frame', 'past trades tells each record'],
  },
  'sizes-as-prices': {
    file: 'parse.ts',
    right: '    price,\n    size,\n',
    wrong: '    price: size,\n    size: price,\n',
    found: ['written trades tells of each frame', 'past trades tells each record'],
  },
  'ids-shifted': {
    file: 'parse.ts',
    right: 'firstId: String(id),\n    lastId: String(id),',
    wrong: 'firstId: String(id + 1),\n    lastId: String(id + 1),',
    found: ['written trades tells of each frame', 'past trades tells each record'],
  },
  'times-in-milliseconds': {
    file: 'parse.ts',
    right: "eventTime,\n    precision: 'MICROSECOND',\n    venueSequence: null,\n    idKind",
    wrong:
      "eventTime: eventTime / 1_000,\n    precision: 'MICROSECOND',\n    venueSequence: null,\n    idKind",
    found: ['written trades tells of each frame', 'past trades tells each record'],
  },
  'times-too-coarse': {
    file: 'parse.ts',
    right: "eventTime,\n    precision: 'MICROSECOND',\n    venueSequence: null,\n    idKind",
    wrong: "eventTime,\n    precision: 'MILLISECOND',\n    venueSequence: null,\n    idKind",
    found: ['written trades tells of each frame', 'past trades tells each record'],
  },
  'prices-rounded': {
    file: 'parse.ts',
    right: 'const price = readDecimal(priceText);',
    wrong:
      "const price = readDecimal(typeof priceText === 'string' ? String(Number(priceText)) : priceText);",
    found: ['trades tells a price of twenty digits'],
  },
  'wrong-symbol-asked': {
    file: 'venue.ts',
    right: 'streams.map(({ key }) => key)',
    wrong: 'streams.map(({ kind, listing }) => `${kind}:${listing.instrument}`)',
    found: ['requests subscribe names the venue symbol', 'requests of a new connection'],
  },
  'never-ended': {
    file: 'venue.ts',
    right: "unsubscribe: (streams) => [message('unsubscribe', streams)]",
    wrong: "unsubscribe: (streams) => [message('subscribe', streams)]",
    found: ['requests ask for no two streams alike'],
  },
  'errors-as-acks': {
    file: 'parse.ts',
    right: 'return error === undefined ? acksFrame(named)',
    wrong: 'return error !== null ? acksFrame(named)',
    found: ['answers say what a person reads from them'],
  },
  'heartbeats-unheard': {
    file: 'parse.ts',
    right: "if (type === 'heartbeat') return HEARTBEAT;",
    wrong: "if (type === 'heartbeat') return { ...HEARTBEAT, heartbeat: false };",
    found: ['answers say what a person reads from them'],
  },
  'rows-dropped': {
    file: 'history.ts',
    right: "rows(text, 'trades', listing).map(",
    wrong: "rows(text, 'trades', listing).filter((_, n) => n % 300 !== 7).map(",
    found: ['past trades tells each record', 'past trades fills a hole'],
  },
  'ends-early': {
    file: 'history.ts',
    right: 'const TRADES: TradePages = {\n  size: PAGE,',
    wrong: 'const TRADES: TradePages = {\n  size: PAGE + 1,',
    found: ['past trades tells each record', 'past trades fills a hole'],
  },
  'of-another': {
    file: 'history.ts',
    right: "  answers.expectAbout(symbol, answer['symbol']);\n",
    wrong: '',
    found: ['past trades refuses an answer', 'past bars refuses an answer'],
  },
};

interface Report {
  readonly testResults: readonly {
    readonly name: string;
    readonly assertionResults: readonly { readonly status: string; readonly fullName: string }[];
  }[];
}

describe('a new venue that is wrong', () => {
  let root = '';
  beforeAll(() => {
    root = copyWith(...Object.keys(WRONG));
    for (const [name, { file, right, wrong }] of Object.entries(WRONG)) {
      const path = join(root, `services/ingestor-${name}/src`, file);
      const text = readFileSync(path, 'utf8');
      if (!text.includes(right)) throw new Error(`${file} holds no ${right}`);
      writeFileSync(path, text.replace(right, wrong));
    }
  });
  afterAll(() => rmSync(root, { recursive: true, force: true }));

  it('is found wrong by the conformance suite, by tests whose names say where', async () => {
    const only = ['venue.conformance', '--testNamePattern=written|past|answers|requests|digits'];
    const { output } = await run(
      root,
      'vitest/vitest.mjs',
      ...['run', ...only, '--reporter=json', '--outputFile=report.json'],
    );
    expect(output).not.toContain('Failed Suites');
    const { testResults } = JSON.parse(readFileSync(join(root, 'report.json'), 'utf8')) as Report;
    const failed = testResults.map(({ name, assertionResults }) => {
      const titles = assertionResults
        .filter(({ status }) => status === 'failed')
        .map(({ fullName }) => fullName);
      return [/ingestor-([^/]+)/.exec(name)?.[1] ?? '', titles] as const;
    });
    expect(failed.map(([name]) => name).sort()).toEqual(Object.keys(WRONG).sort());
    for (const [name, titles] of failed)
      expect(titles, name).toEqual(
        expect.arrayContaining(
          (WRONG[name]?.found ?? ['?']).map((words) => expect.stringContaining(words) as string),
        ),
      );
  });
});

describe('a new venue', () => {
  let root = '';
  beforeAll(() => {
    root = copyWith('gate-io');
  });
  afterAll(() => rmSync(root, { recursive: true, force: true }));

  it('has the five files, a history, a package and their tests', () => {
    const files = readdirSync(join(root, 'services/ingestor-gate-io/src')).sort();
    expect(files).toEqual(readdirSync(join(ROOT, 'tools/new-venue/template/src')).sort());
    expect(files).toEqual(
      expect.arrayContaining(['config.ts', 'history.ts', 'main.ts', 'messages.ts', 'parse.ts', 'venue.ts']),
    );
    const text = readFileSync(join(root, 'services/ingestor-gate-io/package.json'), 'utf8');
    expect((JSON.parse(text) as { name: string }).name).toBe('@concord/ingestor-gate-io');
  });

  it('passes the type check and its own tests at once, the conformance suite among them', async () => {
    const types = await run(root, 'typescript/bin/tsc', '-p', '.');
    expect(types.output).toBe('');
    expect(types.code).toBe(0);
    const tests = await run(root, 'vitest/vitest.mjs', 'run', '--reporter=json', '--outputFile=report.json');
    expect(tests.code, tests.output).toBe(0);
    const report = JSON.parse(readFileSync(join(root, 'report.json'), 'utf8')) as Record<string, unknown>;
    expect(report).toMatchObject({ numFailedTests: 0, numPendingTests: 0, success: true });
    expect(report['numPassedTests']).toBeGreaterThan(50);
  });

  it('is refused under a name that is none, or that is taken', () => {
    for (const name of ['', 'Gate', 'gate_io', '-gate', 'gate-', '1inch', '../x', 'a--b', 'ingestor-x'])
      expect(problemOf(name, root), name).toBeDefined();
    expect(problemOf('gate-io', root)).toBe('services/ingestor-gate-io exists already');
    expect(problemOf('gate', root)).toBeUndefined();
    expect(problemOf('venue', root)).toMatch('a name of its own');
    expect(() => makeVenue('gate-io', root)).toThrow('EEXIST');
  });

  it('carries its name as each place writes it, and nothing of the example', () => {
    expect(renamed("exampleVenue ExampleHistory 'example' ingestor-example", 'gate-io')).toBe(
      "gateIoVenue GateIoHistory 'gate-io' ingestor-gate-io",
    );
    for (const file of readdirSync(join(root, 'services/ingestor-gate-io/src'))) {
      const text = readFileSync(join(root, 'services/ingestor-gate-io/src', file), 'utf8');
      expect(text.replaceAll('.example', ''), file).not.toMatch(/example/i);
    }
    expect(nextSteps('gate-io')).toContain('services/ingestor-gate-io/src/messages.ts');
  });
});
