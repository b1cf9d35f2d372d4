import { describe, expect, it } from 'vitest';
import { barSeriesOf, contractOf } from './contract.ts';

const named = (symbol: string, market: string | null = null): ReturnType<typeof contractOf> =>
  contractOf({ symbol, market, currency: 'USD' });

describe('the name of an instrument', () => {
  it.each([
    ['AAPL', null, { symbol: 'AAPL', secType: 'STK', exchange: 'SMART', currency: 'USD' }],
    ['AAPL', 'ARCA', { symbol: 'AAPL', secType: 'STK', exchange: 'ARCA', currency: 'USD' }],
    [
      'IBM.NYSE',
      'SMART',
      { symbol: 'IBM', secType: 'STK', exchange: 'SMART', primaryExch: 'NYSE', currency: 'USD' },
    ],
    ['BRK B', null, { symbol: 'BRK B', secType: 'STK', exchange: 'SMART', currency: 'USD' }],
    ['CRYPTO:BTC', null, { symbol: 'BTC', secType: 'CRYPTO', exchange: 'PAXOS', currency: 'USD' }],
    ['CASH:EUR', null, { symbol: 'EUR', secType: 'CASH', exchange: 'IDEALPRO', currency: 'USD' }],
    ['conid:265598', null, { conId: 265598, exchange: 'SMART' }],
  ])('%s at %s names a contract', (symbol, market, expected) => {
    expect(named(symbol, market)).toEqual(expected);
  });

  it.each(['', ' ', '?', 'aapl', 'AAPL.', '.NYSE', 'ABC:BTC', 'conid:', 'conid:0', 'conid:1a'])(
    '"%s" names none',
    (symbol) => {
      expect(named(symbol)).toBeUndefined();
    },
  );

  it('says which series its bars are made of', () => {
    const seriesOf = (symbol: string): string => barSeriesOf(named(symbol) ?? { exchange: '' });
    expect(['AAPL', 'CRYPTO:BTC', 'CASH:EUR', 'conid:1'].map(seriesOf)).toEqual([
      'TRADES',
      'AGGTRADES',
      'MIDPOINT',
      'TRADES',
    ]);
  });
});
