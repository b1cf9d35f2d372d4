import { describe, expect, it } from 'vitest';
import { dayText, parseTime, utcTime, zonedTime } from './zone-time.ts';

const micros = (text: string): number => Date.parse(text) * 1_000;

describe('times as clients of TWS write them', () => {
  it('are read in the zone they name, in the own one, or in UTC', () => {
    expect(parseTime('20260701 09:30:00 US/Eastern', 'UTC')).toBe(micros('2026-07-01T13:30:00Z'));
    expect(parseTime('20260101 09:30:00', 'US/Eastern')).toBe(micros('2026-01-01T14:30:00Z'));
    expect(parseTime('20260101-09:30:00', 'US/Eastern')).toBe(micros('2026-01-01T09:30:00Z'));
    expect(parseTime('20260101', 'UTC')).toBe(micros('2026-01-01T00:00:00Z'));
    expect(parseTime('20260308 03:00:00 America/New_York', 'UTC')).toBe(micros('2026-03-08T07:00:00Z'));
  });

  it('are refused when there is no such day, hour, zone or form', () => {
    for (const text of ['20260230-00:00:00', '20261301-00:00:00', '20260101-24:30:00', '20260101 09:30:00 Nowhere/Land', '2026-01-01', 'now', '20260101-09:30:00 UTC'])
      expect(parseTime(text, 'UTC')).toBeUndefined(); // prettier-ignore
  });

  it('come back as they were written', () => {
    const at = micros('2026-11-23T14:30:05Z');
    expect(zonedTime(at, 'US/Eastern')).toBe('20261123 09:30:05 US/Eastern');
    expect(utcTime(at)).toBe('20261123-14:30:05');
    expect(dayText(at)).toBe('20261123');
  });
});
