import { expect, test } from 'vitest';
import { placesFound } from '../rule-judge.ts';
import { environment } from './environment.ts';

test('each way of reading the environment is found', () => {
  const text = [
    'const a = process.env.A;',
    "const b = process['env'];",
    'const { env } = process;',
    "import { env as c } from 'node:process';",
    'const d = `${process.env.D}`;',
    'const e = globalThis.process.env.E;',
    "const f = globalThis['process']['env'];",
    'const { env: g } = globalThis.process;',
    'const h = global.process?.env;',
  ].join('\n');
  const places = [1, 2, 3, 4, 5, 6, 7, 8, 9].map((line) => `services/a/main.ts:${line}`);
  expect(placesFound(environment, { 'services/a/main.ts': text }).sort()).toEqual(places);
});

test('its readers may read it and a comment may speak of it', () => {
  const read = 'f(process.env.A);';
  const texts = {
    'libs/runtime/src/environment.ts': read,
    'tools/boot.mjs': read,
    'tools/local/command.ts': read,
    'libs/kafka/src/a.ts': '// process.env is not read here\nprocess.exit();',
  };
  expect(placesFound(environment, texts)).toEqual([]);
});
