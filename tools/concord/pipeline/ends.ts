/** What a process said of its own end. */
export interface End {
  /** Of the error's class, where it has one. */
  readonly code: string | undefined;
  readonly message: string;
}

/** Identical ends in a row before a person is told. */
const REPEATS_TOLD = 3;

/** Counts the ends of a process that its starts cannot mend: those that state the same error each time. */
export class Ends {
  #last: string | undefined;
  #count = 0;

  /** `undefined` stands for an end without a stated error, such as a kill. True once for each row: with its third end. */
  isRepeated(end: End | undefined): boolean {
    const essence = end === undefined ? undefined : essenceOf(end);
    this.#count = essence !== undefined && essence === this.#last ? this.#count + 1 : 1;
    this.#last = essence;
    return essence !== undefined && this.#count === REPEATS_TOLD;
  }

  /** What comes next is no repetition: the process ran well in between. */
  forget(): void {
    this.#last = undefined;
    this.#count = 0;
  }
}

/** Offsets, ports and times differ from one start to the next. */
function essenceOf({ code, message }: End): string {
  return `${code ?? ''} ${message.replace(/\d+/g, '0')}`;
}

/** The end that a line of a service's JSON log states; `undefined` for every other line. */
export function endIn(line: string): End | undefined {
  if (!line.includes('"fatal"')) return undefined;
  try {
    const { level, msg, err } = JSON.parse(line) as {
      level?: string;
      msg?: string;
      err?: { code?: unknown; message?: string };
    };
    if (level !== 'fatal') return undefined;
    return {
      code: typeof err?.code === 'string' ? err.code : undefined,
      message: firstLine(err?.message ?? msg ?? line),
    };
  } catch {
    return undefined;
  }
}

function firstLine(text: string): string {
  return text.split('\n', 1)[0] ?? '';
}

/** What a person is told, once, in plain words. */
export function adviceFor(service: string, { code, message }: End, logFile: string): string {
  // Node's own errors have codes too, in capitals, and no row.
  const row = code !== undefined && /^[a-z-]+$/.test(code) ? `, and below it the row \`${code}\`` : '';
  return [
    `${service} ends again and again with the same error; starting it again does not mend it:`,
    `    ${code === undefined ? '' : `${code}: `}${message}`,
    '  What it publishes stands still until this is mended. It is tried again every few seconds and then goes on where it was.',
    `  What to do: docs/errors.md, section "A service ends again and again"${row}.`,
    `  Its log: ${logFile}`,
  ].join('\n');
}
