import { describe, expect, it } from 'vitest';
import { stringify } from 'yaml';
import { readEnvironment } from '../environment.ts';
import { ConfigError, parseConfig } from './load.ts';

/** A configuration whose venue, fusion and first instrument have these keys besides what they need. */
function fileWith(
  given: { venue?: object; fusion?: object; instrument?: object; listing?: unknown } & Record<
    string,
    unknown
  >,
): string {
  const { venue = {}, fusion = {}, instrument = {}, listing = 'BTCUSDT', ...rest } = given;
  const fields = { id: 'BTC-USDT', base: 'BTC', quote: 'USDT', partition: 0, priceScale: 2 };
  return stringify({
    venues: { one: venue },
    fusion,
    instruments: [{ ...fields, venues: { one: listing }, ...instrument }],
    ...rest,
  });
}

function problems(given: Parameters<typeof fileWith>[0]): string {
  try {
    parseConfig(fileWith(given), 'test.yaml', readEnvironment({}));
  } catch (error) {
    if (error instanceof ConfigError) return error.message.split('\n').slice(1, -1).join('\n');
    throw error;
  }
  return '';
}

const NAME = 'expected a name of 1 to 64 characters, without blanks at its ends';
const DECIMAL = 'expected a decimal such as 0.01';
const calendar = (given: object): { instrument: object } => ({
  instrument: { calendar: { timezone: 'America/New_York', phases: [], ...given } },
});

describe('a configuration of which each value alone is well formed', () => {
  it('is accepted as long as nothing in it would fail later', () => {
    expect(
      problems({
        venue: { host: 'localhost', port: 4001, kinds: ['quotes', 'trades'] },
        fusion: { weights: { one: 2 }, moveBps: 0, members: [] },
        instrument: {
          tickBands: [{ tick: 0.01 }, { from: 10, tick: 0.1 }],
          minimumPrice: 0,
          maximumPrice: 100,
          calendar: {
            timezone: 'Europe/Zurich',
            phases: [{ days: [1], start: '09:00:00', end: '24:00:00', phase: 'CONTINUOUS' }],
            holidays: ['2028-02-29'],
          },
        },
        listing: { symbol: 'BRK B', market: 'SMART' },
      }),
    ).toBe('');
  });

  it.each([
    [{ instrument: { tickBands: [] } }, 'instruments[0].tickBands: got [], expected at least one band'],
    [
      { listing: { symbol: 'A', tickBands: [] } },
      'instruments[0].venues.one.tickBands: got [], expected at least',
    ],
    [
      { instrument: { tickBands: [{ tick: 1 }, { from: 0, tick: 2 }] } },
      'instruments[0].tickBands[1]: got {"from":0,"tick":2}, expected each band to begin at another price, one begins at 0',
    ],
    [{ instrument: { minimumPrice: 5, maximumPrice: 4 } }, 'maximumPrice: got 4, expected a price above 5'],
    [{ instrument: { maximumPrice: 0 } }, 'instruments[0].maximumPrice: got 0, expected a price above 0'],
    [{ instrument: { currency: '' } }, `instruments[0].currency: got "", ${NAME}`],
    [{ instrument: { base: ' ' } }, `instruments[0].base: got " ", ${NAME}`],
    [{ listing: '' }, `instruments[0].venues.one: got "", ${NAME}`],
    [{ listing: { symbol: 'A', market: '' } }, `instruments[0].venues.one.market: got "", ${NAME}`],
    [{ fusion: { weights: { two: 1 } } }, 'fusion.weights.two: got 1, venue "two" is not defined'],
    [
      { fusion: { kinds: { bars: { weights: { two: 1 } } } } },
      'fusion.kinds.bars.weights.two: got 1, venue "two"',
    ],
    [
      { instrument: { fusion: { weights: { two: 1 } } } },
      'instruments[0].fusion.weights.two: got 1, venue "two"',
    ],
    [{ fusion: { moveBps: -1 } }, 'fusion.moveBps: got -1, expected a decimal of 0 or more'],
    [
      { venue: { kinds: ['trades', 'trades'] } },
      'venues.one.kinds: got ["trades","trades"], expected each kind once',
    ],
    [{ clock: { speed: 1e300 } }, 'clock.speed: got 1e+300, expected number to be <=1000000'],
    [
      { clock: { startAt: 'today' } },
      'clock.startAt: got "today", expected an instant such as "2026-01-31T12:00:00Z"',
    ],
    [{ topicPrefix: `${'a'.repeat(100)}.` }, 'expected at most 100 characters'],
    [calendar({ timezone: 'Mars/Base' }), 'calendar.timezone: got "Mars/Base", expected a time zone such as'],
    [
      calendar({ holidays: ['2026-02-30'] }),
      'calendar.holidays[0]: got "2026-02-30", expected a day that exists',
    ],
    [
      calendar({ halfDays: [{ date: '2026-11-27', close: '25:00:00' }] }),
      'calendar.halfDays[0].close: got "25:00:00", expected a time of day, 00:00:00 to 24:00:00',
    ],
  ])('is refused with key, value and expectation: %j', (given, expected) => {
    expect(problems(given)).toContain(expected);
    expect(problems(given).split('\n')).toHaveLength(1);
  });

  it.each([
    [{ instrument: { lot: [] } }, `instruments[0].lot: got [], ${DECIMAL}`],
    [{ listing: { symbol: 'A', lot: {} } }, `instruments[0].venues.one.lot: got {}, ${DECIMAL}`],
    [{ listing: { symbol: 'A', nope: 1 } }, 'instruments[0].venues.one.nope: got 1, expected a known key'],
    [
      { listing: { symbol: 'A', tickBands: [{ tick: 0 }] } },
      'one.tickBands[0].tick: got 0, expected a decimal above 0',
    ],
    [{ listing: 7 }, 'instruments[0].venues.one: got 7, expected string or object'],
    [{ venue: { options: { a: [] } } }, 'venues.one.options.a: got [], expected string or number or boolean'],
  ])('names the very key where a value may have several forms: %j', (given, expected) => {
    expect(problems(given)).toContain(expected);
  });
});
