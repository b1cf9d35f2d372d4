import { describe, expect, it } from 'vitest';
import { Court, dec, NOON, quote, trade } from '../testing/court.ts';

describe('rule 5', () => {
  it('drops a record that is read again with its ordinal, whatever its ids', () => {
    const court = new Court('quotes');
    expect(court.judge(quote({ ordinal: 7 })).outcome).toBe('VALID');
    expect(court.judge(quote({ ordinal: 7 })).codes).toEqual(['duplicate']);
    expect(court.judge(quote({ ordinal: 3 })).outcome).toBe('DROPPED');
    expect(court.judge(quote({ ordinal: 3, session: 's2' })).outcome).toBe('VALID');
    expect(court.judge(quote({ ordinal: 8 })).outcome).toBe('VALID');
  });

  it('drops a refused record that is read again, so that it is quarantined once', () => {
    const court = new Court('trades');
    expect(court.judge(trade({ price: 0n })).outcome).toBe('REJECTED');
    expect(court.judge(trade({ price: 0n })).outcome).toBe('DROPPED');
  });

  it('drops an id that was passed on, whichever session brings it', () => {
    const court = new Court('trades');
    expect(court.say(trade())).toBe('VALID');
    expect(court.say(trade({ session: 's2' }))).toBe('DROPPED duplicate');
    expect(court.say(trade({ origin: 'BACKFILL' }))).toBe('DROPPED duplicate');
  });

  it('keeps ids of different sources and of different kinds apart', () => {
    const court = new Court('trades');
    expect(court.say(trade())).toBe('VALID');
    expect(court.say(trade({ source: 'beta' }))).toBe('VALID');
    expect(court.say(trade({ idKind: 'AGGREGATE' }))).toBe('VALID');
  });

  it('counts an id as seen only when its record was passed on', () => {
    const court = new Court('trades');
    expect(court.say(trade({ price: 0n }))).toBe('REJECTED price-not-positive');
    expect(court.say(trade())).toBe('VALID');
    expect(court.say(trade())).toBe('DROPPED duplicate');
  });

  it('quarantines a repeated id whose record cannot be right', () => {
    const court = new Court('trades');
    court.next(trade());
    expect(court.say(trade({ price: 0n }))).toBe('REJECTED price-not-positive duplicate');
  });

  it('quarantines it also when a later rule finds out', () => {
    const court = new Court('quotes');
    const ids = { idKind: 'UPDATE', firstId: '7', lastId: '7' } as const;
    court.next(quote(ids));
    expect(court.say(quote({ ...ids, bid: dec('60001') }))).toBe('REJECTED duplicate crossed');
  });

  it('drops an aggregate that lies within what was seen', () => {
    const court = new Court('trades');
    expect(court.say(trade({ idKind: 'AGGREGATE', firstId: '10', lastId: '20' }))).toBe('VALID');
    expect(court.say(trade({ idKind: 'AGGREGATE', firstId: '12', lastId: '15', origin: 'BACKFILL' }))).toBe(
      'DROPPED duplicate',
    );
  });

  it('passes an aggregate that is partly new as SUSPECT, and then knows its new ids', () => {
    const court = new Court('trades');
    court.next(trade({ idKind: 'AGGREGATE', firstId: '10', lastId: '20' }));
    expect(court.say(trade({ idKind: 'AGGREGATE', firstId: '15', lastId: '25' }))).toBe('SUSPECT id-overlap');
    expect(court.say(trade({ idKind: 'AGGREGATE', firstId: '21', lastId: '25' }))).toBe('DROPPED duplicate');
    expect(court.say(trade({ idKind: 'AGGREGATE', firstId: '26', lastId: '27' }))).toBe('VALID');
  });

  it('refuses ids below its horizon, since nobody can tell whether they were seen', () => {
    const court = new Court('trades');
    for (let n = 0; n < 20; n++) court.next(trade({ firstId: `${n * 10}`, origin: 'BACKFILL' }));
    expect(court.say(trade({ firstId: '30', origin: 'BACKFILL' }))).toBe('REJECTED beyond-horizon');
    expect(court.say(trade({ firstId: '31', origin: 'BACKFILL' }))).toBe('VALID');
    expect(court.say(trade({ firstId: '31', origin: 'BACKFILL' }))).toBe('REJECTED beyond-horizon');
    expect(court.say(trade({ firstId: '40', origin: 'BACKFILL' }))).toBe('DROPPED duplicate');
  });

  it('remembers ids beyond 2^53 exactly', () => {
    const court = new Court('trades');
    expect(court.say(trade({ firstId: '9007199254740993' }))).toBe('VALID');
    expect(court.say(trade({ firstId: '9007199254740994' }))).toBe('VALID');
    expect(court.say(trade({ firstId: '9007199254740992', origin: 'BACKFILL' }))).toBe('VALID');
    expect(court.say(trade({ firstId: '9007199254740993' }))).toBe('DROPPED duplicate');
  });

  it('remembers ids without arithmetic in a bounded set with a horizon in event time', () => {
    const court = new Court('trades');
    const opaque = (n: number): string =>
      court.say(trade({ idKind: 'OPAQUE', firstId: `id-${n}`, eventTime: NOON - 100 + n }));
    for (let n = 0; n < 20; n++) expect(opaque(n)).toBe('VALID');
    expect(opaque(19)).toBe('DROPPED duplicate');
    expect(opaque(4)).toBe('DROPPED duplicate');
    expect(opaque(3)).toBe('REJECTED beyond-horizon late');
  });

  it('lets corrections and cancellations pass with the id of their trade, each once', () => {
    const court = new Court('trades');
    expect(court.say(trade())).toBe('VALID');
    expect(court.say(trade({ action: 'CORRECT', price: dec('59999') }))).toBe('VALID');
    expect(court.say(trade({ action: 'CORRECT', price: dec('59999'), session: 's2' }))).toBe(
      'DROPPED duplicate',
    );
    expect(court.say(trade({ action: 'CORRECT', price: dec('59998') }))).toBe('VALID');
    expect(court.say(trade({ action: 'CANCEL' }))).toBe('VALID');
  });

  it('forgets the session that has been quiet longest when there are too many', () => {
    const court = new Court('quotes');
    for (let n = 0; n < 16; n++) court.judge(quote({ session: `s${n}`, ordinal: 5 }));
    expect(court.judge(quote({ session: 's0', ordinal: 6 })).outcome).toBe('VALID');
    court.judge(quote({ session: 's16', ordinal: 5 }));
    expect(court.judge(quote({ session: 's0', ordinal: 6 })).outcome).toBe('DROPPED');
    expect(court.judge(quote({ session: 's1', ordinal: 5 })).outcome).toBe('VALID');
  });
});

