import type { Assigner, GroupMember, GroupMemberAssignment, PartitionAssigner } from 'kafkajs';
import { AssignerProtocol } from './kafkajs.ts';

const NAME = 'concord-tasks';
const VERSION = 1;

/** Which task indices a member asks to keep: what it holds now, or nothing when it cannot be sure that it still holds them. */
export type Claims = () => readonly number[];

/** Shares indices 0..count-1 among members, each of which names those that it holds. Must not depend on the order of the members. */
export type Spread = (
  count: number,
  members: readonly (readonly [memberId: string, claims: readonly number[]])[],
) => Map<string, number[]>;

/**
 * Gives tasks, not partitions: index p of every subscribed topic goes to one member, a member keeps what it holds while the spread
 * stays even (counts differ by one at most). With the same members and claims the result is always the same.
 */
export function taskAssignor(
  partitions: number,
  claims: Claims,
  spread: Spread = spreadTasks,
): PartitionAssigner {
  return (): Assigner => ({
    name: NAME,
    version: VERSION,
    protocol: ({ topics }) => ({
      name: NAME,
      metadata: AssignerProtocol.MemberMetadata.encode({
        version: VERSION,
        topics,
        userData: Buffer.from(JSON.stringify(claims())),
      }),
    }),
    assign: ({ members, topics }) => Promise.resolve(assignTasks(partitions, members, topics, spread)),
  });
}

function assignTasks(
  partitions: number,
  members: readonly GroupMember[],
  topics: readonly string[],
  spread: Spread,
): GroupMemberAssignment[] {
  const claimed = members.map(readMember);
  const shares = spread(
    partitions,
    claimed.map(({ memberId, claims }) => [memberId, claims] as const),
  );
  return claimed.map((member) => {
    const tasks = shares.get(member.memberId) ?? [];
    const assignment: Record<string, number[]> = {};
    for (const topic of member.topics ?? topics) assignment[topic] = [...tasks];
    const memberAssignment = AssignerProtocol.MemberAssignment.encode({
      version: VERSION,
      assignment,
      userData: Buffer.alloc(0),
    });
    return { memberId: member.memberId, memberAssignment };
  });
}

interface ClaimingMember {
  readonly memberId: string;
  readonly topics: readonly string[] | undefined;
  readonly claims: readonly number[];
}

function readMember({ memberId, memberMetadata }: GroupMember): ClaimingMember {
  const metadata = AssignerProtocol.MemberMetadata.decode(memberMetadata);
  return { memberId, topics: metadata?.topics, claims: readClaims(metadata?.userData) };
}

function readClaims(userData: Buffer | undefined): number[] {
  if (userData === undefined || userData.length === 0) return [];
  try {
    const claims: unknown = JSON.parse(userData.toString());
    return Array.isArray(claims) ? claims.filter((claim): claim is number => Number.isInteger(claim)) : [];
  } catch {
    return [];
  }
}

/**
 * Spreads tasks 0..count-1 over the members. Each keeps claimed tasks up to its share; of two members that claim one task the
 * first in the order of ids keeps it; the rest goes to whoever has fewest.
 */
export function spreadTasks(
  count: number,
  members: readonly (readonly [memberId: string, claims: readonly number[]])[],
): Map<string, number[]> {
  const ordered = [...members].sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0));
  const shares = new Map<string, number[]>(ordered.map(([memberId]) => [memberId, []]));
  if (ordered.length === 0) return shares;
  const free = new Set(Array.from({ length: count }, (_, task) => task));
  const small = Math.floor(count / ordered.length);
  // So many members may hold one task more than the others.
  let large = count % ordered.length;
  const byClaims = [...ordered].sort(([, a], [, b]) => b.length - a.length);
  for (const [memberId, claims] of byClaims) {
    const held = [...new Set(claims)].filter((task) => free.has(task)).sort((a, b) => a - b);
    const limit = held.length > small && large > 0 ? small + 1 : small;
    if (limit > small) large--;
    for (const task of held.slice(0, limit)) {
      free.delete(task);
      shares.get(memberId)?.push(task);
    }
  }
  for (const task of free) {
    const poorest = [...shares.values()].reduce((least, share) =>
      share.length < least.length ? share : least,
    );
    poorest.push(task);
  }
  for (const share of shares.values()) share.sort((a, b) => a - b);
  return shares;
}
