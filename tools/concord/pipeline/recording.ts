import { statSync } from 'node:fs';
import { ConcordError } from '@concord/model';
import { instrumentsOfRecording, type VenueInstrument } from '@concord/venues';
import type { RawSettings } from './settings.ts';

/** A recording that cannot be played. */
export class RecordingError extends ConcordError {
  constructor(message: string) {
    super('recording-refused', 'fatal', message);
  }
}

/** Settings with the recordings' own instruments and venues in place of the file's; unchanged without recordings. */
export function recordedSettings(settings: RawSettings, recordings: readonly string[]): RawSettings {
  if (recordings.length === 0) return settings;
  const missing = recordings.find((file) => statSync(file, { throwIfNoEntry: false })?.isFile() !== true);
  if (missing !== undefined)
    throw new RecordingError(
      `There is no recording ${missing}. Give the path of a .jsonl or .jsonl.gz file.`,
    );
  const found = readInstruments(recordings);
  if (found.length === 0) {
    throw new RecordingError(
      `No instrument was found in ${recordings.join(', ')}. Expected frames of a simulated venue, one JSON object a line.`,
    );
  }
  const partitions = typeof settings['partitions'] === 'number' ? settings['partitions'] : 2;
  const known = (settings['venues'] ?? {}) as Record<string, unknown>;
  const names = new Set(found.flatMap(({ symbols }) => Object.keys(symbols)));
  const fusion = settings['fusion'];
  return {
    ...settings,
    ...(isSection(fusion) ? { fusion: among(fusion, names) } : {}),
    venues: Object.fromEntries([...names].map((name) => [name, known[name] ?? {}])),
    instruments: found.map((instrument, index) => definition(instrument, index % partitions)),
  };
}

type Section = Record<string, unknown>;

function isSection(value: unknown): value is Section {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The section `fusion` without the venues that the recording does not hold, for all and by kind. */
function among(fusion: Section, names: ReadonlySet<string>): Section {
  const { members, weights, kinds } = fusion;
  return {
    ...fusion,
    ...(Array.isArray(members) ? { members: members.filter((name) => names.has(String(name))) } : {}),
    ...(isSection(weights)
      ? { weights: Object.fromEntries(Object.entries(weights).filter(([name]) => names.has(name))) }
      : {}),
    ...(isSection(kinds)
      ? {
          kinds: Object.fromEntries(
            Object.entries(kinds).map(([kind, part]) => [kind, isSection(part) ? among(part, names) : part]),
          ),
        }
      : {}),
  };
}

function readInstruments(recordings: readonly string[]): VenueInstrument[] {
  try {
    return instrumentsOfRecording(recordings);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new RecordingError(`Not a recording that can be played: ${reason}`);
  }
}

/** As many decimal places as a step's text has. */
function placesOf(step: string): number {
  return (step.split('.')[1] ?? '').replace(/0+$/, '').length;
}

function definition(
  { id, symbols, priceTick, sizeStep }: VenueInstrument,
  partition: number,
): Record<string, unknown> {
  const quote = id.split('-')[1] ?? 'UNKNOWN';
  return {
    id,
    base: id.split('-')[0] ?? id,
    quote,
    partition,
    priceScale: placesOf(priceTick),
    tickBands: [{ tick: priceTick }],
    lot: sizeStep,
    venues: symbols,
  };
}
