import type { Refusal } from './frame.ts';

/** What was read of the entries of one frame: one that cannot be read does not take the others with it. */
export class Entries<T extends object> {
  readonly records: T[] = [];
  /** `undefined` while every entry could be read, which costs a frame nothing. */
  refusals: Refusal[] | undefined;

  add(entry: T | Refusal): void {
    if (isRefusal(entry)) (this.refusals ??= []).push(entry);
    else this.records.push(entry);
  }
}

function isRefusal(entry: object): entry is Refusal {
  return 'code' in entry;
}
