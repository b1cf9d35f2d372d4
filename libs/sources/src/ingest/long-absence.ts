import type { GapMarker, RepairMarker } from '@concord/codec';
import { countOf } from '../session/gaps.ts';
import { gapMarker, repairMarker, type StreamPlace } from '../session/stream-markers.ts';
import { NO_COVERAGE, type StreamCheckpoint } from '../session/stream-state.ts';

/** Whether nothing in the log shows how long a stream was away: ids of trades do, by the jump from one to the next. */
function isUnseen({ kind }: Pick<StreamPlace, 'kind'>, { lastId }: StreamCheckpoint): boolean {
  return kind === 'trades' ? lastId === null : kind === 'bars' && lastId !== null;
}

/** The open holes of a stream that nobody goes on with, stated as lost. */
export function openHoleMarkers(
  place: StreamPlace,
  { openHoles, uncounted = 0 }: Pick<StreamCheckpoint, 'openHoles' | 'uncounted'>,
): readonly RepairMarker[] {
  return [...openHoles, ...Array.from({ length: uncounted }, () => null)].map((ids) =>
    repairMarker(place, ids, 'unrepairable'),
  );
}

/** What a stream lost that was away for too long to be fetched: the time of it, where nothing else shows it, and the holes that were open before. */
export function absenceMarkers(
  place: StreamPlace,
  checkpoint: StreamCheckpoint,
): readonly (GapMarker | RepairMarker)[] {
  const before = openHoleMarkers(place, checkpoint);
  if (!isUnseen(place, checkpoint)) return before;
  return [...before, gapMarker(place, null), repairMarker(place, null, 'unrepairable')];
}

/** Where a stream goes on after that: anew, but for what was lost. */
export function afterAbsence(
  place: Pick<StreamPlace, 'kind'>,
  checkpoint: StreamCheckpoint,
): StreamCheckpoint {
  const { openHoles, uncounted = 0, coverage = NO_COVERAGE } = checkpoint;
  const missing = countOf(openHoles);
  return {
    lastId: null,
    lastEventTime: null,
    openHoles: [],
    isOutdated: isUnseen(place, checkpoint),
    coverage: {
      ...coverage,
      missingIds: coverage.missingIds + missing,
      suspect: coverage.suspect + missing + uncounted,
    },
  };
}
