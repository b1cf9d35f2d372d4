import { expect, test } from 'vitest';
import { messagesFound } from '../rule-judge.ts';
import { imports } from './imports.ts';

const exported = (name: string): string => JSON.stringify({ name, exports: { '.': './src/index.ts' } });
const packages = {
  'package.json': JSON.stringify({
    dependencies: { kafkajs: '1', zod: '1' },
    devDependencies: { vitest: '1' },
  }),
  'libs/model/package.json': exported('@concord/model'),
  'libs/codec/package.json': exported('@concord/codec'),
  'libs/kafka/package.json': exported('@concord/kafka'),
  'libs/fusion/package.json': exported('@concord/fusion'),
  'libs/testkit/package.json': exported('@concord/testkit'),
  'services/validator/package.json': exported('@concord/validator'),
  'tools/local/package.json': exported('@concord/local'),
};
const judged = (path: string, text: string): string[] =>
  messagesFound(imports, { ...packages, [path]: text });

test('an import against the direction is found', () => {
  expect(judged('libs/model/src/a.ts', "import { b } from '@concord/codec';")).toEqual([
    'libs/model may not import @concord/codec: imports run one way',
  ]);
  expect(judged('libs/kafka/src/a.ts', "export * from '@concord/validator';")).toHaveLength(1);
  expect(judged('libs/codec/src/a.ts', "type A = import('@concord/kafka').A;")).toHaveLength(1);
});

test('imports along the direction are allowed', () => {
  expect(judged('libs/kafka/src/a.ts', "import type { A } from '@concord/codec';")).toEqual([]);
  expect(judged('services/validator/src/a.ts', "import '@concord/kafka';")).toEqual([]);
  expect(judged('tools/local/a.ts', "import '@concord/validator';")).toEqual([]);
  expect(judged('bench/main.ts', "import '@concord/local'; import './scenarios/relay.ts';")).toEqual([]);
});

test('a path past what a package exports is found', () => {
  expect(judged('libs/kafka/src/a.ts', "import '@concord/model/src/decimal.ts';")).toEqual([
    '@concord/model/src/decimal.ts is not among the exports of @concord/model',
  ]);
  expect(judged('libs/kafka/src/a.ts', "import '../../model/src/decimal.ts';")).toEqual([
    '../../model/src/decimal.ts leaves its package; import @concord/model',
  ]);
  expect(judged('test/a.test.ts', "import '../libs/model/src/decimal.ts';")).toHaveLength(1);
});

test('one service may not import another', () => {
  expect(judged('services/aggregator/a.ts', "import '@concord/validator';")).toHaveLength(1);
});

test('the test kit serves tests alone', () => {
  expect(judged('services/validator/a.ts', "import '@concord/testkit';")).toEqual([
    'testkit is for tests alone',
  ]);
  expect(judged('services/validator/a.test.ts', "import '@concord/testkit';")).toEqual([]);
  expect(judged('services/validator/testing/a.ts', "import '@concord/testkit';")).toEqual([]);
  expect(judged('test/exactly-once/a.system.test.ts', "import '@concord/testkit';")).toEqual([]);
});

test('what lies in a folder "testing" serves tests alone', () => {
  expect(judged('libs/fusion/src/a.ts', "import './testing/market.ts';")).toEqual([
    './testing/market.ts is for tests alone',
  ]);
  expect(judged('libs/fusion/src/a.test.ts', "import './testing/market.ts';")).toEqual([]);
  expect(judged('libs/fusion/src/testing/a.ts', "import './market.ts';")).toEqual([]);
});

test('pure packages open no connection', () => {
  expect(judged('libs/fusion/src/a.ts', "import { Kafka } from 'kafkajs';")).toEqual([
    'pure code opens no connection: kafkajs',
  ]);
  expect(judged('libs/fusion/src/a.ts', "import '@concord/kafka';")).toHaveLength(1);
});

test('a package is known by its name, whatever its folder is called', () => {
  const texts = { 'tools/concord/package.json': exported('concord-cli') };
  const of = (text: string): string[] =>
    messagesFound(imports, { ...packages, ...texts, 'bench/main.ts': text });
  expect(of("import 'concord-cli';")).toEqual([]);
  expect(of("import 'concord-cli/main.ts';")).toHaveLength(1);
  expect(of("import '@concord/nowhere';")).toEqual([
    '@concord/nowhere is not among the dependencies of package.json',
  ]);
});

test('only declared dependencies are imported, and the product does without those of development', () => {
  expect(judged('libs/model/src/a.ts', "import 'lodash';")).toEqual([
    'lodash is not among the dependencies of package.json',
  ]);
  expect(judged('services/validator/a.ts', "await import('vitest/node');")).toEqual([
    'vitest is a development dependency, and the product runs without those',
  ]);
  expect(judged('services/validator/a.test.ts', "import { test } from 'vitest';")).toEqual([]);
  expect(judged('libs/model/src/a.ts', "import 'fs';")).toEqual(['fs is written node:fs']);
});
