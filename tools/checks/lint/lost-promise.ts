/** Never imported. Its fault is there on purpose: the check for lost promises fails when the linter does not report this file. */
export function lose(work: () => Promise<void>): void {
  work();
}
