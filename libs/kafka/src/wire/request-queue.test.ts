import { createRequire } from 'node:module';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import './install.ts';

interface RequestQueue {
  push(request: { entry: object; expectResponse: boolean; sendRequest: () => void }): void;
  fulfillRequest(answer: { correlationId: number; payload: null; size: number }): void;
  maybeThrottle(ms: number): void;
}

const require = createRequire(import.meta.url);
const Queue = require('kafkajs/src/network/requestQueue') as new (options: object) => RequestQueue;

describe("kafkajs' queue of requests", () => {
  let sent: number[];
  let queue: RequestQueue;

  beforeEach(() => {
    vi.useFakeTimers();
    sent = [];
    const logger = { debug: () => undefined, warn: () => undefined };
    const enforced = { requestTimeout: 30_000, enforceRequestTimeout: false };
    queue = new Queue({ ...enforced, maxInFlightRequests: 1, clientId: 'c', broker: 'b', logger });
  });
  afterEach(() => vi.useRealTimers());

  function push(correlationId: number): void {
    const entry = { correlationId, resolve: () => undefined, reject: () => undefined };
    queue.push({ entry, expectResponse: true, sendRequest: () => sent.push(correlationId) });
  }

  it('wakes nobody while nothing waits in it', () => {
    push(1);
    queue.fulfillRequest({ correlationId: 1, payload: null, size: 0 });
    expect(sent).toEqual([1]);
    expect(vi.getTimerCount()).toBe(0);
  });

  it('sends what waited for an answer when it comes, and rests', () => {
    push(1);
    push(2);
    expect(sent).toEqual([1]);
    queue.fulfillRequest({ correlationId: 1, payload: null, size: 0 });
    expect(sent).toEqual([1, 2]);
    vi.advanceTimersByTime(1_000);
    expect(vi.getTimerCount()).toBe(0);
  });

  it('sends what waited for the time that the broker asked for, and rests', () => {
    queue.maybeThrottle(500);
    push(1);
    vi.advanceTimersByTime(499);
    expect(sent).toEqual([]);
    vi.advanceTimersByTime(2);
    expect(sent).toEqual([1]);
    expect(vi.getTimerCount()).toBe(0);
  });
});
