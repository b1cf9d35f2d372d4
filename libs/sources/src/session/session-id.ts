import type { Clock } from '@concord/runtime';

/**
 * Names sessions: source, replica, the clock's microseconds and chance, so that two sessions never share a name, not even those of a
 * past that is played a second time from the same instant.
 */
export function newSessionId(
  source: string,
  replica: string,
  clock: Pick<Clock, 'nowMicros' | 'random'>,
): string {
  const chance = Math.floor(clock.random() * 36 ** 4)
    .toString(36)
    .padStart(4, '0');
  return `${source}-${replica}-${clock.nowMicros().toString(36)}-${chance}`;
}
