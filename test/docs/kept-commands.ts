/** How a command of the documents is kept working. */
export type Kept =
  /** It is typed as it stands (or `as`, where the command itself takes too long for a test), ends well and prints this. */
  | { readonly kind: 'typed'; readonly prints: RegExp; readonly as?: string }
  /** It is typed while `npm start` runs; an endless one is interrupted when it has printed this. */
  | { readonly kind: 'beside-start'; readonly prints: RegExp; readonly endless?: true }
  /** Redis takes it while `npm start` runs, and what comes back holds this. */
  | { readonly kind: 'redis'; readonly gives: RegExp }
  /** Something else runs it: that file has this text in it. */
  | { readonly kind: 'elsewhere'; readonly file: string; readonly text: string }
  /** No test can run it: it needs the world outside, or changes what was released. The program knows its words by this text. */
  | { readonly kind: 'understood'; readonly file: string; readonly text: string };

/** An exact decimal has no fraction when it is a whole number. */
const NEWEST_QUOTE = /"instrument":"BTC-USDT".*"mid":"\d+(\.\d+)?"/s;

/** A measurement takes minutes; that its words and options are known shows in that it gets as far as the help, which lists what can be measured. */
const BENCH_OPTIONS = 'npm run bench -- codec cuts pipeline soak --rounds 1 --minutes 10 --help';

/** Every command that the documents show. */
export const KEPT: Readonly<Record<string, Kept>> = {
  'npm start': { kind: 'elsewhere', file: 'test/start.system.test.ts', text: "['start', '--plain']" },
  'npm start -- --live': { kind: 'understood', file: 'tools/concord/program.ts', text: "'--live'" },
  'npm start -- --recording FILE': {
    kind: 'elsewhere',
    file: 'test/recordings.system.test.ts',
    text: "mode: 'recording'",
  },
  'npm start -- --config examples/six-venues.yaml': {
    kind: 'elsewhere',
    file: 'test/six-venues.system.test.ts',
    text: "'../examples/six-venues.yaml'",
  },
  'npm start -- --live --config examples/six-venues.yaml': {
    kind: 'understood',
    file: 'tools/concord/program.ts',
    text: "'--live'",
  },
  'npm test': { kind: 'elsewhere', file: '.ci/run', text: 'npm test' },
  'npm run check': { kind: 'elsewhere', file: '.ci/run', text: 'npm run check' },
  'npm run format': {
    kind: 'typed',
    as: 'npm run format -- --check README.md',
    prints: /All matched files use Prettier/,
  },
  'npm run codegen': { kind: 'elsewhere', file: 'tools/checks/checks.ts', text: 'outdatedFiles()' },
  'npm run codegen -- release': {
    kind: 'understood',
    file: 'tools/codegen/main.ts',
    text: "command === 'release'",
  },
  'npm run bench': { kind: 'typed', as: 'npm run bench -- --help', prints: /^npm run bench/m },
  'npm run bench -- --help': { kind: 'typed', prints: /--rounds N/ },
  'npm run bench -- codec': { kind: 'typed', as: BENCH_OPTIONS, prints: /^ {2}codec /m },
  'npm run bench -- cuts --minutes 10': { kind: 'typed', as: BENCH_OPTIONS, prints: /^ {2}cuts /m },
  'npm run bench -- parse': { kind: 'typed', as: BENCH_OPTIONS, prints: /^ {2}parse /m },
  'npm run bench -- pipeline --rounds 1': { kind: 'typed', as: BENCH_OPTIONS, prints: /^ {2}pipeline /m },
  'npm run bench -- soak --minutes 10': { kind: 'typed', as: BENCH_OPTIONS, prints: /^ {2}soak /m },
  'npm run new-venue NAME': {
    kind: 'typed',
    as: 'npm run new-venue -- --help',
    prints: /^Makes services\/ingestor-NAME/m,
  },
  'npm test -- services/ingestor-NAME': {
    kind: 'elsewhere',
    file: 'tools/new-venue/new-venue.conformance.test.ts',
    text: "'vitest/vitest.mjs'",
  },
  'npx concord --help': { kind: 'typed', prints: /tail .*\n[^]*status .*\n[^]*topics / },
  'npx concord config --check': { kind: 'typed', prints: /^concord\.yaml is valid: 4 instruments/m },
  'npx concord config --check --config examples/six-venues.yaml': {
    kind: 'typed',
    prints: /^examples\/six-venues\.yaml is valid: 7 instruments, venues .*\bib\b/m,
  },
  'npx concord setup': {
    kind: 'understood',
    file: 'tools/concord/program.ts',
    text: "'setup'",
  },
  'npx concord simulate --limit messages=off --limit binance.connects=10': {
    kind: 'understood',
    file: 'tools/concord/program.ts',
    text: "'--limit <name=factor>'",
  },
  'npx concord tail consensus.quotes BTC-USDT': {
    kind: 'beside-start',
    prints: /^\d\d:\d\d:\d\d\.\d{3} BTC-USDT \d+(\.\d+)? ± .*\n/m,
    endless: true,
  },
  'npx concord status': { kind: 'beside-start', prints: /^validator +ready.*\n[^]*^kraken +BTC-USDT/m },
  'npx concord status --json': {
    kind: 'elsewhere',
    file: 'test/start.system.test.ts',
    text: "['cli', 'status', '--json']",
  },
  'redis-cli -u redis://127.0.0.1:6379 hget concord:snapshot:consensus.quotes:BTC-USDT value': {
    kind: 'redis',
    gives: NEWEST_QUOTE,
  },
  'redis-cli -u redis://127.0.0.1:6379 subscribe concord:snapshot:consensus.quotes:BTC-USDT': {
    kind: 'redis',
    gives: NEWEST_QUOTE,
  },
  "pip install 'confluent-kafka[avro,schemaregistry]'": {
    kind: 'elsewhere',
    file: 'test/python/requirements.txt',
    text: 'confluent-kafka[avro,schemaregistry]==',
  },
};
