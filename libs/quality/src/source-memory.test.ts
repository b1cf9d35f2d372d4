import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { RawTrade } from '@concord/codec';
import { OpaqueSet } from './opaque-set.ts';
import { RecentSet } from './recent-set.ts';
import { NOON, trade } from './testing/court.ts';
import { memorySnapshot, SourceMemory } from './source-memory.ts';
import { UpdateMemory } from './update-memory.ts';

describe('what is remembered of a source', () => {
  const record = fc.record({
    idKind: fc.constantFrom<RawTrade['idKind']>('TRADE', 'AGGREGATE', 'UPDATE', 'OPAQUE', 'NONE'),
    id: fc.nat(500),
    session: fc.nat(20),
    change: fc.boolean(),
  });

  it('comes back from its snapshot with the very same snapshot', () => {
    fc.assert(
      fc.property(fc.array(record, { size: 'max', maxLength: 100 }), (records) => {
        const memory = new SourceMemory();
        records.forEach(({ idKind, id, session, change }, ordinal) => {
          const action = change ? 'CORRECT' : 'NEW';
          const tick = trade({
            idKind,
            firstId: `${id}`,
            session: `s${session}`,
            ordinal,
            action,
            eventTime: NOON + id,
          });
          const range =
            idKind === 'OPAQUE' || idKind === 'NONE' ? undefined : { kind: idKind, first: id, last: id };
          memory.admit('trades', tick, range as Parameters<SourceMemory['admit']>[2], 16);
          memory.read(tick, tick.receiveTime);
        });
        const text = JSON.stringify(memory.toSnapshot());
        const again = new SourceMemory(memorySnapshot.parse(JSON.parse(text)));
        expect(JSON.stringify(again.toSnapshot())).toBe(text);
      }),
    );
  });

  it('keeps the horizon of ids without arithmetic in its snapshot', () => {
    const set = new OpaqueSet();
    for (let n = 0; n < 6; n++) set.add(`id-${n}`, NOON + n, 4);
    const again = new OpaqueSet(set.toSnapshot());
    expect(again.coverage('unknown', NOON + 1)).toBe('beyond');
    expect(again.coverage('unknown', NOON + 2)).toBe('new');
    expect(again.coverage('id-2', NOON)).toBe('seen');
  });

  it('writes book updates beyond 2^53 and reads them back', () => {
    const memory = new UpdateMemory();
    for (const id of [5, 2n ** 60n, 2n ** 60n + 7n, 3]) memory.add(id, true, 4);
    const again = UpdateMemory.fromText(memory.toText());
    expect(again?.toText()).toBe(memory.toText());
    expect(again?.has(2n ** 60n + 7n)).toBe(true);
    expect(again?.held).toBe(3);
  });

  it('knows of book updates what a plain list of the newest would', () => {
    const ids = fc.array(
      fc.oneof(
        fc.nat(30),
        fc.nat(30).map((n) => BigInt(n) + 2n ** 60n),
      ),
      { size: 'max', maxLength: 120 },
    );
    fc.assert(
      fc.property(ids, fc.integer({ min: 1, max: 20 }), (added, limit) => {
        const memory = new UpdateMemory();
        let newest: (number | bigint)[] = [];
        for (const id of added) {
          expect(memory.has(id)).toBe(newest.includes(id));
          if (newest.includes(id)) continue;
          const { held } = memory;
          const restarts = held !== undefined && id < held && newest.every((known) => id < known);
          expect(memory.restarts(id)).toBe(restarts);
          memory.add(id, true, limit);
          newest = [...newest, id].slice(-limit);
          expect(memory.held).toBe(held === undefined || id > held || restarts ? id : held);
        }
      }),
    );
  });

  it.each(['', '5', 'x|1', '|1 x', '|-5', '|1  2', '|1 '])('does not read %j as book updates', (text) => {
    expect(UpdateMemory.fromText(text)).toBeUndefined();
  });
});

describe('a set of the newest members', () => {
  it('forgets in order of arrival and says what it forgot', () => {
    const set = new RecentSet<number>();
    for (let n = 0; n < 1_000; n++) expect(set.add(n, 3)).toEqual(n < 3 ? [] : [n - 3]);
    expect(set.add(999, 3)).toEqual([]);
    expect(set.toArray()).toEqual([997, 998, 999]);
    expect(set.add(1_000, 1)).toEqual([997, 998, 999]);
    expect(set.size).toBe(1);
  });
});
