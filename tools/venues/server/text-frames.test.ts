import fc from 'fast-check';
import { PassThrough, type Writable } from 'node:stream';
import { describe, expect, it } from 'vitest';
import * as ws from 'ws';
import { encodeTextFrames } from './text-frames.ts';

// The library exports it, its types do not.
const { Receiver } = ws as unknown as { Receiver: new (options: { isServer: boolean }) => Writable };

describe('text frames', () => {
  it('are read back as the texts they were made of, of every length and in every script', async () => {
    const text = fc.oneof(
      fc.string({ unit: 'grapheme', maxLength: 60 }),
      fc.constantFrom(125, 126, 127, 65_535, 65_536, 70_000).map((length) => 'x'.repeat(length)),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(text, { minLength: 1, maxLength: 8 }), async (texts) => {
        const receiver = new Receiver({ isServer: false });
        const got: string[] = [];
        receiver.on('message', (data: Buffer) => got.push(data.toString('utf8')));
        await new Promise((resolve, reject) => {
          new PassThrough()
            .end(encodeTextFrames(texts))
            .pipe(receiver)
            .on('finish', resolve)
            .on('error', reject);
        });
        expect(got).toEqual(texts);
      }),
    );
  });
});
