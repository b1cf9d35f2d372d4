import { formatMicros, MICROS_PER_SECOND, parseRfc3339 } from '@concord/model';
import type { RefusalCode } from '@concord/sources';
import type { PlayedFrame } from './play.ts';
import type { Sample } from './samples.ts';
import type { SourceConformance } from './venue-conformance.ts';

/** What a fault must lead to, beside what the sound frames led to. */
export interface Consequence {
  /** The code of the one refusal, null where nothing is refused. */
  readonly refused: RefusalCode | null;
  /** The target's record is lost. */
  readonly isLost: boolean;
  /** A number of the connection is left out or comes too early, where frames are numbered. */
  readonly isOutOfNumber: boolean;
}

/** A harm done to frames. */
export interface Fault {
  readonly name: string;
  harm(sample: Sample, venue: SourceConformance): readonly PlayedFrame[];
  consequence(sample: Sample, venue: SourceConformance): Consequence;
}

export const LARGE_BYTES = 5 * 1_024 * 1_024;
/** Ahead of the clock by more than any two clocks differ. */
const SHIFT_MICROS = 3_600 * MICROS_PER_SECOND;
export const NO_CONSEQUENCE: Consequence = { refused: null, isLost: false, isOutOfNumber: false };

/** A frame that does not belong there, before the target. */
export function intruder(
  name: string,
  data: string | Buffer,
  refused: (venue: SourceConformance) => RefusalCode | null,
): Fault {
  return {
    name,
    harm: ({ session: { frames }, target }) =>
      frames.toSpliced(target, 0, { data, receiveTime: frames[target]?.receiveTime ?? 0 }),
    consequence: (_, venue) => ({ ...NO_CONSEQUENCE, refused: refused(venue) }),
  };
}

function changed({ session: { frames }, target }: Sample, change: (text: string) => string): PlayedFrame[] {
  const frame = frames[target] as PlayedFrame;
  const text = String(frame.data);
  const data = change(text);
  if (data === text) throw new Error(`nothing was changed in ${text}`);
  return frames.with(target, { ...frame, data });
}

/** A change of the target's text, for which it is refused. */
export function damage(
  name: string,
  change: (text: string, sample: Sample) => string,
  refused: (sample: Sample) => RefusalCode,
  isOutOfNumber = false,
): Fault {
  return {
    name,
    harm: (sample) => changed(sample, (text) => change(text, sample)),
    consequence: (sample) => ({ refused: refused(sample), isLost: true, isOutOfNumber }),
  };
}

function shifted(time: string): string {
  const micros = parseRfc3339(time);
  if (micros !== undefined) return formatMicros(micros + SHIFT_MICROS);
  const perSecond = 10 ** Math.max(0, time.length - 10);
  return String(Number(time) + (SHIFT_MICROS / MICROS_PER_SECOND) * perSecond);
}

export const INTRUDERS: readonly Fault[] = [
  intruder(
    'a text that is no JSON',
    'upstream connect error or disconnect/reset before headers',
    () => 'not-json',
  ),
  intruder('an empty frame', '', () => 'not-json'),
  intruder('a binary frame', Buffer.from([0x00, 0xff, 0xfe, 0x93, 0x7b, 0x22, 0xc3, 0x28]), () => 'not-json'),
  intruder('a frame of 5 MB', `{"padding":"${'x'.repeat(LARGE_BYTES)}"}`, () => 'unknown-frame'),
  intruder('the text pong', 'pong', ({ pong }) => (pong === 'heartbeat' ? null : 'not-json')),
];

/** On a connection that goes on: nothing but numbers can tell of it. */
export const DROPPED: Fault = {
  name: 'a dropped frame',
  harm: ({ session: { frames }, target }) => frames.toSpliced(target, 1),
  consequence: () => ({ refused: null, isLost: true, isOutOfNumber: true }),
};

/** What each type of frame says of itself is enough for these, whatever the protocol. */
export const FIELD_DAMAGES: readonly Fault[] = [
  damage(
    'a missing field',
    (text, { type }) => text.replace(type.missing.part, ''),
    ({ type }) => type.missing.code,
  ),
  damage(
    'a number out of range',
    (text, { type }) => text.replace(type.number, '9'.repeat(41)),
    () => 'bad-number',
  ),
];

export const DAMAGES: readonly Fault[] = [
  damage(
    'half a frame',
    (text) => text.slice(0, text.length >> 1),
    () => 'not-json',
    true,
  ),
  damage(
    'an unknown symbol',
    (text, { record: { record } }) => text.replaceAll(`${record.venueSymbol}"`, `${record.venueSymbol}0X"`),
    () => 'unknown-symbol',
  ),
  ...FIELD_DAMAGES,
  DROPPED,
];

export const REPEATED: Fault = {
  name: 'a repeated frame',
  harm: ({ session: { frames }, target }) => frames.toSpliced(target, 0, frames[target] as PlayedFrame),
  consequence: () => NO_CONSEQUENCE,
};

/** The target comes right after the next frame of its stream. */
export const SWAPPED: Fault = {
  name: 'swapped frames',
  harm: ({ session: { frames }, target, next }) => {
    // A moment later: what comes at once may be told as one.
    const receiveTime = (frames[next]?.receiveTime ?? 0) + 1;
    const late = { ...(frames[target] as PlayedFrame), receiveTime };
    return frames.toSpliced(next + 1, 0, late).toSpliced(target, 1);
  },
  consequence: () => ({ ...NO_CONSEQUENCE, isOutOfNumber: true }),
};

/** Of types whose frames tell a time. */
export const SHIFTED: Fault = {
  name: 'a shifted time',
  harm: (sample) =>
    changed(sample, (text) => {
      const { time } = sample.type;
      return time === null ? text : text.replaceAll(new RegExp(time.source, 'g'), shifted);
    }),
  consequence: () => NO_CONSEQUENCE,
};
