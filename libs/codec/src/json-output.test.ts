import { expect, it } from 'vitest';
import { toJson } from './json-output.ts';
import type { ConsensusBar, Instrument, Quarantined } from './records.generated.ts';

it('shows decimals exactly at each scale, times with microseconds, bytes as base64 and nulls as null', () => {
  const bar: ConsensusBar = {
    instrument: 'BTC-USDT',
    method: 'TAPE',
    interval: '1m',
    sequence: 1,
    start: 1_700_000_040_000_000,
    end: 1_700_000_100_000_000,
    revision: 0,
    logTime: 1_700_000_100_000_001,
    status: 'OK',
    open: 65_083_560_000_000_000n,
    high: 99_999_999_999_999_999_999_999_999_999_999_999_999n,
    low: -1n,
    close: null,
    volume: 0n,
    notional: 1n,
    vwap: null,
    trades: 2,
    buyVolume: 1_000_000_000_000n,
    sellVolume: 100_000_000_000n,
    excludedVolume: 0n,
    sources: [{ source: 'alpha', volume: 1_500_000_000_000n, trades: 2, included: true, reason: '' }],
    partial: false,
    fill: 'NONE',
    triggerReceiveTime: null,
    configVersion: 1,
  };
  const json = toJson('consensus.bars', bar);
  expect(json).toMatchObject({
    start: '2023-11-14T22:14:00.000000Z',
    logTime: '2023-11-14T22:15:00.000001Z',
    open: '65083.56',
    high: '99999999999999999999999999.999999999999',
    low: '-0.000000000001',
    close: null,
    volume: '0',
    notional: '0.000000000000000000000001',
    buyVolume: '1',
    sellVolume: '0.1',
    sources: [{ source: 'alpha', volume: '1.5', trades: 2, included: true, reason: '' }],
    triggerReceiveTime: null,
  });
  expect(Object.keys(json as object)).toEqual(Object.keys(bar));
});

it('shows types that a schema declares once and names later', () => {
  const band = { from: 0n, tick: 10_000_000_000n };
  const instrument: Instrument = {
    id: 'BTC-USDT',
    assetClass: 'CRYPTO',
    base: 'BTC',
    quote: 'USDT',
    currency: 'USDT',
    sizeUnit: 'BTC',
    partition: 0,
    priceScale: 2,
    tickBands: [band],
    lot: null,
    multiplier: 1_000_000_000_000n,
    minimumPrice: null,
    maximumPrice: null,
    maximumSize: null,
    negativePrices: false,
    status: 'ACTIVE',
    expiry: null,
    venues: [{ source: 'alpha', symbol: 'BTCUSDT', market: null, tickBands: [band], lot: null }],
    calendar: null,
    splits: [],
    parameters: '{}',
    configVersion: 1,
  };
  const bands = [{ from: '0', tick: '0.01' }];
  expect(toJson('instruments', instrument)).toMatchObject({
    tickBands: bands,
    venues: [{ tickBands: bands }],
  });
});

it('shows refused bytes as base64, whatever view they come in', () => {
  const bytes = new Uint8Array([9, 0xff, 0, 9]).subarray(1, 3);
  const record: Quarantined = {
    instrument: null,
    source: null,
    venueSymbol: null,
    topic: 'raw.trades',
    partition: 0,
    offset: 1,
    logTime: 0,
    receiveTime: null,
    reasons: [],
    form: 'FRAME',
    schemaId: null,
    truncated: false,
    bytes,
  };
  expect(toJson('quarantine', record)).toMatchObject({ bytes: '/wA=' });
});
