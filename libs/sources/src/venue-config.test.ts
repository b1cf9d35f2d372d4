import type { VenueConfig } from '@concord/runtime';
import { describe, expect, it } from 'vitest';
import { addressesOf } from './venue-config.ts';

const OWN = { endpoints: ['wss://own', 'wss://spare'], restUrls: ['https://own'] };

function configured(venue: Partial<VenueConfig>): VenueConfig {
  return { kinds: ['trades'], quotesEveryChange: false, options: {}, ...venue } as VenueConfig;
}

describe('addresses of a venue', () => {
  it("are the venue's own where nothing is configured", () => {
    expect(addressesOf(configured({}), OWN)).toEqual(OWN);
  });

  it('are what is configured, one or several in their order, without a slash at the end', () => {
    const venue = configured({ wsUrl: 'ws://one/v2/', restUrl: ['http://one/', 'http://two'] });
    expect(addressesOf(venue, OWN)).toEqual({
      endpoints: ['ws://one/v2'],
      restUrls: ['http://one', 'http://two'],
    });
  });

  it('are made of host and port where these are given, but for what has an address of its own', () => {
    const venue = configured({ host: 'here', port: 7, restUrl: 'http://there' });
    expect(addressesOf(venue, OWN)).toEqual({ endpoints: ['ws://here:7'], restUrls: ['http://there'] });
    const sixth = configured({ host: '::1', port: 7 });
    expect(addressesOf(sixth, OWN)).toEqual({ endpoints: ['ws://[::1]:7'], restUrls: ['http://[::1]:7'] });
  });
});
