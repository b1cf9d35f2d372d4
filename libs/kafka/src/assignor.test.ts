import { AssignerProtocol, type Cluster, type Logger } from 'kafkajs';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { spreadTasks, taskAssignor } from './assignor.ts';

describe('spreading tasks', () => {
  test('one member gets them all, none gets none', () => {
    expect(spreadTasks(3, [['a', []]])).toEqual(new Map([['a', [0, 1, 2]]]));
    expect(spreadTasks(3, [])).toEqual(new Map());
  });

  test('who holds tasks keeps them when another member joins', () => {
    const shares = spreadTasks(4, [
      ['b', []],
      ['a', [0, 1, 2, 3]],
    ]);
    expect(shares.get('a')).toEqual([0, 1]);
    expect(shares.get('b')).toEqual([2, 3]);
  });

  test('of two members that claim one task the first in the order of ids keeps it', () => {
    const shares = spreadTasks(2, [
      ['z', [0]],
      ['a', [0]],
    ]);
    expect(shares.get('a')).toEqual([0]);
    expect(shares.get('z')).toEqual([1]);
  });

  test('more members than tasks leaves some without', () => {
    const shares = spreadTasks(1, [
      ['a', []],
      ['b', [0]],
    ]);
    expect(shares.get('a')).toEqual([]);
    expect(shares.get('b')).toEqual([0]);
  });

  const members = fc.uniqueArray(
    fc.tuple(fc.string({ minLength: 1, maxLength: 3 }), fc.array(fc.integer({ min: -1, max: 12 }))),
    { selector: ([id]) => id, minLength: 1, maxLength: 6 },
  );

  test('every task goes to one member, evenly, whatever is claimed, and independent of the order of members', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 10 }), members, (count, group) => {
        const shares = spreadTasks(count, group);
        const all = [...shares.values()].flat().sort((a, b) => a - b);
        expect(all).toEqual(Array.from({ length: count }, (_, task) => task));
        const sizes = [...shares.values()].map((share) => share.length);
        expect(Math.max(...sizes) - Math.min(...sizes)).toBeLessThanOrEqual(1);
        const reversed = spreadTasks(count, [...group].reverse());
        for (const [member, share] of shares) expect(reversed.get(member)).toEqual(share);
      }),
    );
  });

  test('a spread that stands is kept when asked for again', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 10 }), members, (count, group) => {
        const shares = spreadTasks(count, group);
        expect(spreadTasks(count, [...shares])).toEqual(
          new Map([...shares].sort(([a], [b]) => (a < b ? -1 : 1))),
        );
      }),
    );
  });
});

describe('the assignor as kafkajs calls it', () => {
  const config = { cluster: {} as Cluster, groupId: 'g', logger: {} as Logger };

  test('a member gets the same partition index of each of its topics', async () => {
    const assignor = taskAssignor(2, () => [])(config);
    const member = (memberId: string, claims: readonly number[], topics: string[]) => ({
      memberId,
      memberMetadata: taskAssignor(2, () => claims)(config).protocol({ topics }).metadata,
    });
    const given = await assignor.assign({
      members: [member('a', [1], ['x', 'y']), member('b', [], ['x', 'y', 'z'])],
      topics: ['x', 'y'],
    });
    const decoded = given.map(({ memberId, memberAssignment }) => [
      memberId,
      AssignerProtocol.MemberAssignment.decode(memberAssignment)?.assignment,
    ]);
    expect(decoded).toEqual([
      ['a', { x: [1], y: [1] }],
      ['b', { x: [0], y: [0], z: [0] }],
    ]);
  });

  test('claims that cannot be read count as none', async () => {
    const metadata = AssignerProtocol.MemberMetadata.encode({
      version: 1,
      topics: ['x'],
      userData: Buffer.from('{'),
    });
    const assignor = taskAssignor(1, () => [])(config);
    const given = await assignor.assign({
      members: [{ memberId: 'a', memberMetadata: metadata }],
      topics: ['x'],
    });
    expect(given).toHaveLength(1);
  });
});
