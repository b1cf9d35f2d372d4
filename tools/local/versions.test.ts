import { expect, test } from 'vitest';
import { parseJavaVersion } from './java.ts';
import { parseRedisVersion } from './redis-program.ts';

test.each([
  ['openjdk version "17.0.15" 2025-04-15\nOpenJDK Runtime Environment', 17],
  ['openjdk version "25" 2025-09-16', 25],
  ['java version "1.8.0_392"', 8],
  ['openjdk version "24-ea" 2025-03-18', 24],
  ['Picked up JAVA_TOOL_OPTIONS: -Dx="1"\nopenjdk version "21.0.2" 2024-01-16', 21],
])('the major version of Java is read from %j', (text, major) => {
  expect(parseJavaVersion(text)).toBe(major);
});

test('a stub that only tells where to get Java has no version', () => {
  expect(
    parseJavaVersion('The operation couldn’t be completed. Unable to locate a Java Runtime.'),
  ).toBeUndefined();
});

test.each([
  ['Redis server v=7.0.15 sha=00000000:0 malloc=jemalloc-5.3.0 bits=64', [7, 0]],
  ['Valkey server v=9.1.2 sha=00000000:0', [9, 1]],
])('the version of Redis is read from %j', (text, version) => {
  expect(parseRedisVersion(text)).toEqual(version);
});

test('what is no Redis has no Redis version', () => {
  expect(
    parseRedisVersion('redis-server: error while loading shared libraries: libssl.so.3'),
  ).toBeUndefined();
});
