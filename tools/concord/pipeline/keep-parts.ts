import type { Part } from '@concord/local';
import type { Clock } from '@concord/runtime';
import { RestartPace } from './restart-pace.ts';

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
  const pace = new RestartPace(clock.monotonicMs());
  const stopped = new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve()));
  while (!signal.aborted) {
    await Promise.race([part.ended, stopped]);
    if (signal.aborted) return;
    const { delayMs } = pace.ended(clock.monotonicMs());
    onLine(`${part.name}: ended without being asked to, starting again in ${delayMs} ms`);
    await clock.sleep(delayMs, signal);
    if (signal.aborted) return;
    try {
      pace.started(clock.monotonicMs());
      await part.restart(signal);
      onLine(`${part.name}: answers again`);
    } catch (error) {
      if (!signal.aborted) onLine(error instanceof Error ? error.message : String(error));
    }
  }
}
