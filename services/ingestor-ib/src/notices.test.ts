import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { effectOf, newPortOf, NOTICE_EFFECTS, NOTICES, saysNoData } from './notices.ts';

describe('a notice', () => {
  it('that is not known refuses the request it names, unless it is a warning', () => {
    expect(effectOf(9_999, '', 7)).toBe('refused');
    expect(effectOf(9_999, '', null)).toBe('none');
    expect(effectOf(2_137, '', 7)).toBe('none');
  });

  it('322 is told by its words', () => {
    expect(effectOf(322, "Error processing request.-'bW' : cause - Duplicate ticker id", 1)).toBe(
      'id-in-use',
    );
    const many =
      "Error processing request.-'bW' : cause - Only 50 simultaneous API historical data requests allowed.";
    expect(effectOf(322, many, 1)).toBe('try-later');
  });

  it('504 ends the connection only where it names no request', () => {
    expect(effectOf(504, 'Not connected', null)).toBe('end');
    expect(effectOf(504, 'Not connected', 7)).toBe('try-later');
  });

  it('1300 names the port to go to', () => {
    const text =
      'Socket port has been reset and this connection is being dropped. Please reconnect on the new port - 4002';
    expect(newPortOf(text)).toBe(4002);
    expect(newPortOf('Please reconnect')).toBeUndefined();
    expect(newPortOf('new port - 99999')).toBeUndefined();
  });

  it('162 says whether there is nothing or it was asked too often', () => {
    expect(
      saysNoData('Historical Market Data Service error message:HMDS query returned no data: AAPL@SMART'),
    ).toBe(true);
    expect(saysNoData('Historical Market Data Service error message:API pacing violation')).toBe(false);
  });

  it('stands in docs/errors.md as it does here, and each effect as well', () => {
    const page = readFileSync(new URL('../../../docs/errors.md', import.meta.url), 'utf8');
    const section = page.split(/^## /m).find((part) => part.startsWith('Notices of')) ?? '';
    const rows = section
      .split('\n')
      .filter((line) => line.startsWith('| `'))
      .map((line) =>
        line
          .split('|')
          .slice(1, -1)
          .map((cell) => cell.trim().replaceAll(/^`|`$/g, '')),
      );
    const listed = rows.filter(([code, , meaning]) => meaning !== undefined && code !== '322');
    const own = Object.entries(NOTICES).map(([code, [effect, meaning]]) => [code, effect, meaning]);
    expect(listed).toEqual(own);
    expect(rows.filter(([, , meaning]) => meaning === undefined)).toEqual(Object.entries(NOTICE_EFFECTS));
  });
});
