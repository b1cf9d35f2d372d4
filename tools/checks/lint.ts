import { dirname, join } from 'node:path';
import { z } from 'zod';
import type { Check, CheckContext, Verdict } from './check.ts';
import { runCommand } from './command.ts';
import { lintTool } from './lint-tool.ts';

/** A file with a promise that nobody awaits: a linter that does not report it does not look at types. */
const SENTINEL = 'tools/checks/lint/lost-promise.ts';
const SENTINEL_CODE = 'typescript(no-floating-promises)';

const Report = z.object({
  number_of_files: z.number(),
  diagnostics: z.array(
    z.object({
      message: z.string(),
      code: z.string().default('oxlint'),
      filename: z.string().default('.'),
      help: z.string().nullish(),
      labels: z.array(z.object({ span: z.object({ line: z.number(), column: z.number() }) })).default([]),
    }),
  ),
});
type Diagnostic = z.infer<typeof Report>['diagnostics'][number];

export const lint: Check = {
  name: 'lint',
  says: 'oxlint with types: lost promises and other faults that compile',
  run: async (context) => {
    const tool = await lintTool(context);
    if ('missing' in tool) {
      const remedy =
        'It comes from the npm registry once; with a network or a mirror at hand run `npm run check -- lint` again.';
      return { passed: false, output: `The linter could not be installed. ${remedy}\n${tool.missing}` };
    }
    return judge(await runLinter(context, tool.folder));
  },
};

function runLinter(context: CheckContext, folder: string): Promise<{ output: string }> {
  const bin = join(folder, 'node_modules');
  const options = [
    '-c',
    'tools/checks/lint/oxlint.json',
    '--type-aware',
    '--ignore-pattern',
    '*.generated.ts',
  ];
  const command = [join(bin, 'oxlint/bin/oxlint'), ...options, '--format=json'];
  return runCommand(process.execPath, command, {
    cwd: context.root,
    signal: context.signal,
    environment: {
      PATH: dirname(process.execPath),
      OXLINT_TSGOLINT_PATH: join(bin, '.bin/tsgolint'),
    },
  });
}

/** Reads the linter's JSON report; what is no report is itself the fault. */
export function judge({ output }: { readonly output: string }): Verdict {
  const report = parseReport(output);
  if (report === undefined) return { passed: false, output: `The linter gave no report:\n${output}` };
  const isSentinel = ({ filename }: Diagnostic): boolean => filename === SENTINEL;
  if (!report.diagnostics.some((found) => isSentinel(found) && found.code === SENTINEL_CODE)) {
    return {
      passed: false,
      output: `The linter did not see the lost promise in ${SENTINEL}: it does not look at types.`,
    };
  }
  const found = report.diagnostics.filter((diagnostic) => !isSentinel(diagnostic));
  return {
    passed: found.length === 0,
    detail: `${report.number_of_files} files`,
    output: found.map(format).join('\n'),
  };
}

function parseReport(output: string): z.infer<typeof Report> | undefined {
  try {
    return Report.parse(JSON.parse(output));
  } catch {
    return undefined;
  }
}

function format({ filename, labels, code, message, help }: Diagnostic): string {
  const [label] = labels;
  const place = label === undefined ? filename : `${filename}:${label.span.line}:${label.span.column}`;
  return `${place}  ${message} [${code}]${help == null ? '' : ` ${help}`}`;
}
