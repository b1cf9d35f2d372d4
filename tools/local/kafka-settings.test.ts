import { expect, test } from 'vitest';
import { encodeMetadataRequest, parseBrokerCount } from './kafka-protocol.ts';
import { brokerProperties, propertiesText } from './kafka-settings.ts';
import { parsePorts } from './launch.ts';
import { freePorts, isFree, portMax } from './ports.ts';

const ports = [1, 2, 3].map((at) => ({ client: 9_000 + at, controller: 9_100 + at }));

test('a single broker keeps one copy of everything, three keep three and acknowledge with two', () => {
  const single = brokerProperties({ dir: '/d', ports: ports.slice(0, 1), settings: {} }, 0);
  expect(single).toMatchObject({
    'default.replication.factor': '1',
    'min.insync.replicas': '1',
    'offsets.topic.replication.factor': '1',
    'transaction.state.log.replication.factor': '1',
    'transaction.state.log.min.isr': '1',
  });
  const third = brokerProperties({ dir: '/d', ports, settings: {} }, 2);
  expect(third).toMatchObject({
    'node.id': '3',
    'log.dirs': '/d/kafka-3',
    'default.replication.factor': '3',
    'min.insync.replicas': '2',
    'offsets.topic.replication.factor': '3',
    'transaction.state.log.min.isr': '2',
    'controller.quorum.voters': '1@127.0.0.1:9101,2@127.0.0.1:9102,3@127.0.0.1:9103',
  });
});

test('settings are ASCII, whatever characters a path has', () => {
  expect(propertiesText({ 'log.dirs': '/Mes données/\u{1f4c8}\\x' })).toBe(
    'log.dirs=/Mes donn\\u00e9es/\\ud83d\\udcc8\\\\x\n',
  );
});

test('brokers listen on loopback only', () => {
  const properties = brokerProperties({ dir: '/d', ports, settings: {} }, 1);
  for (const name of ['listeners', 'advertised.listeners']) {
    for (const listener of (properties[name] ?? '').split(',')) expect(listener).toContain('//127.0.0.1:');
  }
});

test('settings of the caller win over those chosen here', () => {
  const settings = { 'message.max.bytes': '1', 'log.retention.ms': '5' };
  expect(brokerProperties({ dir: '/d', ports, settings }, 0)).toMatchObject(settings);
});

test('a backslash survives the properties file', () => {
  expect(propertiesText({ 'log.dirs': String.raw`C:\data` })).toBe('log.dirs=C:\\\\data\n');
});

test('the question for the brokers is a whole request and the answer counts them', () => {
  const request = encodeMetadataRequest(7);
  expect(request.readInt32BE(0)).toBe(request.length - 4);
  expect(request.readInt32BE(8)).toBe(7);
  const answer = Buffer.alloc(24);
  answer.writeInt32BE(20, 0);
  answer.writeInt32BE(3, 12);
  expect(parseBrokerCount(answer)).toBe(3);
  expect(parseBrokerCount(answer.subarray(0, 23))).toBeUndefined();
  expect(parseBrokerCount(Buffer.alloc(2))).toBeUndefined();
});

test('ports lie below those that the kernel gives to clients', () => {
  expect(portMax('32768\t60999\n')).toBe(32_767);
  expect(portMax('20000 60999')).toBe(19_999);
  expect(portMax('1024 65535')).toBe(32_767);
  expect(portMax(undefined)).toBe(32_767);
});

test('the ports of the last run come first while they are free', async () => {
  const [one = 0, two = 0] = await freePorts(2);
  expect(await freePorts(2, [two, one])).toEqual([two, one]);
  expect(new Set(await freePorts(4, [one, one])).size).toBe(4);
  expect(await isFree(one)).toBe(true);
});

test.each([[undefined], ['[1'], ['{}'], ['["x", -1, 1.5]']])('%j notes no port', (text) => {
  expect(parsePorts(text)).toEqual([]);
});
