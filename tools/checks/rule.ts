import type { Project } from './project.ts';

export interface Violation {
  readonly path: string;
  /** Counted from 1; absent when the file as a whole is meant. */
  readonly line?: number;
  readonly message: string;
}

/** A house rule: pure over the project's files, so that a test can show it what it must find. */
export interface Rule {
  readonly name: string;
  /** What holds when nothing is found, as the end of a test's title. */
  readonly promise: string;
  find(project: Project): Iterable<Violation>;
}

export function formatViolation(violation: Violation): string {
  const place = violation.line === undefined ? violation.path : `${violation.path}:${violation.line}`;
  return `${place}  ${violation.message}`;
}
