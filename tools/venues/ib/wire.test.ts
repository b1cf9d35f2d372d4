import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ClientReader, encodeMessages, message, NotTwsClient, type ClientPart } from './wire.ts';

const GREETING = Buffer.concat([Buffer.from('API\0'), encodeMessages(['v100..193 +PACEAPI'])]);

describe('the reader of what a client sends', () => {
  it('finds the same messages however the bytes are cut', () => {
    const field = fc.string({ unit: 'grapheme' }).filter((text) => !text.includes('\0'));
    const messages = fc.array(fc.array(field, { minLength: 1, maxLength: 5 }), { maxLength: 5 });
    const cuts = fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1 });
    fc.assert(
      fc.property(messages, cuts, (sent, lengths) => {
        const bytes = Buffer.concat([GREETING, encodeMessages(sent.map((fields) => message(...fields)))]);
        const reader = new ClientReader();
        const parts: ClientPart[] = [];
        for (let at = 0, i = 0; at < bytes.length; i++) {
          const length = lengths[i % lengths.length] ?? 1;
          parts.push(...reader.take(bytes.subarray(at, at + length)));
          at += length;
        }
        expect(parts).toEqual([
          { versions: { first: 100, last: 193 } },
          ...sent.map((fields) => ({ fields })),
        ]);
      }),
    );
  });

  it('refuses what is no greeting, a message without end, and versions that are none', () => {
    const taken =
      (bytes: Buffer): (() => ClientPart[]) =>
      () =>
        new ClientReader().take(bytes);
    expect(taken(Buffer.from('GET / HTTP/1.1'))).toThrow(NotTwsClient);
    expect(taken(Buffer.from('API\0\x7f\0\0\0'))).toThrow(NotTwsClient);
    expect(taken(Buffer.concat([Buffer.from('API\0'), encodeMessages(['100'])]))).toThrow(NotTwsClient);
    expect(taken(Buffer.from('API\0'))()).toEqual([]);
  });

  it('takes a single version for both ends of the range', () => {
    const bytes = Buffer.concat([Buffer.from('API\0'), encodeMessages(['v176'])]);
    expect(new ClientReader().take(bytes)).toEqual([{ versions: { first: 176, last: 176 } }]);
  });
});
