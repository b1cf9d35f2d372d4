import type { RawBar } from '@concord/codec';
import { Finding } from '../codes.ts';
import type { Coverage } from '../interval-set.ts';
import type { RawRecord } from '../record.ts';
import { gather, type Rule, type Subject } from '../rule.ts';
import { changeKey, isChange } from '../source-memory.ts';

/** An exact repetition in the raw log: a producer that got no answer sent its batch again. */
export function isRepeated({ session, ordinal }: RawRecord, { memory }: Pick<Subject, 'memory'>): boolean {
  return !memory.sessions.isNew(session, ordinal);
}

export function repeated(record: RawRecord): Finding {
  return new Finding(
    'duplicate',
    () => `ordinal ${record.ordinal} of session ${record.session} was read before`,
  );
}

function name({ idKind, firstId, lastId }: RawRecord): string {
  return firstId === lastId || firstId === null
    ? `${idKind} id ${lastId}`
    : `${idKind} ids ${firstId} to ${lastId}`;
}

function duplicate(record: RawRecord): Finding {
  return new Finding('duplicate', () => `${name(record)} was passed on before`);
}

function byId({ record, ids, memory }: Subject): Finding | undefined {
  if (isChange(record)) {
    return memory.changes?.coverage(changeKey(record), null) === 'seen' ? duplicate(record) : undefined;
  }
  if (ids?.kind === 'UPDATE') return memory.updates?.has(ids.last) === true ? duplicate(record) : undefined;
  if (ids !== undefined)
    return byCoverage(record, memory.contiguous(ids.kind)?.seen.coverage(ids.first, ids.last));
  if (record.idKind !== 'OPAQUE' || record.lastId === null) return undefined;
  return byCoverage(record, memory.opaque?.coverage(record.lastId, record.eventTime));
}

function byCoverage(record: RawRecord, coverage: Coverage = 'new'): Finding | undefined {
  switch (coverage) {
    case 'new':
      return undefined;
    case 'seen':
      return duplicate(record);
    case 'beyond':
      return new Finding('beyond-horizon', () => `${name(record)} is older than what is remembered`);
    case 'partly':
      return new Finding('id-overlap', () => `${name(record)}: some were passed on before, some were not`);
  }
}

/**
 * Rule 5: nothing reaches the clean topics twice. An aggregate that is partly new can be neither split nor dropped: it is passed on
 * as SUSPECT, so that its volume counts as excluded and its new ids as seen.
 */
export const seen: Rule = (subject) => gather(byId(subject));

/** A bar's identity is its window: another session's statement of it is dropped unless it goes on. */
export const barSeen: Rule<RawBar> = ({ record, memory }) => {
  const coverage = memory.bars?.coverage(record) ?? 'new';
  const window = (): string => `${record.interval} bar from ${record.start}`;
  if (coverage === 'seen')
    return gather(new Finding('duplicate', () => `${window()} was stated with the same values before`));
  if (coverage === 'back')
    return gather(new Finding('superseded', () => `${window()} was stated later by another session`));
  return gather();
};
