import { MICROS_PER_SECOND, type Micros } from '@concord/model';
import type { StreamCheckpoint } from '../session/stream-state.ts';

/** A replica says every two seconds how far trades without ids are told: one that was killed has told more, for no longer than this after its last word. */
const UNSAID: Micros = 5 * MICROS_PER_SECOND;

/**
 * Where a stream goes on of which nothing may be told twice and no id tells what was: behind all that the one before may have told. What lies between that and
 * what it had said is lost, as are its open holes: behind them it went on telling.
 */
export function afterLastWord(checkpoint: StreamCheckpoint): StreamCheckpoint {
  const { lastEventTime, saidAt, uncounted = 0, isAbandoned = false } = checkpoint;
  if (lastEventTime === null || saidAt === undefined || (uncounted === 0 && !isAbandoned)) return checkpoint;
  return { ...checkpoint, lastEventTime: Math.max(lastEventTime, saidAt + (isAbandoned ? UNSAID : 0)) };
}
