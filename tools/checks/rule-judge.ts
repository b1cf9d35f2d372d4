import { projectOf } from './project.ts';
import type { Rule } from './rule.ts';

/** What a rule says of a made-up project, as `path:line`; for the rules' own tests. */
export function placesFound(rule: Rule, texts: Record<string, string>): string[] {
  return [...rule.find(projectOf(texts))].map(({ path, line }) =>
    line === undefined ? path : `${path}:${line}`,
  );
}

export function messagesFound(rule: Rule, texts: Record<string, string>): string[] {
  return [...rule.find(projectOf(texts))].map(({ message }) => message);
}
