import type { RawBar } from '@concord/codec';
import { describe, expect, it } from 'vitest';
import { WINDOWS_MAX } from '../bar-memory.ts';
import { bar, Court, dec, NOON } from '../testing/court.ts';

const MINUTE = 60_000_000;

describe('rule 8 on one bar', () => {
  it.each([
    ['low above open', { low: dec('10.5') }],
    ['low above close', { low: dec('10.5'), close: dec('10'), open: dec('11') }],
    ['high below close', { high: dec('10.9') }],
    ['high below open', { high: dec('10.9'), open: dec('11'), close: dec('10') }],
  ])('refuses %s', (_, changes: Partial<RawBar>) => {
    expect(new Court('bars').say(bar({ vwap: null, ...changes }))).toBe('REJECTED bar-inconsistent');
  });

  it('accepts a bar in which nothing moved', () => {
    const flat = { open: dec('10'), high: dec('10'), low: dec('10'), close: dec('10') };
    expect(
      new Court('bars').say(bar({ ...flat, volume: 0n, quoteVolume: 0n, vwap: 0n, tradeCount: 0 })),
    ).toBe('VALID');
  });

  it('refuses negative volumes of each sort', () => {
    for (const name of ['volume', 'quoteVolume', 'takerBuyVolume']) {
      expect(new Court('bars').say(bar({ [name]: dec('-1') }))).toBe('REJECTED volume-negative');
    }
    expect(new Court('bars').say(bar({ volume: null, quoteVolume: null, takerBuyVolume: null }))).toBe(
      'VALID',
    );
  });

  it('refuses a vwap outside low to high where something traded', () => {
    expect(new Court('bars').say(bar({ vwap: dec('9') }))).toBe('VALID');
    expect(new Court('bars').say(bar({ vwap: dec('8.99') }))).toBe('REJECTED vwap-outside');
    expect(new Court('bars').say(bar({ vwap: dec('12.01'), volume: null }))).toBe('REJECTED vwap-outside');
  });

  it('refuses an unknown interval and a window off its grid', () => {
    expect(new Court('bars').say(bar({ interval: '7m' }))).toBe('REJECTED bar-misaligned');
    expect(new Court('bars').say(bar({ start: NOON + 1 }))).toBe('REJECTED bar-misaligned');
    expect(new Court('bars').say(bar({ end: NOON - 1 }))).toBe('REJECTED bar-misaligned');
    expect(new Court('bars').say(bar({ interval: '5m' }))).toBe('REJECTED bar-misaligned');
    expect(new Court('bars').say(bar({ interval: '5m', start: NOON, end: NOON + 5 * MINUTE }))).toBe('VALID');
  });
});

describe('rule 8 on the statements of a window', () => {
  it('passes higher revisions of a session and refuses others', () => {
    const court = new Court('bars');
    expect(court.say(bar({ revision: 0 }))).toBe('VALID');
    expect(court.say(bar({ revision: 1 }))).toBe('VALID');
    expect(court.say(bar({ revision: 1, volume: dec('6') }))).toBe('REJECTED bar-not-newer');
    expect(court.say(bar({ revision: 0 }))).toBe('REJECTED bar-not-newer');
    expect(court.say(bar({ revision: 5, final: true }))).toBe('VALID');
  });

  it('lets a later session go on with a window from revision 0', () => {
    const court = new Court('bars');
    court.next(bar({ revision: 3, eventTime: NOON - 9_000 }));
    expect(court.say(bar({ session: 's2', eventTime: NOON - 8_000, volume: dec('6') }))).toBe('VALID');
    expect(court.say(bar({ session: 's2', revision: 1, eventTime: NOON - 7_000, volume: dec('7') }))).toBe(
      'VALID',
    );
  });

  it('drops what another session says again with the same values', () => {
    const court = new Court('bars');
    court.next(bar({ revision: 3 }));
    expect(court.say(bar({ session: 's2', eventTime: NOON }))).toBe('DROPPED duplicate');
  });

  it('drops what another session says from an earlier time', () => {
    const court = new Court('bars');
    court.next(bar({ revision: 3, eventTime: NOON - 5_000 }));
    expect(court.say(bar({ session: 's2', eventTime: NOON - 6_000, volume: dec('4') }))).toBe(
      'DROPPED superseded',
    );
  });

  it('tells by volume and number of trades what goes back where there is no time', () => {
    const court = new Court('bars');
    court.next(bar({ eventTime: null }));
    const other = { session: 's2', eventTime: null };
    expect(court.say(bar({ ...other, volume: dec('4') }))).toBe('DROPPED superseded');
    expect(court.say(bar({ ...other, volume: null, tradeCount: 6 }))).toBe('DROPPED superseded');
    expect(court.say(bar({ ...other, volume: null, tradeCount: null, close: dec('10') }))).toBe('VALID');
  });

  it('does not let an open bar take the place of a final one, but lets a final one correct it', () => {
    const court = new Court('bars');
    court.next(bar({ final: true, eventTime: null }));
    expect(court.say(bar({ session: 's2', eventTime: null, volume: dec('6') }))).toBe('DROPPED superseded');
    expect(court.say(bar({ session: 's2', eventTime: null, volume: dec('4'), final: true }))).toBe('VALID');
  });

  it('keeps intervals and sources apart', () => {
    const court = new Court('bars');
    expect(court.say(bar({ start: NOON }))).toBe('VALID');
    expect(court.say(bar({ start: NOON, interval: '5m', end: NOON + 5 * MINUTE }))).toBe('VALID');
    expect(court.say(bar({ start: NOON, source: 'beta' }))).toBe('VALID');
  });

  it('counts a window as stated only when the statement was passed on', () => {
    const court = new Court('bars');
    expect(court.say(bar({ volume: dec('-1') }))).toBe('REJECTED volume-negative');
    expect(court.say(bar())).toBe('VALID');
  });

  it('remembers a bounded number of windows, the longest untouched forgotten first', () => {
    const court = new Court('bars');
    for (let n = 0; n <= WINDOWS_MAX; n++) court.next(bar({ start: NOON - n * MINUTE, origin: 'BACKFILL' }));
    const again = { session: 's2', origin: 'BACKFILL' } as const;
    expect(court.say(bar({ ...again, start: NOON - MINUTE }))).toBe('DROPPED duplicate');
    expect(court.say(bar({ ...again, start: NOON }))).toBe('VALID');
  });
});

describe('rule 6 on bars', () => {
  it('notes a LIVE bar of a window before the newest of its interval, and sees no gap in windows left out', () => {
    const court = new Court('bars');
    expect(court.say(bar({ start: NOON }))).toBe('VALID');
    expect(court.say(bar({ start: NOON + 5 * MINUTE }))).toBe('VALID');
    expect(court.say(bar({ start: NOON + MINUTE }))).toBe('VALID late');
    expect(court.say(bar({ start: NOON + 2 * MINUTE, origin: 'BACKFILL' }))).toBe('VALID');
    expect(court.say(bar({ start: NOON + 5 * MINUTE, revision: 1, eventTime: NOON - 30_000 }))).toBe(
      'VALID late',
    );
  });
});
