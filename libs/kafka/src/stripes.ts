import type { Spread } from './assignor.ts';

/**
 * Shares slots so that whatever lies in the first n of them is shared evenly too: they are cut into blocks of as many slots as there are
 * members, and each member gets one of every block, one that it holds where it holds any. When a member comes, each other gives up no
 * more than the new one needs; when one goes, its slots are shared by the rest.
 */
export const stripeSlots: Spread = (count, members) => {
  const ordered = [...members].sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0));
  const shares = new Map<string, number[]>(ordered.map(([memberId]) => [memberId, []]));
  if (ordered.length === 0) return shares;
  // Of two members that claim one slot the first in the order of ids keeps it.
  const holders = new Map<number, string>();
  for (const [memberId, claims] of ordered) {
    for (const slot of claims) if (!holders.has(slot)) holders.set(slot, memberId);
  }
  for (let start = 0; start < count; start += ordered.length) {
    const block = Array.from({ length: Math.min(ordered.length, count - start) }, (_, at) => start + at);
    const waiting = new Set(shares.keys());
    const free = block.filter((slot) => {
      const holder = holders.get(slot);
      if (holder === undefined || !waiting.delete(holder)) return true;
      shares.get(holder)?.push(slot);
      return false;
    });
    const poorestFirst = [...waiting].sort((a, b) => held(shares, a) - held(shares, b));
    free.forEach((slot, at) => shares.get(poorestFirst[at] as string)?.push(slot));
  }
  for (const share of shares.values()) share.sort((a, b) => a - b);
  return shares;
};

function held(shares: ReadonlyMap<string, readonly number[]>, memberId: string): number {
  return shares.get(memberId)?.length ?? 0;
}
