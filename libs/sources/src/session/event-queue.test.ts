import { settle } from '@concord/testkit';
import { describe, expect, it } from 'vitest';
import { EventQueue } from './event-queue.ts';

function open(capacity: number): { queue: EventQueue<number>; flow: string[] } {
  const flow: string[] = [];
  const queue = new EventQueue<number>(capacity, {
    full: () => flow.push('full'),
    room: () => flow.push('room'),
  });
  return { queue, flow };
}

describe('EventQueue', () => {
  it('gives everything there is at a time, in order', async () => {
    const { queue } = open(100);
    queue.push(1, 1);
    queue.push(2, 1);
    const reader = queue[Symbol.asyncIterator]();
    expect(await reader.next()).toEqual({ value: [1, 2], done: false });
    const waiting = reader.next();
    queue.push(3, 1);
    expect(await waiting).toEqual({ value: [3], done: false });
  });

  it('says once that it is full and once that there is room, counting what the reader still holds', async () => {
    const { queue, flow } = open(10);
    for (let i = 0; i < 12; i++) queue.push(i, 1);
    expect(flow).toEqual(['full']);
    const reader = queue[Symbol.asyncIterator]();
    await reader.next();
    expect(queue.size).toBe(12);
    expect(flow).toEqual(['full']);
    void reader.next();
    await settle();
    expect(queue.size).toBe(0);
    expect(flow).toEqual(['full', 'room']);
  });

  it('weighs an event by the records it holds', () => {
    const { queue, flow } = open(10);
    queue.push(1, 9);
    expect(flow).toEqual([]);
    queue.push(2, 1);
    expect(flow).toEqual(['full']);
  });

  it('gives out what is inside before it ends, and takes nothing after', async () => {
    const { queue } = open(10);
    queue.push(1, 1);
    queue.close();
    queue.push(2, 1);
    const batches: (readonly number[])[] = [];
    for await (const batch of queue) batches.push(batch);
    expect(batches).toEqual([[1]]);
  });

  it('gives out what is inside before it fails', async () => {
    const { queue } = open(10);
    queue.push(1, 1);
    queue.fail(new Error('broken'));
    const reader = queue[Symbol.asyncIterator]();
    expect((await reader.next()).value).toEqual([1]);
    await expect(reader.next()).rejects.toThrow('broken');
  });
});
