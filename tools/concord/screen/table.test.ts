import { parseFixed } from '@concord/model';
import { stripVTControlCharacters } from 'node:util';
import { expect, test } from 'vitest';
import type { PipelineView } from '../pipeline/view.ts';
import { renderLines, renderTable } from './table.ts';

const fixed = (text: string): bigint => {
  const value = parseFixed(text);
  if (typeof value !== 'bigint') throw new Error(`${text} is no decimal`);
  return value;
};

const view: PipelineView = {
  title: 'Concord · simulated venues, seed 1',
  instruments: ['BTC-USDT', 'ETH-USDT', 'SOL-USDT', 'XRP-USDT'].map((id) => ({
    id,
    priceScale: 2,
    mid: fixed('65012.345'),
    confidence: fixed('3.25'),
    status: 'DEGRADED',
    included: ['binance', 'coinbase'],
    excluded: [{ source: 'kraken', reason: 'deviating' }],
    trade: fixed('65012.3'),
    ticksPerSecond: 120,
    consensusPerSecond: 9.5,
    ageMs: 1_234,
  })),
  services: ['ingestor-binance', 'ingestor-coinbase', 'ingestor-kraken', 'validator', 'aggregator'].map(
    (name) => ({
      name,
      state: 'ready',
      detail: 'LIVE, and as many words as a state may need to tell what it waits for',
    }),
  ),
  lagRecords: 0,
};

const lines = (columns: number, rows: number): string[] =>
  stripVTControlCharacters(renderTable(view, { columns, rows })).split('\n');

test('a log tells how old the consensus is, and that the lag is not known while a stage does not say', () => {
  expect(renderLines(view)[0]).toBe(
    'BTC-USDT 65012.345 ± 3.250 DEGRADED in=binance,coinbase out=kraken:deviating ticks/s=120 lag=0 age=1.2s',
  );
  expect(renderLines({ ...view, lagRecords: null })[0]).toContain('lag=? age=1.2s');
});

test('a wide screen shows everything', () => {
  const [title, , head, first] = lines(160, 40);
  expect(title).toContain('seed 1');
  expect(head).toMatch(/instrument +consensus +± +status +in +out +last trade +ticks\/s +cons\/s +age/);
  expect(first).toMatch(
    /BTC-USDT +65012\.345 +3\.250 +DEGRADED +2 +kraken deviating +65012\.300 +120 +9\.5 +1\.2 s/,
  );
});

test.each([
  [50, 12],
  [40, 24],
  [80, 10],
  [120, 8],
])(
  'a screen of %i by %i shows each instrument with its price and status, and nothing beyond its edges',
  (columns, rows) => {
    const shown = lines(columns, rows);
    expect(shown.length).toBeLessThan(rows);
    for (const line of shown) expect(line.trimEnd().length).toBeLessThanOrEqual(columns);
    for (const { id } of view.instruments)
      expect(shown.some((line) => line.startsWith(id) && /65012\.345.*DEGRADED/.test(line))).toBe(true);
  },
);
