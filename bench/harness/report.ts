import { execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { cpus, totalmem } from 'node:os';
import { join } from 'node:path';
import { isKept, type Measure } from './scenario.ts';

export interface Report {
  readonly scenario: string;
  readonly at: string;
  readonly commit: string | null;
  readonly machine: {
    readonly cpu: string;
    readonly cores: number;
    readonly memoryMb: number;
    readonly node: string;
  };
  readonly durationSeconds: number;
  readonly kept: boolean;
  readonly measures: readonly Measure[];
}

export function reportOf(
  scenario: string,
  measures: readonly Measure[],
  durationMs: number,
  root: string,
): Report {
  const [cpu] = cpus();
  return {
    scenario,
    at: new Date().toISOString(),
    commit: commitOf(root),
    machine: {
      cpu: cpu?.model ?? 'unknown',
      cores: cpus().length,
      memoryMb: Math.round(totalmem() / 1_048_576),
      node: process.version,
    },
    durationSeconds: rounded(durationMs / 1000),
    kept: measures.every(isKept),
    measures: measures.map(roundedMeasure),
  };
}

function commitOf(root: string): string | null {
  try {
    return execFileSync('git', ['-C', root, 'rev-parse', '--short', 'HEAD'], { encoding: 'utf8' }).trim();
  } catch {
    return null;
  }
}

/** Four significant digits: more would be noise. */
function rounded(value: number): number {
  return Number(value.toPrecision(4));
}

function roundedMeasure(measure: Measure): Measure {
  const rounds = measure.rounds?.map(rounded);
  return { ...measure, value: rounded(measure.value), ...(rounds === undefined ? {} : { rounds }) };
}

export function saveReport(folder: string, report: Report): string {
  const path = join(folder, `${report.scenario}.json`);
  mkdirSync(folder, { recursive: true });
  writeFileSync(path, `${JSON.stringify(report, null, 2)}\n`);
  return path;
}

/** One line for each measure: name, value, unit, its bound and whether it is kept, and what the rounds gave. */
export function formatReport({ scenario, durationSeconds, measures }: Report): string {
  const width = Math.max(...measures.map(({ name }) => name.length));
  const lines = measures.map((measure) =>
    `  ${measure.name.padEnd(width)}  ${formatValue(measure)}`.trimEnd(),
  );
  return [`${scenario} (${Math.round(durationSeconds)} s)`, ...lines].join('\n');
}

function formatValue(measure: Measure): string {
  const { value, unit, atLeast, atMost, rounds } = measure;
  const bound =
    atLeast !== undefined ? `at least ${atLeast}` : atMost !== undefined ? `at most ${atMost}` : '';
  const verdict = bound === '' ? '' : `${bound}: ${isKept(measure) ? 'kept' : 'MISSED'}`;
  const spread = (rounds?.length ?? 0) < 2 ? '' : `(${rounds?.map(formatNumber).join(', ')})`;
  return `${formatNumber(value).padStart(11)} ${unit.padEnd(10)} ${verdict.padEnd(22)} ${spread}`;
}

function formatNumber(value: number): string {
  return value.toLocaleString('en-US', { maximumSignificantDigits: 4 });
}
