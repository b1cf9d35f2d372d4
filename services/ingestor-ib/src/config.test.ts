import type { VenueConfig } from '@concord/runtime';
import { describe, expect, it } from 'vitest';
import { checkOptions, ibOptions } from './config.ts';

const venue = (options: VenueConfig['options']): VenueConfig => ({
  host: '127.0.0.1',
  port: 4001,
  kinds: ['trades'],
  quotesEveryChange: false,
  sockets: 1,
  options,
});

describe('venues.ib.options', () => {
  it('have defaults that fit a basic account', () => {
    expect(ibOptions(venue({}))).toEqual({
      clientId: 40,
      tickByTickLines: 5,
      tickByTickQuotes: false,
      marketDataLines: 100,
      delayedData: true,
      barInterval: '1m',
      regularHoursOnly: false,
    });
  });

  it('refuse what they do not know, naming key and value', () => {
    expect(() => checkOptions(venue({ clientID: 1 }))).toThrow(/clientID/);
    expect(() => checkOptions(venue({ barInterval: '4h' }))).toThrow(
      /barInterval = "4h": expected one of 1m 5m/,
    );
    expect(() => checkOptions(venue({ tickByTickLines: -1 }))).toThrow(/tickByTickLines = -1/);
  });
});
