import { describe, expect, it } from 'vitest';
import { ValidatorFold } from './fold.ts';
import { configMarker, NOON_MS, trade, Trial } from './testing/trial.ts';

function keys(entries: Iterable<readonly [string, Buffer | null]>): string[] {
  return [...entries].map(([key]) => key);
}

function started(): Trial<'trades'> {
  const trial = new Trial('trades');
  trial.mark(configMarker());
  trial.put(trade(1));
  return trial;
}

describe("the validator's snapshot", () => {
  it('holds an entry for each source of each instrument, and all of them in full', () => {
    const trial = started();
    expect(keys(trial.fold.entries())).toEqual([
      'configuration',
      'markers',
      'instrument:BTC-USDT',
      'source:alpha:BTC-USDT',
      'instrument:ETH-USDT',
    ]);
  });

  it('says what changed since it was asked last, whatever is read in full between', () => {
    const trial = started();
    expect(keys(trial.fold.changes())).toEqual(keys(trial.fold.entries()));
    expect(keys(trial.fold.changes())).toEqual([]);
    trial.put(trade(2), NOON_MS);
    expect(keys(trial.fold.entries())).toHaveLength(5);
    expect(keys(trial.fold.changes())).toEqual(['source:alpha:BTC-USDT']);
    trial.mark({ type: 'clock', time: 0 }, NOON_MS + 1);
    expect(keys(trial.fold.changes())).toEqual(['markers']);
    trial.put(trade(3), NOON_MS + 2);
    expect(keys(trial.fold.changes())).toEqual(['instrument:BTC-USDT', 'source:alpha:BTC-USDT']);
  });

  it('comes back whole, in any order of its entries', () => {
    const trial = started();
    const before = [...trial.fold.entries()].map(String).sort();
    trial.restart((entries) => entries.toReversed());
    expect([...trial.fold.entries()].map(String).sort()).toEqual(before);
    expect(trial.put(trade(1, { ordinal: 9 }))).toEqual([]);
  });

  it('is bounded whatever the texts of refused frames hold, and tells long names of sessions apart', () => {
    const trial = started();
    const bytes = (): number =>
      [...trial.fold.entries()].reduce((sum, [key, value]) => sum + key.length + value.length, 0);
    const refuse = (n: number, session: string): number => {
      const marker = {
        type: 'refused' as const,
        source: 'alpha',
        session,
        ordinal: 1,
        code: `${n}`.padEnd(50_000, 'c'),
        message: 'm'.repeat(50_000),
        venueSymbol: 'v'.repeat(50_000),
        instrument: 'BTC-USDT',
        receiveTime: 0,
        truncated: false,
      };
      return trial.mark(marker, NOON_MS).length;
    };
    const before = bytes();
    const sessions = Array.from({ length: 200 }, (_, n) => `${'s'.repeat(50_000)}${n}`);
    expect(sessions.map((session, n) => refuse(n, session)).every((emitted) => emitted === 1)).toBe(true);
    expect(refuse(199, sessions[199]!)).toBe(0);
    expect(bytes() - before).toBeLessThan(64 * 160 + 129 * 100);
    trial.restart();
    expect(refuse(199, sessions[199]!)).toBe(0);
    const [report] = trial.read('quality', trial.mark({ type: 'clock', time: 0 }, NOON_MS + 60_000));
    expect(report!.codes).toHaveLength(129);
    expect(Math.max(...report!.codes.map(({ code }) => code.length))).toBe(64);
  });

  it('keeps what was seen of an instrument that left the configuration and came back', () => {
    const trial = started();
    const config = configMarker({}, 2);
    if (config.type !== 'config') throw new TypeError('a configuration marker was expected');
    trial.mark({ ...config, content: { ...(config.content as object), instruments: [] } });
    expect(trial.codes(trial.put(trade(2)))).toEqual(['unknown-instrument']);
    trial.restart();
    trial.mark(configMarker({}, 3));
    expect(trial.put(trade(1, { session: 's2' }))).toEqual([]);
  });

  it.each([
    ['that is no JSON', 'markers', '{'],
    ['of another format', 'markers', '{"format":2,"state":{"time":1,"refusals":[]}}'],
    ['of another shape', 'markers', '{"format":1,"state":{"time":"now"}}'],
    ['under an unknown key', 'elsewhere', '{"format":1,"state":{}}'],
    ['of a source without instrument', 'source:alpha', '{"format":1,"state":{}}'],
    [
      'with a configuration that cannot be used',
      'configuration',
      '{"format":1,"state":{"version":1,"digest":"d","content":1}}',
    ],
  ])('refuses an entry %s', (_, key, text) => {
    const fold = new ValidatorFold('trades', new Trial('trades').codec);
    expect(() => fold.restore(key, Buffer.from(text))).toThrow(
      expect.objectContaining({ code: 'snapshot-unreadable', fate: 'fatal' }),
    );
  });

  it('refuses ids that it cannot read', () => {
    const trial = started();
    const [key, value] = [...trial.fold.entries()].find(([name]) => name.startsWith('source:'))!;
    const broken = value.toString().replace('"|1"', '"|one"');
    expect(broken).not.toBe(value.toString());
    const fold = new ValidatorFold('trades', trial.codec);
    expect(() => fold.restore(key, Buffer.from(broken))).toThrow(/cannot be read/);
  });

  it('stops for a configuration whose rules it does not carry', () => {
    const trial = started();
    const [key, value] = [...trial.fold.entries()][0]!;
    const fold = new ValidatorFold('trades', trial.codec);
    const later = value.toString().replace('"rules":1', '"rules":99');
    expect(() => fold.restore(key, Buffer.from(later))).toThrow(
      expect.objectContaining({ code: 'rules-not-carried' }),
    );
  });
});
