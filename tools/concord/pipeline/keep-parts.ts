import type { Part } from '@concord/local';
import type { Clock } from '@concord/runtime';

const RESTART_FIRST_MS = 200;
const RESTART_MAX_MS = 10_000;
/** One that lived this long begins anew with the first delay. */
const SETTLED_MS = 30_000;

/** Starts each part again that ends without being asked to, on its port and with its data, until disposed of. */
export function keepParts(
  parts: readonly Part[],
  clock: Pick<Clock, 'monotonicMs' | 'sleep'>,
  onLine: (line: string) => void = () => {},
): AsyncDisposable {
  const stop = new AbortController();
  const keeping = Promise.all(parts.map((part) => keep(part, clock, onLine, stop.signal)));
  return {
    [Symbol.asyncDispose]: async () => {
      stop.abort();
      await keeping;
    },
  };
}

async function keep(
  part: Part,
  clock: Pick<Clock, 'monotonicMs' | 'sleep'>,
  onLine: (line: string) => void,
  signal: AbortSignal,
): Promise<void> {
  let restarts = 0;
  let startedAtMs = clock.monotonicMs();
  const stopped = new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve()));
  while (!signal.aborted) {
    await Promise.race([part.ended, stopped]);
    if (signal.aborted) return;
    if (clock.monotonicMs() - startedAtMs > SETTLED_MS) restarts = 0;
    const delayMs = Math.min(RESTART_MAX_MS, RESTART_FIRST_MS * 2 ** restarts++);
    onLine(`${part.name}: ended without being asked to, starting again in ${delayMs} ms`);
    await clock.sleep(delayMs, signal);
    if (signal.aborted) return;
    try {
      startedAtMs = clock.monotonicMs();
      await part.restart(signal);
      onLine(`${part.name}: answers again`);
    } catch (error) {
      if (!signal.aborted) onLine(error instanceof Error ? error.message : String(error));
    }
  }
}
