/** Resolves at the first SIGINT or SIGTERM; a second one ends the process at once. */
export function untilInterrupted(): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  onInterrupt(resolve);
  return promise;
}

/**
 * Calls `stop` at the first SIGINT, SIGTERM or SIGHUP, and when nobody reads any more what is told; a second signal ends the process at once, parts and services end with
 * it.
 */
export function onInterrupt(stop: () => void): void {
  let asked = false;
  const interrupt = (): void => {
    if (asked) process.exit(130);
    asked = true;
    stop();
  };
  process.on('SIGINT', interrupt).on('SIGTERM', interrupt).on('SIGHUP', interrupt);
  process.stdout.on('error', () => {
    if (!asked) interrupt();
  });
}