describe('rule 5 for numbered book updates', () => {
  const update = (id: number, session = 's1'): ReturnType<typeof quote> =>
    quote({ idKind: 'UPDATE', firstId: `${id}`, lastId: `${id}`, session });

  it('drops the update that the slower of two redundant sessions brings', () => {
    const court = new Court('quotes');
    expect(court.say(update(100, 'a'))).toBe('VALID');
    expect(court.say(update(100, 'b'))).toBe('DROPPED duplicate');
    expect(court.say(update(107, 'b'))).toBe('VALID');
    expect(court.say(update(112, 'b'))).toBe('VALID');
    expect(court.say(update(107, 'a'))).toBe('DROPPED duplicate');
  });

  it('sees no gap in numbers that need not be contiguous', () => {
    const court = new Court('quotes');
    court.next(update(100));
    expect(court.say(update(900))).toBe('VALID');
  });

  it('takes an unchanged number for a sign of life, not for a quote', () => {
    const court = new Court('quotes');
    court.next(update(100));
    expect(court.say(update(100))).toBe('DROPPED duplicate');
  });

  it('knows a quote by its last update, wherever its range begins', () => {
    const court = new Court('quotes');
    court.next(quote({ idKind: 'UPDATE', firstId: '10', lastId: '20' }));
    expect(court.say(quote({ idKind: 'UPDATE', firstId: '15', lastId: '25' }))).toBe('VALID');
    expect(court.say(quote({ idKind: 'UPDATE', firstId: '24', lastId: '25', session: 'b' }))).toBe(
      'DROPPED duplicate',
    );
  });

  it('refuses no update for its age: what a venue sends after a restart begins at 1', () => {
    const court = new Court('quotes');
    for (let n = 0; n < 1_000; n++) court.next(update(1 + n));
    expect(court.say(update(1, 'b'))).toBe('VALID id-reset');
    for (let n = 2; n <= 1_200; n++) expect(court.say(update(n, 'b'))).toBe('VALID');
    expect(court.say(update(1_200))).toBe('DROPPED duplicate');
  });

  it('notes an update that comes late but is newer than the oldest remembered', () => {
    const court = new Court('quotes');
    court.next(update(100, 'a'));
    court.next(update(110, 'a'));
    expect(court.say(update(105, 'b'))).toBe('VALID late');
    expect(court.say(update(120, 'b'))).toBe('VALID');
    expect(court.say(update(105, 'a'))).toBe('DROPPED duplicate');
  });

  it('loses no update when two sockets start together', () => {
    const court = new Court('quotes');
    expect(court.say(update(100, 'a'))).toBe('VALID');
    expect(court.say(update(98, 'b'))).toBe('VALID id-reset');
    expect(court.say(update(100, 'b'))).toBe('DROPPED duplicate');
    expect(court.say(update(101, 'a'))).toBe('VALID');
  });

  it('does not let a snapshot move what is held', () => {
    const court = new Court('quotes');
    court.next({ ...update(500), origin: 'SNAPSHOT' });
    expect(court.say(update(100))).toBe('VALID');
    expect(court.say(update(99))).toBe('VALID id-reset');
  });
});
