import { expect, it } from 'vitest';
import { configFileFor } from './connection.ts';

const run = { configFile: '/run/concord.yaml' };

it('reads a running pipeline by the file it runs with, whatever CONCORD_CONFIG says', () => {
  expect(configFileFor({ kafkaBrokers: undefined, configFile: 'mine.yaml' }, run)).toBe('/run/concord.yaml');
});

it('reads a cluster that the environment names by the file it names', () => {
  expect(configFileFor({ kafkaBrokers: ['away:9092'], configFile: 'mine.yaml' }, run)).toBe('mine.yaml');
});

it.each([
  { run, file: '/run/concord.yaml' },
  { run: undefined, file: 'concord.yaml' },
])('falls back on $file where the environment names a cluster only', ({ run: running, file }) => {
  expect(configFileFor({ kafkaBrokers: ['away:9092'], configFile: undefined }, running)).toBe(file);
});
