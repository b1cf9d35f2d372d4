import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { findScenarios } from './harness/find-scenarios.ts';
import { formatReport, reportOf, saveReport, type Report } from './harness/report.ts';
import type { Scenario, ScenarioContext } from './harness/scenario.ts';

const ROOT = join(import.meta.dirname, '..');
const RESULTS = join(import.meta.dirname, 'results');
const SCRATCH = join(ROOT, '.concord/bench');

function help(scenarios: ReadonlyMap<string, Scenario>): string {
  const lines = [...scenarios].map(([name, { says, onRequest }]) => {
    return `  ${name.padEnd(10)} ${says}${onRequest === true ? ' (only when named)' : ''}`;
  });
  return `npm run bench [-- scenario… --json --rounds N --minutes N]

Measures, prints every figure beside the bound it must keep, and writes bench/results/<scenario>.json.
Exits with 1 when a bound is missed.

${lines.join('\n')}

  --rounds N    how often what is compared is repeated, in turn; default 3. Figures are medians
  --minutes N   how long a soak lasts; default 10
  --json        prints the results as JSON; progress goes to standard error
  --no-save     leaves bench/results as it is
`;
}

const OPTIONS = {
  rounds: { type: 'string', default: '3' },
  minutes: { type: 'string', default: '10' },
  json: { type: 'boolean', default: false },
  save: { type: 'boolean', default: true },
  help: { type: 'boolean', short: 'h', default: false },
} as const;

async function main(): Promise<number> {
  const { values, positionals } = parseArgs({
    options: OPTIONS,
    allowPositionals: true,
    allowNegative: true,
  });
  const scenarios = await findScenarios(import.meta.dirname);
  if (values.help) {
    process.stdout.write(help(scenarios));
    return 0;
  }
  const rounds = Number(values.rounds);
  const minutes = Number(values.minutes);
  const unknown = positionals.find((name) => !scenarios.has(name));
  if (unknown !== undefined || !(rounds >= 1) || !(minutes > 0)) {
    const fault =
      unknown === undefined
        ? '--rounds and --minutes are numbers above 0'
        : `There is no scenario "${unknown}"`;
    process.stderr.write(`${fault}.\n\n${help(scenarios)}`);
    return 2;
  }
  const named = positionals.length > 0;
  const chosen = [...scenarios].filter(([name, { onRequest }]) =>
    named ? positionals.includes(name) : onRequest !== true,
  );
  const stop = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM'] as const)
    process.once(signal, () => stop.abort(new Error('stopped')));
  const reports: Report[] = [];
  for (const [name, scenario] of chosen) {
    const report = await runScenario(name, scenario, {
      signal: stop.signal,
      rounds,
      minutes,
      onProgress: tell(name),
    });
    reports.push(report);
    if (values.save && report.measures.length > 0) saveReport(RESULTS, report);
    if (!values.json && report.measures.length > 0) process.stdout.write(`${formatReport(report)}\n\n`);
  }
  if (values.json) process.stdout.write(`${JSON.stringify(reports, null, 2)}\n`);
  return reports.every(({ kept }) => kept) ? 0 : 1;
}

function tell(name: string): (line: string) => void {
  return (line) => void process.stderr.write(`${name}: ${line}\n`);
}

async function runScenario(
  name: string,
  scenario: Scenario,
  context: Omit<ScenarioContext, 'dir'>,
): Promise<Report> {
  mkdirSync(SCRATCH, { recursive: true });
  const dir = mkdtempSync(join(SCRATCH, `${name}-`));
  const startMs = performance.now();
  try {
    const measures = await scenario.run({ ...context, dir });
    return reportOf(name, measures, performance.now() - startMs, ROOT);
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
}

process.exitCode = await main();
