export interface Verdict {
  readonly passed: boolean;
  /** A few words for the line of a check that passed, e.g. a count. */
  readonly detail?: string;
  /** What is wrong and where; shown when the check failed. */
  readonly output: string;
}

export interface CheckContext {
  /** The project's root folder. */
  readonly root: string;
  readonly signal: AbortSignal;
  /** A line for whoever waits: what takes long, and why. */
  readonly onProgress: (line: string) => void;
}

export interface Check {
  readonly name: string;
  readonly says: string;
  run(context: CheckContext): Promise<Verdict>;
  /** Mends what can be mended mechanically, before `run`. */
  fix?(context: CheckContext): Promise<void>;
}
