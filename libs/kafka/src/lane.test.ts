import { ManualClock } from '@concord/testkit';
import type { KafkaMessage } from 'kafkajs';
import { beforeEach, describe, expect, test } from 'vitest';
import { TaskLostError } from './errors.ts';
import { Lane } from './lane.ts';
import { OWNER_KEY, StateCollector } from './state-records.ts';
import type { FetchedBatch } from './subscription.ts';

class Switches {
  readonly flowing = new Map<string, number | undefined>();
  #sought = new Map<string, number>();

  pause(topic: string): void {
    this.flowing.delete(topic);
  }

  resume(topic: string): void {
    this.flowing.set(topic, this.#sought.get(topic));
  }

  seek(topic: string, _partition: number, offset: number): void {
    this.#sought.set(topic, offset);
  }
}

let switches: Switches;
let lane: Lane;
let clock: ManualClock;

beforeEach(() => {
  switches = new Switches();
  clock = new ManualClock();
  lane = new Lane({
    partition: 3,
    prefix: 'p.',
    inputs: ['a', 'b'],
    stateTopic: 'p.state.s',
    partitions: switches,
    machineClock: clock,
    maxRecords: 4,
    maxBytes: 10_000,
  });
});

function message(offset: number, value = 'v', key = 'k'): KafkaMessage {
  const record = { offset: String(offset), key: Buffer.from(key), value: Buffer.from(value), timestamp: '7' };
  return { ...record, attributes: 0, headers: { one: [Buffer.from('first'), 'second'], two: 'x' } };
}

function withHeaders(headers: unknown): KafkaMessage {
  return { ...message(0), headers } as KafkaMessage;
}

function batch(topic: string, from: number, offsets: readonly number[], next?: number): FetchedBatch {
  const nextOffset = next ?? (offsets.at(-1) ?? from) + 1;
  const messages = offsets.map((offset) => message(offset));
  return { topic, partition: 3, fetchedOffset: from, nextOffset, highWatermark: nextOffset + 10, messages };
}

function taken(limit = 100): string[] {
  return lane.take(limit).map(({ topic, offset }) => `${topic}${offset}`);
}

describe('intake', () => {
  test('nothing flows before the lane is opened, and then from the given offsets', () => {
    lane.steer();
    expect(switches.flowing.size).toBe(0);
    lane.accept(batch('p.a', 0, [0]));
    expect(taken()).toEqual([]);
    lane.open({ a: 5, b: 9 });
    expect(switches.flowing).toEqual(
      new Map([
        ['p.a', 5],
        ['p.b', 9],
      ]),
    );
  });

  test('records come out once and in order, with the last of headers that stand twice', () => {
    lane.open({ a: 5, b: 0 });
    lane.accept(batch('p.a', 5, [5, 6]));
    lane.accept(batch('p.b', 0, [0]));
    const [first] = lane.take(1);
    expect(first).toMatchObject({ topic: 'a', partition: 3, offset: 5, timestampMs: 7 });
    expect(first?.headers).toEqual({ one: Buffer.from('second'), two: Buffer.from('x') });
    expect(taken()).toEqual(['a6', 'b0']);
  });

  test('a repeated fetch and records below the position are left out', () => {
    lane.open({ a: 5, b: 0 });
    lane.accept(batch('p.a', 3, [3, 4, 5]));
    lane.accept(batch('p.a', 4, [4, 5]));
    expect(taken()).toEqual(['a5']);
  });

  test('a batch that does not continue the position breaks the lane', () => {
    lane.open({ a: 5, b: 0 });
    lane.accept(batch('p.a', 7, [7]));
    expect(() => lane.take(1)).toThrow(TaskLostError);
    expect(switches.flowing.size).toBe(0);
    lane.open({ a: 5, b: 0 });
    expect(taken()).toEqual([]);
  });

  test('control records move the position on', () => {
    lane.open({ a: 5, b: 0 });
    lane.accept(batch('p.a', 5, [5], 7));
    expect(lane.emptiedTo('a')).toBeUndefined();
    taken();
    expect(lane.emptiedTo('a')).toBe(7);
    lane.accept(batch('p.a', 7, [], 8));
    expect(lane.emptiedTo('a')).toBe(8);
    expect(lane.endOf('a')).toBe(18);
  });

  test('a full queue stops all inputs of the task until half of it is worked off', () => {
    lane.open({ a: 0, b: 0 });
    lane.accept(batch('p.a', 0, [0, 1, 2, 3, 4]));
    expect(switches.flowing.size).toBe(0);
    lane.accept(batch('p.b', 0, [0]));
    expect(taken(2)).toEqual(['a0', 'a1']);
    expect(switches.flowing.size).toBe(0);
    expect(taken(1)).toEqual(['a2']);
    expect(switches.flowing).toEqual(
      new Map([
        ['p.a', 5],
        ['p.b', 0],
      ]),
    );
    expect(taken()).toEqual(['a3', 'a4']);
  });

  test('large records fill it as well', () => {
    lane.open({ a: 0, b: 0 });
    lane.accept({ ...batch('p.a', 0, []), nextOffset: 1, messages: [message(0, 'x'.repeat(10_000))] });
    expect(switches.flowing.size).toBe(0);
    taken();
    expect(switches.flowing.size).toBe(2);
  });

  test('large headers fill it as well', () => {
    lane.open({ a: 0, b: 0 });
    const headers = { marker: 'session', extra: Buffer.alloc(10_000) };
    lane.accept({ ...batch('p.a', 0, []), nextOffset: 1, messages: [withHeaders(headers)] });
    expect(switches.flowing.size).toBe(0);
    taken();
    expect(switches.flowing.size).toBe(2);
  });

  test('headers without a value and names that JavaScript knows hurt nobody', () => {
    lane.open({ a: 0, b: 0 });
    // As kafkajs gives null values, which Kafka allows, and a header that is named like a property of every object.
    const headers = {
      none: null,
      late: ['x', null],
      constructor: [Object, Buffer.from('y')],
      ['__proto__']: 'z',
    };
    lane.accept({ ...batch('p.a', 0, []), nextOffset: 1, messages: [withHeaders(headers)] });
    expect(Object.entries(lane.take(1)[0]?.headers ?? {})).toEqual([
      ['late', Buffer.from('x')],
      ['constructor', Buffer.from('y')],
      ['__proto__', Buffer.from('z')],
    ]);
  });

  test('a join sets flow and positions anew', () => {
    lane.open({ a: 5, b: 0 });
    lane.accept(batch('p.a', 5, [5]));
    switches.flowing.clear();
    lane.steer();
    expect(switches.flowing.get('p.a')).toBe(6);
  });

  test('a closed lane forgets its queue', () => {
    lane.open({ a: 0, b: 0 });
    lane.accept(batch('p.a', 0, [0]));
    lane.close();
    expect(lane.queued).toBe(0);
    expect(switches.flowing.size).toBe(0);
  });
});

describe('loading the state', () => {
  const owner = (offset: number): FetchedBatch => ({
    ...batch('p.state.s', offset, []),
    nextOffset: offset + 1,
    messages: [message(offset, 'me', OWNER_KEY)],
  });

  test('reads from the start until the own record, over holes of compaction, and stops there', async () => {
    const collector = new StateCollector('me');
    const loaded = lane.load(2, collector, 1_000);
    expect(switches.flowing).toEqual(new Map([['p.state.s', 2]]));
    lane.accept(batch('p.state.s', 2, [4, 9]));
    lane.accept({ ...batch('p.state.s', 12, []), nextOffset: 13 });
    lane.accept(owner(13));
    await loaded;
    expect(collector.records).toBe(1);
    expect(switches.flowing.size).toBe(0);
    expect(clock.pending).toBe(0);
  });

  test('ends with an error when it takes too long', async () => {
    const loaded = lane.load(0, new StateCollector('me'), 1_000);
    clock.advance(1_000);
    await expect(loaded).rejects.toThrow(/not loaded within 1000 ms/);
  });

  test('ends with an error when the lane is closed or the reading jumps', async () => {
    const closed = lane.load(0, new StateCollector('me'), 1_000);
    lane.close();
    await expect(closed).rejects.toThrow(/closed/);
    const jumped = lane.load(0, new StateCollector('me'), 1_000);
    lane.accept(batch('p.state.s', 3, [3]));
    await expect(jumped).rejects.toThrow(/not read from 0/);
  });
});
