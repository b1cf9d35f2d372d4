import type { Micros } from '@concord/model';
import { NOTHING, type Finding, type Findings } from './codes.ts';
import type { InstrumentRules, ListingRules } from './instrument-rules.ts';
import type { IdRange, RawRecord } from './record.ts';
import type { SourceMemory } from './source-memory.ts';

/** All that a rule may look at. A rule that needs more of the past or of other sources finds it in memory, never elsewhere. */
export interface Subject<R extends RawRecord = RawRecord> {
  readonly record: R;
  /** Its venue ids, when it has numbered ones that are sound. */
  readonly ids: IdRange | undefined;
  /** The record's own timestamp in the log. */
  readonly logTime: Micros;
  readonly rules: InstrumentRules;
  readonly listing: ListingRules;
  /** What is known of this instrument at this source; rules read it only. */
  readonly memory: SourceMemory;
}

/** A pure function: what a rule finds in a record, in a fixed order. */
export type Rule<R extends RawRecord = RawRecord> = (subject: Subject<R>) => Findings;

/** The findings that there are, in order. */
export function gather(...found: readonly (Finding | undefined)[]): Findings {
  let findings: Finding[] | undefined;
  for (const finding of found) {
    if (finding !== undefined) (findings ??= []).push(finding);
  }
  return findings ?? NOTHING;
}
