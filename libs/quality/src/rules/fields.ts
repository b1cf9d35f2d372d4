import type { RawBar, RawQuote, RawTrade } from '@concord/codec';
import { Finding, type Findings } from '../codes.ts';
import { ID_LENGTH_MAX } from '../id.ts';
import { isNumbered } from '../record.ts';
import { gather, type Rule, type Subject } from '../rule.ts';

function missing(name: string): Finding {
  return new Finding('missing-field', () => `${name} is empty; a value was expected`);
}

function sessionField({ record: { session } }: Subject): Finding | undefined {
  if (session === '') return missing('session');
  if (session.length <= ID_LENGTH_MAX) return undefined;
  return new Finding(
    'bad-id',
    () => `a session name of ${session.length} characters; expected at most ${ID_LENGTH_MAX}`,
  );
}

function idFields({ record, ids }: Subject): Finding | undefined {
  if (ids !== undefined) return undefined;
  if (isNumbered(record.idKind)) {
    if (record.firstId === null) return missing('firstId');
    if (record.lastId === null) return missing('lastId');
    return new Finding(
      'bad-id',
      () =>
        `ids ${JSON.stringify(record.firstId?.slice(0, 64))} to ${JSON.stringify(record.lastId?.slice(0, 64))} of kind ${record.idKind}: ` +
        'expected decimal numbers, first not after last',
    );
  }
  if (record.idKind !== 'OPAQUE') return undefined;
  if (record.lastId === null || record.lastId === '') return missing('lastId');
  if (record.lastId.length <= ID_LENGTH_MAX) return undefined;
  return new Finding(
    'bad-id',
    () => `an id of ${record.lastId?.length} characters; expected at most ${ID_LENGTH_MAX}`,
  );
}

function shared(subject: Subject, own?: Finding): Findings {
  const { record } = subject;
  return gather(
    sessionField(subject),
    record.receiveTime > 0 ? undefined : missing('receiveTime'),
    own,
    idFields(subject),
  );
}

/** Rule 1, as far as it needs a decoded record: what every trade must have. */
export const tradeFields: Rule<RawTrade> = (subject) => shared(subject);

/** A book may be empty on either side or on both, but a size without its price says nothing. */
export const quoteFields: Rule<RawQuote> = (subject) => {
  const { bid, bidSize, ask, askSize } = subject.record;
  const own =
    bid === null && bidSize !== null
      ? missing('bid')
      : ask === null && askSize !== null
        ? missing('ask')
        : undefined;
  return shared(subject, own);
};

/** Bars are told apart by window and revision, so their ids are not looked at. */
export const barFields: Rule<RawBar> = (subject) =>
  gather(
    sessionField(subject),
    subject.record.receiveTime > 0 ? undefined : missing('receiveTime'),
    subject.record.interval === '' ? missing('interval') : undefined,
  );
