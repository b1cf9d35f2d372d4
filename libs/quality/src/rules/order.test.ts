import type { RawTrade } from '@concord/codec';
import { describe, expect, it } from 'vitest';
import { Court, NOON, quote, trade } from '../testing/court.ts';

const at = (firstId: number | string, changes: Partial<RawTrade> = {}): RawTrade =>
  trade({ firstId: `${firstId}`, ...changes });

describe('rule 6', () => {
  it('notes a jump of contiguous ids once, on the record behind the gap', () => {
    const court = new Court('trades');
    expect(court.say(at(100))).toBe('VALID');
    expect(court.say(at(101))).toBe('VALID');
    expect(court.say(at(105))).toBe('VALID gap');
    expect(court.say(at(106))).toBe('VALID');
  });

  it('sees the gap before an aggregate by its first id', () => {
    const court = new Court('trades');
    court.next(at(100, { idKind: 'AGGREGATE', lastId: '110' }));
    expect(court.say(at(111, { idKind: 'AGGREGATE', lastId: '120' }))).toBe('VALID');
    expect(court.say(at(122, { idKind: 'AGGREGATE', lastId: '125' }))).toBe('VALID gap');
  });

  it('sees no gap before the first LIVE record, nor where a snapshot or backfill brought the ids', () => {
    const court = new Court('trades');
    expect(court.say(at(50, { origin: 'SNAPSHOT' }))).toBe('VALID');
    expect(court.say(at(100))).toBe('VALID');
    for (const id of [101, 102, 103]) expect(court.say(at(id, { origin: 'SNAPSHOT' }))).toBe('VALID');
    expect(court.say(at(104))).toBe('VALID');
    expect(court.say(at(106, { origin: 'BACKFILL' }))).toBe('VALID');
    expect(court.say(at(107))).toBe('VALID gap');
  });

  it('is not moved by records that are not LIVE', () => {
    const court = new Court('trades');
    court.next(at(100));
    court.next(at(500, { origin: 'BACKFILL', eventTime: NOON }));
    expect(court.say(at(101))).toBe('VALID');
  });

  it('notes a LIVE record with an id or event time older than what was passed on', () => {
    const court = new Court('trades');
    court.next(at(100));
    expect(court.say(at(90))).toBe('VALID late');
    expect(court.say(at(101, { eventTime: NOON - 20_001 }))).toBe('VALID late');
    expect(court.say(at(102, { eventTime: null }))).toBe('VALID');
    expect(court.say(at(80, { origin: 'SNAPSHOT' }))).toBe('VALID');
  });

  it('says late once when both id and event time are', () => {
    const court = new Court('trades');
    court.next(at(100));
    expect(court.next(at(90, { eventTime: NOON - 30_000 })).findings).toHaveLength(1);
  });

  it('compares event times of quotes without ids', () => {
    const court = new Court('quotes');
    expect(court.say(quote())).toBe('VALID');
    expect(court.say(quote({ eventTime: NOON - 20_001 }))).toBe('VALID late');
    expect(court.say(quote())).toBe('VALID');
  });

  it('is not moved by a record that was refused', () => {
    const court = new Court('trades');
    court.next(at(100));
    expect(court.say(at(200, { price: 0n }))).toBe('REJECTED price-not-positive gap');
    expect(court.say(at(101))).toBe('VALID');
  });

  it('says nothing of corrections: their ids lie in the past by nature', () => {
    const court = new Court('trades');
    court.next(at(100));
    court.next(at(101));
    expect(court.say(at(100, { action: 'CANCEL', eventTime: NOON - 30_000 }))).toBe('VALID');
  });
});
