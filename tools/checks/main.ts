import { parseArgs } from 'node:util';
import type { CheckContext } from './check.ts';
import { checks, projectRoot } from './checks.ts';
import { runChecks, type Outcome } from './schedule.ts';

const HELP = `npm run check [-- [--fix] [name…]]

Runs every check, or the named ones, and exits with 1 when one fails.

${checks.map(({ name, says }) => `  ${name.padEnd(10)} ${says}`).join('\n')}

  --fix      format the files first
`;

function tell({ name, passed, detail, durationMs }: Outcome): void {
  const seconds = `${(durationMs / 1000).toFixed(1)} s`;
  console.log(
    `${passed ? 'ok  ' : 'FAIL'} ${name.padEnd(10)} ${seconds.padStart(7)}  ${detail ?? ''}`.trimEnd(),
  );
}

async function main(): Promise<number> {
  const options = { fix: { type: 'boolean' }, help: { type: 'boolean', short: 'h' } } as const;
  const { values, positionals } = parseArgs({ options, allowPositionals: true });
  if (values.help === true) {
    console.log(HELP);
    return 0;
  }
  const unknown = positionals.find((name) => !checks.some((check) => check.name === name));
  if (unknown !== undefined) {
    console.error(
      `There is no check "${unknown}". The checks are: ${checks.map(({ name }) => name).join(', ')}.`,
    );
    return 2;
  }
  const abort = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => abort.abort());
  const context: CheckContext = {
    root: projectRoot,
    signal: abort.signal,
    onProgress: (line) => console.log(line),
  };
  const chosen = checks.filter(({ name }) => positionals.length === 0 || positionals.includes(name));
  const startMs = performance.now();
  if (values.fix === true) for (const check of chosen) await check.fix?.(context);
  const outcomes = await runChecks(chosen, context, tell);
  const failed = outcomes.filter(({ passed }) => !passed);
  for (const { name, output } of failed) console.log(`\n── ${name} ──\n${output}`);
  const seconds = ((performance.now() - startMs) / 1000).toFixed(1);
  const names = failed.map(({ name }) => name).join(', ');
  console.log(
    failed.length === 0 ? `\nAll checks passed in ${seconds} s` : `\nFailed in ${seconds} s: ${names}`,
  );
  return failed.length === 0 ? 0 : 1;
}

process.exitCode = await main();
