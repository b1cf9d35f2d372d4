import { describe, expect, it } from 'vitest';
import { pipelineConfiguration, readPipelineConfiguration } from './pipeline.ts';
import { configSchema } from './schema.ts';

const YEAR_MS = 31_536_000_000;

/** A configuration that says something in every place, as it comes out of the log. */
function logged(): object {
  const config = configSchema.parse({
    venues: { one: { quotesEveryChange: true }, two: {} },
    quality: { reportMs: YEAR_MS, kinds: { bars: { rememberedIds: 16 } } },
    fusion: { members: ['one'], weights: { one: 0.5 }, kinds: { trades: { moveBps: '1.50' } } },
    instruments: [
      {
        id: 'AAPL.US',
        assetClass: 'EQUITY',
        base: 'AAPL',
        quote: 'USD',
        partition: 0,
        priceScale: 2,
        tickBands: [{ tick: '0.0001' }, { from: 1, tick: 0.01 }],
        lot: 1,
        expiry: '2030-01-01T00:00:00Z',
        venues: { one: 'AAPL', two: { symbol: 'AAPL.N', tickBands: [{ tick: '0.010' }] } },
        calendar: {
          timezone: 'America/New_York',
          phases: [{ days: [1], start: '09:30:00', end: '16:00:00', phase: 'CONTINUOUS' }],
          halfDays: [{ date: '2026-11-27', close: '13:00:00' }],
        },
        splits: [{ effective: '2020-08-31T00:00:00Z', numerator: 4, denominator: 1 }],
        quality: { futureToleranceMs: 0 },
        fusion: { heartbeatMs: 1 },
      },
      { id: 'B', base: 'B', quote: 'USD', partition: 0, priceScale: 0, venues: { one: 'B' } },
    ],
  });
  return JSON.parse(JSON.stringify(pipelineConfiguration(config, 0))) as object;
}

/** `content` with another value at `path`, or none where it is undefined. */
function changed(content: object, path: string, value: unknown): object {
  const [key, ...rest] = path.split('.') as [string, ...string[]];
  const copy = (Array.isArray(content) ? [...content] : { ...content }) as Record<string, unknown>;
  copy[key] = rest.length === 0 ? value : changed(copy[key] as object, rest.join('.'), value);
  return JSON.parse(JSON.stringify(copy)) as object;
}

describe('the configuration in the log', () => {
  it('is read as it was written', () => {
    expect(readPipelineConfiguration(logged())).toEqual({ ok: true, value: logged() });
  });

  it('may hold no instruments: a partition can have none', () => {
    expect(readPipelineConfiguration({ ...logged(), instruments: [] })).toMatchObject({ ok: true });
  });

  const again = { id: 'B', base: 'B', quote: 'USD', partition: 0, priceScale: 0, venues: {} };
  it.each([
    ['no sources', 'sources', undefined],
    ['no fusion', 'fusion', undefined],
    ['a strategy that is none', 'fusion.strategy', 'guess'],
    ['a parameter left to its default', 'fusion.emissionMs', undefined],
    ['a lot of 0', 'instruments.0.lot', '0'],
    ['a negative lot', 'instruments.0.lot', '-1'],
    ['a lot that is a number', 'instruments.0.lot', 1],
    ['a tick of 0', 'instruments.0.tickBands.0.tick', '0'],
    ['a tick of 0 at a venue', 'instruments.0.venues.two.tickBands.0.tick', '0.0'],
    ['a listing in short', 'instruments.1.venues.one', 'B'],
    ['an override that is null', 'instruments.0.quality', null],
    ['a window of 2^53 ms', 'quality.reportMs', Number.MAX_SAFE_INTEGER],
    ['a heartbeat of over a year', 'fusion.heartbeatMs', YEAR_MS + 1],
    ['emissions of one instrument of over a year', 'instruments.0.fusion.emissionMs', YEAR_MS + 1],
  ])('is refused with %s, and told where', (_, path, value) => {
    const read = readPipelineConfiguration(changed(logged(), path, value));
    expect(read.ok ? 'accepted' : read.message.split(':')[0]).toBe(path);
  });

  it.each([
    ['a key that nobody knows', 'quality.mood', 1, /^quality: .*"mood"/],
    [
      'a venue that is not defined',
      'sources.two',
      undefined,
      /^instruments\.0\.venues: venue "two" is not defined/,
    ],
    ['the same instrument twice', 'instruments.2', again, /^instruments\.2\.id: "B" is defined twice/],
  ])('is refused with %s', (_, path, value, message) => {
    const read = readPipelineConfiguration(changed(logged(), path, value));
    expect(read.ok ? 'accepted' : read.message).toMatch(message);
  });

  it.each([null, 7, 'x', [], {}])('is refused when it is %j', (content) => {
    expect(readPipelineConfiguration(content)).toMatchObject({ ok: false });
  });
});
