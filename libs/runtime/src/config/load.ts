import { readFileSync } from 'node:fs';
import { ConcordError } from '@concord/model';
import { LineCounter, parseDocument, type Document } from 'yaml';
import type { z } from 'zod';
import type { Environment } from '../environment.ts';
import { fileSchema, type ConcordConfig } from './schema.ts';

/** What is read where no file is named. */
export const DEFAULT_FILE = 'concord.yaml';

/** One thing wrong with a configuration: where, what stands there and what was expected. */
export interface ConfigProblem {
  /** Path of the key, e.g. `instruments[2].partition`, or the environment's variable; empty for the file as a whole. */
  key: string;
  line: number | undefined;
  /** Whether it stands in the environment, and not in the file. */
  inEnvironment?: boolean;
  /** The value as JSON, `undefined` when the key is absent. */
  value: string | undefined;
  expected: string;
}

/** The configuration was refused; nothing was started. */
export class ConfigError extends ConcordError {
  readonly file: string;
  readonly problems: readonly ConfigProblem[];

  constructor(file: string, problems: readonly ConfigProblem[]) {
    const lines = problems.map((problem) => `  ${describeProblem(file, problem)}`);
    super(
      'config-refused',
      'fatal',
      `${file} was refused:\n${lines.join('\n')}\nCorrect it and check with: ${checkCommand(file)}`,
    );
    this.file = file;
    this.problems = problems;
  }
}

