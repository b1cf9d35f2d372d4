import { readFileSync } from 'node:fs';
import { ConcordError } from '@concord/model';
import { LineCounter, parseDocument, type Document } from 'yaml';
import type { z } from 'zod';
import type { Environment } from '../environment.ts';
import { configSchema, type ConcordConfig } from './schema.ts';

/** One thing wrong with a configuration: where, what stands there and what was expected. */
export interface ConfigProblem {
  /** Path of the key, e.g. `instruments[2].partition`; empty for the file as a whole. */
  key: string;
  line: number | undefined;
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
      `${file} was refused:\n${lines.join('\n')}\nCorrect it and check with: npx concord config --check`,
    );
    this.file = file;
    this.problems = problems;
  }
}

function describeProblem(file: string, { key, line, value, expected }: ConfigProblem): string {
  const where = line === undefined ? file : `${file}:${line}`;
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
        expected: `expected YAML (${error.code})`,
      })),
    );
  }
  const raw: unknown = document.toJS() ?? {};
  const result = configSchema.safeParse(overlay(raw, environment));
  if (!result.success) {
    throw new ConfigError(
      file,
      result.error.issues.flatMap((issue) => problemsOf(issue, raw, document, lines)),
    );
  }
  return deepFreeze(result.data);
}

/** Addresses in the environment take the place of the file's. */
function overlay(raw: unknown, environment: Environment): unknown {
  if (typeof raw !== 'object' || raw === null || Array.isArray(raw)) return raw;
  const config = { ...raw } as Record<string, unknown>;
  const set = (section: string, key: string, value: unknown): void => {
    if (value === undefined) return;
    const old = config[section];
    config[section] = { ...(typeof old === 'object' ? old : {}), [key]: value };
  };
  set('kafka', 'brokers', environment.kafkaBrokers);
  set('registry', 'url', environment.registryUrl);
  set('redis', 'url', environment.redisUrl);
  set('log', 'level', environment.logLevel);
  if (environment.topicPrefix !== undefined) config['topicPrefix'] = environment.topicPrefix;
  return config;
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
  return [problem(issue.path, expectation(issue), raw, document, lines)];
}

function expectation(issue: z.core.$ZodIssue): string {
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
    value: JSON.stringify(value)?.slice(0, 80),
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
