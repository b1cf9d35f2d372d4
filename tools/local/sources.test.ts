import { afterEach, expect, test, vi } from 'vitest';
import {
  configuredMavenRepository,
  configuredPythonIndex,
  findFileLink,
  parseMavenMirror,
  parsePipIndex,
} from './sources.ts';

afterEach(() => vi.unstubAllEnvs());

const mirror = (of: string, rest = ''): string =>
  `<settings><mirrors><mirror><id>m</id><mirrorOf>${of}</mirrorOf><url>https://mirror.example/maven</url>${rest}</mirror></mirrors></settings>`;

test.each(['central', '*', 'external:*', 'other, central'])(
  'a mirror of %j serves the central repository',
  (of) => {
    expect(parseMavenMirror(mirror(of))).toBe('https://mirror.example/maven/');
  },
);

test.each([
  mirror('*,!central'),
  mirror('other'),
  mirror('external:http:*'),
  mirror('*', '<blocked>true</blocked>'),
  `<!-- ${mirror('*')} -->`,
  '',
])('settings without a mirror for it leave the central repository: %j', (settings) => {
  expect(parseMavenMirror(settings)).toBeUndefined();
});

test('addresses from the environment come before those in files', () => {
  vi.stubEnv('MAVEN_REPOSITORY_URL', 'https://mirror.example/m2');
  vi.stubEnv('PIP_INDEX_URL', 'https://mirror.example/simple');
  expect(configuredMavenRepository()).toBe('https://mirror.example/m2/');
  expect(configuredPythonIndex()).toBe('https://mirror.example/simple/');
});

test('the index is read from the settings of pip', () => {
  expect(parsePipIndex('[global]\ntimeout = 60\nindex-url = https://mirror.example/simple\n')).toBe(
    'https://mirror.example/simple',
  );
  expect(
    parsePipIndex(
      '[global]\n# index-url = https://mirror.example/simple\nextra-index-url = https://x.example\n',
    ),
  ).toBeUndefined();
});

test('a wheel is found on its package’s page by its file name alone', () => {
  const page = `<a href="../../files/app-1.0-py3.whl.metadata">no</a>
    <a data-requires-python="&gt;=3.8" href="../../files/app-1.0-py3.whl#sha256=abc">app-1.0-py3.whl</a>`;
  expect(findFileLink(page, 'https://mirror.example/simple/app/', 'app-1.0-py3.whl')).toBe(
    'https://mirror.example/files/app-1.0-py3.whl',
  );
  expect(findFileLink(page, 'https://mirror.example/simple/app/', 'app-2.0-py3.whl')).toBeUndefined();
});
