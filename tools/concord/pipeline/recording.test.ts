import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { recordedSettings } from './recording.ts';
import { checkSettings } from './settings.ts';

const FRAMES = join(import.meta.dirname, '../../../../shared/realdata/frames');

test.skipIf(!existsSync(FRAMES))(
  'members and weights of venues that a recording does not hold are left out',
  () => {
    const name = readdirSync(FRAMES).find((file) => /^kraken.*\.jsonl(\.gz)?$/.test(file)) ?? '';
    const some = { members: ['okx', 'kraken'], weights: { okx: 2, kraken: 3 } };
    const settings = {
      venues: { kraken: {}, okx: {} },
      fusion: { ...some, minimumSources: 1, kinds: { bars: some } },
    };
    const recorded = recordedSettings(settings, [join(FRAMES, name)]);
    const left = { members: ['kraken'], weights: { kraken: 3 } };
    expect(recorded['fusion']).toEqual({ ...left, minimumSources: 1, kinds: { bars: left } });
    expect(Object.keys(checkSettings(recorded, 'test.yaml').venues)).toEqual(['kraken']);
    expect(recordedSettings(settings, [])).toBe(settings);
  },
);

test('what is no file is no recording', () => {
  expect(() => recordedSettings({}, [import.meta.dirname])).toThrow(
    /^There is no recording .* Give the path of a/,
  );
});
