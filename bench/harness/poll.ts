import { setTimeout as delay } from 'node:timers/promises';

/** Calls `look` until it gives something, every `everyMs`; throws when `deadlineMs` have passed or `signal` aborts. */
export async function pollUntil<Value>(
  what: string,
  look: () => Promise<Value | undefined> | Value | undefined,
  options: { readonly signal: AbortSignal; readonly everyMs?: number; readonly deadlineMs?: number },
): Promise<Value> {
  const { signal, everyMs = 200, deadlineMs = 120_000 } = options;
  const endMs = performance.now() + deadlineMs;
  for (;;) {
    const value = await look();
    if (value !== undefined) return value;
    if (performance.now() > endMs) throw new Error(`Waited ${deadlineMs / 1000} s in vain for ${what}`);
    await delay(everyMs, undefined, { signal });
  }
}
