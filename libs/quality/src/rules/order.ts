import type { RawBar } from '@concord/codec';
import { Finding } from '../codes.ts';
import type { Id } from '../id.ts';
import type { RawRecord } from '../record.ts';
import { gather, type Rule, type Subject } from '../rule.ts';
import { isChange, missingBefore } from '../source-memory.ts';

function late(record: RawRecord, held: Id): Finding {
  return new Finding('late', () => `id ${record.lastId} came after id ${held}`);
}

function byUpdate({ record, memory: { updates } }: Subject, id: Id): Finding | undefined {
  if (updates?.held === undefined || id >= updates.held || updates.has(id)) return undefined;
  if (!updates.restarts(id)) return late(record, updates.held);
  return new Finding('id-reset', () => `update id ${id} is below all that are remembered: a new count`);
}

function byId(subject: Subject): Finding | undefined {
  const { record, ids, memory } = subject;
  if (ids === undefined) return undefined;
  if (ids.kind === 'UPDATE') return byUpdate(subject, ids.last);
  const contiguous = memory.contiguous(ids.kind);
  if (contiguous?.held === undefined) return undefined;
  if (ids.last < contiguous.held) return late(record, contiguous.held);
  const missing = missingBefore(contiguous, record, ids.first);
  return missing === 0
    ? undefined
    : new Finding('gap', () => `${missing} ids before ${record.firstId} are missing`);
}

function byEventTime(record: RawRecord, { memory }: Subject): Finding | undefined {
  const held = memory.eventTime;
  if (held === null || record.eventTime === null || record.eventTime >= held) return undefined;
  return new Finding(
    'late',
    () => `eventTime is ${held - (record.eventTime ?? held)} µs before one passed on`,
  );
}

/** Rule 6: order and continuity of LIVE records. Snapshots, backfill, corrections and cancellations are out of order by nature. */
export const order: Rule = (subject) => {
  const { record } = subject;
  if (record.origin !== 'LIVE' || isChange(record)) return gather();
  const found = byId(subject);
  return gather(found, found?.code === 'late' ? undefined : byEventTime(record, subject));
};

/** A bar is late when a later window of its interval was stated LIVE. Venues omit windows without a trade, so none is missed here. */
export const barOrder: Rule<RawBar> = (subject) => {
  const { record, memory } = subject;
  if (record.origin !== 'LIVE') return gather();
  const newest = memory.bars?.newest(record.interval) ?? null;
  if (newest !== null && record.start < newest) {
    return gather(
      new Finding(
        'late',
        () => `${record.interval} bar from ${record.start} came after the one from ${newest}`,
      ),
    );
  }
  return gather(byEventTime(record, subject));
};