/** What a person types to have the file checked again. */
function checkCommand(file: string): string {
  const given = /^[\w./@:+-]+$/.test(file) ? file : `'${file.replaceAll("'", `'\\''`)}'`;
  return `npx concord config --check${file === DEFAULT_FILE ? '' : ` --config ${given}`}`;
}

function describeProblem(
  file: string,
  { key, line, inEnvironment = false, value, expected }: ConfigProblem,
): string {
  const where = inEnvironment ? 'environment' : line === undefined ? file : `${file}:${line}`;
  const what = key === '' ? '' : ` ${key}:`;
  const got = value === undefined ? '' : ` got ${value},`;
  return `${where}:${what}${got} ${expected}`;
}

/** Reads, overlays the environment's addresses, validates and freezes. Throws `ConfigError` with every problem found. */
export function loadConfig(file: string, environment: Environment): ConcordConfig {
  let source: string;
  try {
    source = readFileSync(file, 'utf8');
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new ConfigError(file, [
      { key: '', line: undefined, value: undefined, expected: `expected a readable file (${reason})` },
    ]);
  }
  return parseConfig(source, file, environment);
}

/** As `loadConfig`, from text. */
export function parseConfig(source: string, file: string, environment: Environment): ConcordConfig {
  const lines = new LineCounter();
  const document = parseDocument(source, { lineCounter: lines });
  if (document.errors.length > 0) {
    throw new ConfigError(
      file,
      document.errors.map((error) => ({
        key: '',
        line: error.linePos?.[0].line,
        value: undefined,
        expected: `expected YAML (${error.code}: ${error.message.split('\n')[0]})`,
      })),
    );
  }
  const raw = valuesOf(document, file);
  const result = fileSchema.safeParse(overlay(raw, environment));
  if (!result.success) {
    throw new ConfigError(
      file,
      result.error.issues.flatMap(
        (issue) => inEnvironment(issue, environment) ?? problemsOf(issue, raw, document, lines),
      ),
    );
  }
  return deepFreeze(result.data);
}

function valuesOf(document: Document, file: string): unknown {
  try {
    return (document.toJS() as unknown) ?? {};
  } catch (cause) {
    // An alias of an alias of an alias …: a few lines that would fill the memory.
    const reason = cause instanceof Error ? cause.message : String(cause);
    const expected = `expected YAML without so many aliases (${reason})`;
    throw new ConfigError(file, [{ key: '', line: undefined, value: undefined, expected }]);
  }
}

/** Addresses in the environment take the place of the file's. */
function overlay(raw: unknown, environment: Environment): unknown {
  if (typeof raw !== 'object' || raw === null || Array.isArray(raw)) return raw;
  const config = { ...raw } as Record<string, unknown>;
  for (const { path, value } of settingsOf(environment)) {
    const [section, key] = path;
    if (value === undefined) continue;
    const old = config[section];
    config[section] = key === undefined ? value : { ...(typeof old === 'object' ? old : {}), [key]: value };
  }
  return config;
}

interface Setting {
  readonly variable: string;
  readonly path: readonly [section: string, key?: string];
  readonly value: unknown;
}

/** What the environment's variables set. */
function settingsOf(environment: Environment): readonly Setting[] {
  const { kafkaBrokers, registryUrl, redisUrl, logLevel, topicPrefix } = environment;
  return [
    { variable: 'KAFKA_BROKERS', path: ['kafka', 'brokers'], value: kafkaBrokers },
    { variable: 'SCHEMA_REGISTRY_URL', path: ['registry', 'url'], value: registryUrl },
    { variable: 'REDIS_URL', path: ['redis', 'url'], value: redisUrl },
    { variable: 'CONCORD_LOG_LEVEL', path: ['log', 'level'], value: logLevel },
    { variable: 'CONCORD_TOPIC_PREFIX', path: ['topicPrefix'], value: topicPrefix },
  ];
}

/** `undefined` where the issue is the file's own. */
function inEnvironment(issue: z.core.$ZodIssue, environment: Environment): ConfigProblem[] | undefined {
  const setting = settingsOf(environment).find(
    ({ path, value }) => value !== undefined && path.every((key, index) => issue.path[index] === key),
  );
  if (setting === undefined) return undefined;
  const value: unknown = Array.isArray(setting.value) ? setting.value.join() : setting.value;
  const { variable } = setting;
  return [
    {
      key: variable,
      line: undefined,
      inEnvironment: true,
      value: shown(value),
      expected: expectation(issue),
    },
  ];
}

/** A value as JSON, where it has such a form. */
function shown(value: unknown): string | undefined {
  if (typeof value === 'number' && !Number.isFinite(value)) return String(value);
  try {
    return JSON.stringify(value)?.slice(0, 80);
  } catch {
    return 'a value that holds itself';
  }
}

function problemsOf(
  issue: z.core.$ZodIssue,
  raw: unknown,
  document: Document,
  lines: LineCounter,
): ConfigProblem[] {
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((key) =>
      problem([...issue.path, key], 'expected a known key', raw, document, lines),
    );
  }
  const inner = issue.code === 'invalid_union' ? fittingBranch(issue.errors) : undefined;
  if (inner !== undefined) {
    return inner.flatMap((one) =>
      problemsOf({ ...one, path: [...issue.path, ...one.path] }, raw, document, lines),
    );
  }
  return [problem(issue.path, expectation(issue), raw, document, lines)];
}

/** Of several forms that a value may have, what is wrong with the one it has; `undefined` when it has none of them. */
function fittingBranch(branches: readonly z.core.$ZodIssue[][]): z.core.$ZodIssue[] | undefined {
  return branches.find(
    (issues) =>
      issues.length > 0 && !issues.some(({ code, path }) => code.startsWith('invalid') && path.length === 0),
  );
}

function expectation(issue: z.core.$ZodIssue): string {
  if (issue.code === 'invalid_union' && issue.message === 'Invalid input') {
    const forms = issue.errors.flatMap((branch) => branch.map(expectation));
    return `expected ${[...new Set(forms)].map((form) => form.replace(/^expected /, '')).join(' or ')}`;
  }
  if (issue.code === 'invalid_key') return issue.issues.map((inner) => inner.message).join('; ');
  return issue.message.replace(/^[A-Z][a-z ]*: (?=expected)/, '').replace(/, received .*$/, '');
}

function problem(
  path: readonly PropertyKey[],
  expected: string,
  raw: unknown,
  document: Document,
  lines: LineCounter,
): ConfigProblem {
  let value: unknown = raw;
  for (const key of path) value = (value as Record<PropertyKey, unknown> | undefined)?.[key];
  return {
    key: formatPath(path),
    line: lineOf(path, document, lines),
    value: shown(value),
    expected,
  };
}

function formatPath(path: readonly PropertyKey[]): string {
  return path
    .map((key, index) => (typeof key === 'number' ? `[${key}]` : `${index === 0 ? '' : '.'}${String(key)}`))
    .join('');
}

/** Line of the value at `path`, or of its nearest ancestor that is there. */
function lineOf(path: readonly PropertyKey[], document: Document, lines: LineCounter): number | undefined {
  for (let length = path.length; length > 0; length--) {
    const node = document.getIn(path.slice(0, length), true);
    const range = (node as { range?: [number, number, number] | null } | undefined)?.range;
    if (range) return lines.linePos(range[0]).line;
  }
  return undefined;
}

/** Freezes an object and everything it holds. */
export function deepFreeze<T>(value: T): T {
  if (typeof value === 'object' && value !== null && !Object.isFrozen(value)) {
    Object.freeze(value);
    for (const member of Object.values(value)) deepFreeze(member);
  }
  return value;
}
