import { describe, expect, it } from 'vitest';
import { compareAcross, compareEvents, eventKey, type EventKey } from './event-key.ts';
import { at, quote, trade } from './testing/records.ts';

const key = (time: number, id: string | null, position: number): EventKey => ({ time, id, position });

describe('the order of events', () => {
  it('goes by time, then by id as a number, then by place in the log', () => {
    const inOrder = [key(1, '9', 5), key(2, '9', 4), key(2, '11', 3), key(2, '100', 1), key(2, '100', 2)];
    for (let i = 0; i < inOrder.length; i++) {
      for (let j = 0; j < inOrder.length; j++) {
        const order = compareEvents(inOrder[i] as EventKey, inOrder[j] as EventKey);
        expect(Math.sign(order)).toBe(Math.sign(i - j));
      }
    }
  });

  it('passes over ids that one of two does not have', () => {
    expect(compareEvents(key(1, null, 2), key(1, '9', 3))).toBeLessThan(0);
  });

  it('of different sources asks for the order of sources before their ids', () => {
    expect(compareAcross(key(1, '11', 1), 0, key(1, '9', 2), 1)).toBeLessThan(0);
    expect(compareAcross(key(2, '9', 1), 0, key(1, '9', 2), 1)).toBeGreaterThan(0);
    expect(compareAcross(key(1, '11', 1), 1, key(1, '9', 2), 1)).toBeGreaterThan(0);
  });

  it('takes the receive time where the venue gives none, and no id that has no arithmetic', () => {
    const given = quote('a', '1', '2', at(3), { idKind: 'OPAQUE', lastId: '7' });
    expect(eventKey(given, 4)).toEqual({ time: at(3), id: null, position: 4 });
    const later = trade('a', '1', '2', at(3), { eventTime: at(2), idKind: 'AGGREGATE', lastId: '7' });
    expect(eventKey(later, 4)).toEqual({ time: at(2), id: '7', position: 4 });
  });
});
