import { RegistryError } from './errors.ts';

/** What waiting on the network needs; a `Clock` of `@concord/runtime` that passes at the machine's own speed has it. */
export interface Pacing {
  setTimer(run: () => void, delayMs: number): { cancel(): void };
  sleep(delayMs: number, signal?: AbortSignal): Promise<void>;
  random(): number;
}

export interface Patience {
  readonly clock: Pacing;
  readonly signal?: AbortSignal | undefined;
  /** Called before each wait. */
  readonly onRetry?: ((error: RegistryError, delayMs: number) => void) | undefined;
  /** Called with each success. */
  readonly onAnswer?: (() => void) | undefined;
}

const FIRST_DELAY_MS = 100;
const LONGEST_DELAY_MS = 10_000;

/**
 * Repeats `attempt` while it fails with a `RegistryError` of fate `retry`, after waits that double up to ten seconds with full
 * jitter. Rejects with the signal's reason when it aborts, and with any other error at once.
 */
export async function patiently<T>(attempt: () => Promise<T>, patience: Patience): Promise<T> {
  for (let limitMs = FIRST_DELAY_MS; ; limitMs = Math.min(limitMs * 2, LONGEST_DELAY_MS)) {
    patience.signal?.throwIfAborted();
    try {
      const result = await attempt();
      patience.onAnswer?.();
      return result;
    } catch (error) {
      if (!(error instanceof RegistryError) || error.fate !== 'retry') throw error;
      const delayMs = Math.ceil(limitMs * patience.clock.random());
      patience.onRetry?.(error, delayMs);
      await patience.clock.sleep(delayMs, patience.signal);
    }
  }
}
