import { describe, expect, it } from 'vitest';
import { decodeMarker } from './marker-reading.ts';
import { encodeMarker, type Marker } from './markers.ts';

const session = { source: 'alpha', session: 'alpha-0-1', receiveTime: 1_700_000_000_000_000 };
const stream = { ...session, instrument: 'BTC-USDT', kind: 'trades' } as const;

const MARKERS: Marker[] = [
  { type: 'session', ...session, state: 'live' },
  { type: 'clock', time: 1_700_000_000_000_000 },
  { type: 'config', version: 3, digest: 'd', content: { rules: [1, null, 'é'] } },
  { type: 'gap', ...stream, firstId: '1', lastId: '3', missing: 3 },
  { type: 'gap', ...stream, firstId: null, lastId: null, missing: null },
  { type: 'repair', ...stream, firstId: '1', lastId: '3', outcome: 'unrepairable' },
  { type: 'reconnect', ...session, previousSession: null, reason: 'closed' },
  { type: 'resync', ...stream, reason: 'sequence' },
  {
    type: 'refused',
    ...session,
    ordinal: 4,
    code: 'parse',
    message: 'no JSON',
    venueSymbol: null,
    instrument: null,
    truncated: true,
  },
  { type: 'dropped', ...session, instrument: null, kind: 'quotes', count: 17 },
];

describe('markers', () => {
  it.each(MARKERS.map((marker) => [marker.type, marker] as const))(
    'of type %s come back as they went in',
    (_, marker) => {
      expect(decodeMarker({ ...encodeMarker(marker) })).toEqual({ ok: true, marker });
    },
  );

  it('are read from the bytes in which Kafka gives headers, frame included', () => {
    const { marker, body, bytes } = encodeMarker(MARKERS[8] as Marker, Buffer.of(0xff, 0));
    const headers = {
      marker: Buffer.from(marker),
      body: [Buffer.from('{'), Buffer.from(body)],
      bytes: [bytes ?? ''],
    };
    expect(decodeMarker(headers)).toEqual({ ok: true, marker: MARKERS[8], bytes: Buffer.of(0xff, 0) });
  });

  it('of a newer writer are read without what this program does not know', () => {
    expect(decodeMarker({ marker: 'clock', body: '{"time":5,"later":1}' })).toEqual({
      ok: true,
      marker: { type: 'clock', time: 5 },
    });
  });

  it.each([
    [undefined, 'not-a-marker'],
    [{}, 'not-a-marker'],
    [{ other: 'x' }, 'not-a-marker'],
    [{ marker: 'tombstone', body: '{}' }, 'unknown-marker'],
    [{ marker: 'toString', body: '{}' }, 'unknown-marker'],
    [{ marker: 'clock' }, 'unreadable-marker'],
    [{ marker: 'clock', body: 'time' }, 'unreadable-marker'],
    [{ marker: 'clock', body: 'null' }, 'unreadable-marker'],
    [{ marker: 'clock', body: '{"time":1.5}' }, 'unreadable-marker'],
    [{ marker: 'clock', body: '{"time":"5"}' }, 'unreadable-marker'],
    [
      { marker: 'session', body: '{"source":"a","session":"s","receiveTime":1,"state":"up"}' },
      'unreadable-marker',
    ],
  ])('in headers %j are refused as %s', (headers, code) => {
    expect(decodeMarker(headers)).toMatchObject({ ok: false, code });
  });

  it('that are unreadable say which field is wrong', () => {
    expect(decodeMarker({ marker: 'clock', body: '{"time":"5"}' })).toMatchObject({
      message: expect.stringMatching(/^time of a clock marker: /),
    });
  });
});
