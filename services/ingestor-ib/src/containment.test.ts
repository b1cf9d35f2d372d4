import { EventName, IBApi } from '@stoqey/ib';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { contain, framingProblem } from './containment.ts';

function framed(...texts: readonly string[]): Buffer {
  return Buffer.concat(
    texts.map((text) => {
      const body = Buffer.from(text.replaceAll('|', '\0'));
      const length = Buffer.alloc(4);
      length.writeUInt32BE(body.length);
      return Buffer.concat([length, body]);
    }),
  );
}

/** A library without a connection, fed by hand. */
function fed(): { feed(data: Buffer): void; received: string[][]; problems: string[] } {
  const api = new IBApi({ host: '127.0.0.1', port: 1, maxReqPerSec: 40 });
  const received: string[][] = [];
  const problems: string[] = [];
  api.on(EventName.received, (fields) => received.push(fields));
  contain(api, { chunk: () => undefined, unreadable: (what) => problems.push(what) });
  const { controller } = api as unknown as { controller: { socket: { onData(data: Buffer): void } } };
  controller.socket.onData(framed('176|20260105 15:00:00 UTC|'));
  received.length = 0;
  return { feed: (data) => controller.socket.onData(data), received, problems };
}

describe('the library, contained', () => {
  it('goes on after a message whose count makes its decoder throw', () => {
    const { feed, received, problems } = fed();
    // A negative count of ticks: an array cannot have that length.
    feed(framed('98|1|-5|', '49|1|1767625200|'));
    feed(framed('49|1|1767625201|'));
    expect(received.map(([type]) => type)).toEqual(['98', '49', '49']);
    expect(problems).toEqual([]);
  });

  it('is told of a negative or an endless length instead of reading it for ever', () => {
    for (const length of [-1, -4, -2_147_483_648, 0x7f_ff_ff_ff]) {
      const { feed, received, problems } = fed();
      const head = Buffer.alloc(8);
      head.writeInt32BE(length);
      feed(Buffer.concat([framed('49|1|1767625200|'), head]));
      expect(problems).toHaveLength(1);
      expect(received).toEqual([]);
    }
  });

  it('takes a message that ends without the end of a field, or is empty, for one of its own', () => {
    const { feed, received, problems } = fed();
    feed(framed('pong', '49|1|1767625200|', '', '49|1|1767625201|'));
    expect(received).toEqual([['pong'], ['49', '1', '1767625200'], [''], ['49', '1', '1767625201']]);
    expect(problems).toEqual([]);
  });

  it('hands out every message whole, however its bytes are cut', () => {
    const messages = ['1|6|3|1|271.01|300|1|', '49|1|1767625200|', '99|1|2|1767625200|271|100|0|ARCA||'];
    const bytes = framed(...messages);
    fc.assert(
      fc.property(fc.array(fc.nat(bytes.length), { maxLength: 6 }), (cuts) => {
        const { feed, received, problems } = fed();
        const edges = [0, ...cuts.sort((a, b) => a - b), bytes.length];
        edges.slice(1).forEach((edge, index) => feed(bytes.subarray(edges[index], edge)));
        expect(problems).toEqual([]);
        expect(received.map((fields) => `${fields.join('|')}|`)).toEqual(messages);
      }),
    );
  });

  it('sees lengths whose bytes come in two pieces', () => {
    const bytes = framed('49|1|1767625200|');
    expect(framingProblem(bytes.subarray(0, 2), bytes.subarray(2))).toBeUndefined();
    expect(framingProblem(Buffer.from([0xff, 0xff]), Buffer.from([0xff, 0xfc]))).toMatch(/a message of/);
  });
});
