import { describe, expect, it } from 'vitest';
import { readEnvironment } from '../environment.ts';
import { ConfigError, parseConfig } from './load.ts';

const VALID = `
partitions: 2
venues:
  one: { wsUrl: "ws://127.0.0.1:1" }
instruments:
  - { id: BTC-USDT, base: BTC, quote: USDT, partition: 1, priceScale: 2, lot: 0.00000001, venues: { one: BTCUSDT } }
`;

function refusal(text: string): string {
  try {
    parseConfig(text, 'test.yaml', readEnvironment({}));
  } catch (error) {
    if (error instanceof ConfigError) return error.message;
    throw error;
  }
  throw new Error('the configuration was accepted');
}

describe('configuration', () => {
  it('is frozen in its whole depth', () => {
    const config = parseConfig(VALID, 'test.yaml', readEnvironment({}));
    expect(Object.isFrozen(config.instruments[0]?.venues)).toBe(true);
  });

  it('keeps a decimal written as a number exact, also one that JavaScript prints with an exponent', () => {
    const config = parseConfig(VALID, 'test.yaml', readEnvironment({}));
    expect(config.instruments[0]?.lot).toBe('0.00000001');
  });

  it('takes addresses from the environment in place of the file', () => {
    const environment = readEnvironment({
      KAFKA_BROKERS: 'a:1, b:2',
      REDIS_URL: 'redis://c:3',
      SCHEMA_REGISTRY_URL: 'http://d:4',
    });
    const config = parseConfig(VALID, 'test.yaml', environment);
    expect(config.kafka.brokers).toEqual(['a:1', 'b:2']);
    expect(config.redis.url).toBe('redis://c:3');
    expect(config.registry.url).toBe('http://d:4');
  });

  it('treats an empty variable as absent', () => {
    expect(parseConfig(VALID, 'test.yaml', readEnvironment({ KAFKA_BROKERS: '' })).kafka.brokers).toEqual([]);
  });

  it.each([
    ['KAFKA_BROKERS', 'localhost', 'expected host:port'],
    ['KAFKA_BROKERS', 'a:1,', 'expected host:port'],
    ['KAFKA_BROKERS', '127.0.0.1:99999', 'expected host:port, with a port of at most 65535'],
    ['REDIS_URL', 'notaurl', 'expected'],
    ['SCHEMA_REGISTRY_URL', 'localhost:8081', 'expected'],
    ['CONCORD_LOG_LEVEL', 'foo', ''],
    ['CONCORD_TOPIC_PREFIX', 'a b', ''],
  ])('names the variable when it is the environment that is wrong: %s=%s', (variable, value, expected) => {
    const parse = (): unknown => parseConfig(VALID, 'test.yaml', readEnvironment({ [variable]: value }));
    expect(parse).toThrow(`environment: ${variable}: got "${value}", ${expected}`);
    expect(parse).not.toThrow(/test\.yaml:|\n.*\n.*\n.*\n/);
  });

  it('says what is wrong with a value that JSON has no form for', () => {
    expect(refusal('a: &a [*a]')).toMatch(/test\.yaml:1: a:/);
    expect(refusal('partitions: .inf')).toMatch(/partitions: got Infinity, /);
  });

  it('names an unknown key with its line', () => {
    expect(refusal(VALID.replace('partitions: 2', 'partitons: 2'))).toMatch(
      /test\.yaml:2: partitons: got 2, expected a known key/,
    );
  });

  it('names key, value and expectation of a value that is out of range', () => {
    expect(refusal(VALID.replace('partitions: 2', 'partitions: 0'))).toContain(
      'partitions: got 0, expected number to be >=1',
    );
  });

  it('refuses an instrument on a partition that does not exist', () => {
    expect(refusal(VALID.replace('partition: 1', 'partition: 2'))).toContain(
      'instruments[0].partition: got 2, expected 0 to 1',
    );
  });

  it('refuses an instrument listed at a venue that is not defined', () => {
    expect(refusal(VALID.replace('one: BTCUSDT', 'two: BTCUSDT'))).toContain(
      'venue "two" is not defined under venues',
    );
  });

  it('refuses an instrument id defined twice', () => {
    const twice = `${VALID}  - { id: BTC-USDT, base: B, quote: U, partition: 0, priceScale: 2, venues: {} }\n`;
    expect(refusal(twice)).toContain('instruments[1].id: got "BTC-USDT", "BTC-USDT" is defined twice');
  });

  it('refuses a symbol of a venue that another instrument has already', () => {
    const twice = `${VALID}  - { id: XBT-USDT, base: B, quote: U, partition: 0, priceScale: 2, venues: { one: BTCUSDT } }\n`;
    expect(refusal(twice)).toMatch(
      /instruments\[1\]\.venues\.one: got .*expected another symbol: BTC-USDT has this one already/,
    );
  });

  it('refuses a member of the fusion that is no venue', () => {
    expect(refusal(`${VALID}fusion: { members: [one, nope] }\n`)).toContain(
      'fusion.members[1]: got "nope", venue "nope" is not defined under venues',
    );
    expect(refusal(`${VALID}fusion: { kinds: { trades: { members: [nope] } } }\n`)).toContain(
      'fusion.kinds.trades.members[0]: got "nope"',
    );
  });

  it('refuses a host without a port', () => {
    expect(refusal(VALID.replace(/one: \{[^}]*\}/, 'one: { host: localhost }'))).toContain(
      'expected host and port together, or neither',
    );
  });

  it('takes one address of a venue or a list of them, and refuses an empty list and what is no address', () => {
    const venue = (text: string): string => VALID.replace(/one: \{[^}]*\}/, `one: { ${text} }`);
    const listed = venue('wsUrl: ["wss://a", "wss://b"], restUrl: "https://c"');
    expect(parseConfig(listed, 'test.yaml', readEnvironment({})).venues['one']).toMatchObject({
      wsUrl: ['wss://a', 'wss://b'],
      restUrl: 'https://c',
    });
    const refused = (text: string): string => refusal(venue(text)).split('venues.one.')[1] ?? '';
    expect(refused('wsUrl: []')).toContain('wsUrl: got [], expected at least one address');
    expect(refused('wsUrl: "https://a"')).toContain(
      'wsUrl: got "https://a", expected a ws:// or wss:// address',
    );
    expect(refused('restUrl: ["https://a", "ftp://b"]')).toContain(
      'restUrl[1]: got "ftp://b", expected an http:// or https:// address',
    );
    expect(refused('restUrl: 7')).toContain('restUrl: got 7, expected');
    expect(refused('wsUrl: "wss://a/ws?key=1"')).toContain('expected an address without ? and #');
    expect(refused('restUrl: ["https://a", "https://b/#top"]')).toContain(
      'restUrl[1]: got "https://b/#top", expected an address without ? and #',
    );
  });

  it('takes the name of a host or its IP address alone, and refuses what is more', () => {
    const host = (text: string): string =>
      VALID.replace(/one: \{[^}]*\}/, `one: { host: "${text}", port: 4001 }`);
    for (const good of ['localhost', 'sim_venues.local', '127.0.0.1', '::1'])
      expect(parseConfig(host(good), 'test.yaml', readEnvironment({})).venues['one']?.host).toBe(good);
    for (const bad of ['ws://localhost', 'localhost:4001', '[::1]', 'a b', ''])
      expect(refusal(host(bad))).toContain(
        `venues.one.host: got ${JSON.stringify(bad)}, expected the name of a host or its IP address alone`,
      );
  });

  it('refuses a decimal that would have to be rounded', () => {
    expect(refusal(VALID.replace('0.00000001', '"0.0000000000001"'))).toContain('expected a decimal');
  });

  it('reports every problem at once', () => {
    const text = VALID.replace('partitions: 2', 'partitions: 65').replace('priceScale: 2', 'priceScale: 99');
    expect(refusal(text).match(/test\.yaml:\d+:/g)).toHaveLength(2);
  });

  it('names the command that checks this very file', () => {
    const hint = (file: string): string => {
      try {
        parseConfig('partitions: 0', file, readEnvironment({}));
      } catch (error) {
        if (error instanceof ConfigError) return error.message.split('check with: ')[1] ?? '';
      }
      return '';
    };
    expect(hint('concord.yaml')).toBe('npx concord config --check');
    expect(hint('examples/six-venues.yaml')).toBe(
      'npx concord config --check --config examples/six-venues.yaml',
    );
    expect(hint("my own's.yaml")).toBe(`npx concord config --check --config 'my own'\\''s.yaml'`);
  });

  it('refuses aliases that would fill the memory', () => {
    const ten = (name: string): string => `[${Array(10).fill(`*${name}`).join()}]`;
    const bomb = `a: &a [1, 2]\nb: &b ${ten('a')}\nc: &c ${ten('b')}\nd: &d ${ten('c')}\ne: ${ten('d')}\n`;
    expect(refusal(bomb)).toContain('test.yaml: expected YAML without so many aliases');
  });

  it('names the line at which the file stops being YAML', () => {
    expect(refusal('a: [1\nb: 2')).toMatch(/test\.yaml:\d+: expected YAML/);
  });

  it('accepts the configuration that is shipped', async () => {
    const { loadConfig } = await import('./load.ts');
    const config = loadConfig(
      new URL('../../../../concord.yaml', import.meta.url).pathname,
      readEnvironment({}),
    );
    const perPartition = [0, 1].map(
      (partition) => config.instruments.filter((i) => i.partition === partition).length,
    );
    expect(perPartition).toEqual([2, 2]);
  });
});
