import { afterEach, describe, expect, it } from 'vitest';
import { Bench } from './testing/bench.ts';
import { SECONDS } from './testing/tws.ts';

/** Requests in the order in which the session asks for them. */
const [PRINTS, SAMPLES, BARS] = [1, 2, 3];
const NO_REQUEST = -1;
const UNASKED = 987_654;
const LARGE = 'x'.repeat(5 * 1_024 * 1_024);

interface Notice {
  readonly code: number;
  readonly request: number;
  /** The notice that comes before it. */
  readonly after?: number;
  readonly says?: string;
}

const NOTICES: readonly Notice[] = [
  { code: 1100, request: NO_REQUEST },
  { code: 1101, request: NO_REQUEST, after: 1100 },
  { code: 1102, request: NO_REQUEST, after: 1100 },
  { code: 2103, request: NO_REQUEST },
  { code: 2104, request: NO_REQUEST, after: 2103 },
  { code: 2105, request: NO_REQUEST },
  { code: 2106, request: NO_REQUEST, after: 2105 },
  { code: 2107, request: NO_REQUEST },
  { code: 2108, request: NO_REQUEST },
  { code: 1300, request: NO_REQUEST, says: 'Socket port has been reset, port 4003' },
  { code: 326, request: NO_REQUEST },
  { code: 162, request: BARS },
  { code: 200, request: SAMPLES },
  { code: 354, request: SAMPLES },
  { code: 10_190, request: PRINTS },
  { code: 10_197, request: SAMPLES },
];

function textOf({ code, request, says = 'words' }: Notice, over: Partial<Notice> = {}): string {
  return `4|2|${over.request ?? request}|${over.code ?? code}|${says}|`;
}

interface Fault {
  readonly name: string;
  harm(notice: Notice): readonly string[];
  readonly refused: readonly string[];
  /** Whether the notice does what it does without the fault. */
  readonly isHeard: boolean;
  /** Which notices it can befall; default all. */
  befalls?(notice: Notice): boolean;
}

function intruder(name: string, text: string): Fault {
  return { name, harm: (notice) => [text, textOf(notice)], refused: ['unknown-frame'], isHeard: true };
}

function damage(name: string, change: (text: string) => string, code = 'bad-field'): Fault {
  return { name, harm: (notice) => [change(textOf(notice))], refused: [code], isHeard: false };
}

const FAULTS: readonly Fault[] = [
  intruder('garbage', '<html>502 Bad Gateway</html>'),
  intruder('an empty message', ''),
  intruder('a message of 5 MB', LARGE),
  intruder('the text pong', 'pong'),
  intruder('an unknown message type', '911|2|-1|1100|words|'),
  damage('half of its fields', (text) => text.split('|').slice(0, 3).join('|')),
  damage('a missing field', (text) => text.replace(/^(4\|2\|-?\d+)\|\d+/, '$1')),
  damage('a number out of range', (text) => text.replace(/^(4\|2\|-?\d+\|)\d+/, `$1${'9'.repeat(41)}`)),
  damage('a request that is no number', (text) => text.replace(/^4\|2\|-?\d+/, '4|2|one')),
  damage('an unknown message type in its place', (text) => text.replace(/^4/, '911'), 'unknown-frame'),
  {
    name: 'a repeated notice',
    harm: (notice) => [textOf(notice), textOf(notice)],
    refused: [],
    isHeard: true,
  },
  { name: 'a dropped notice', harm: () => [], refused: [], isHeard: false },
  {
    name: 'an unknown code',
    harm: (notice) => [textOf(notice, { code: 99_999 })],
    refused: [],
    isHeard: false,
    befalls: ({ request }) => request === NO_REQUEST,
  },
  {
    name: 'an unknown request',
    harm: (notice) => [textOf(notice, { request: UNASKED })],
    refused: [],
    isHeard: false,
    befalls: ({ request }) => request !== NO_REQUEST,
  },
];

describe('ib × notices', () => {
  const benches: Bench[] = [];
  afterEach(async () => {
    for (const bench of benches.splice(0)) await bench[Symbol.asyncDispose]();
  });

  /** What became of a session that serves prints, samples and bars, once it was told something. */
  async function outcome(messages: readonly string[]): Promise<object> {
    const bench = new Bench(['trades', 'quotes', 'bars'], { tickByTickLines: 1 });
    benches.push(bench);
    await bench.pass(0);
    const { gateway } = bench;
    gateway.ready();
    expect(gateway.requests.map(({ type }) => type)).toEqual(['tick-by-tick', 'market-data', 'bars']);
    gateway.say(`81|${SAMPLES}|0.01||3`, `17|${BARS}|||0`);
    gateway.say(`99|${PRINTS}|2|${SECONDS}|271|100|0|ARCA|`);
    await bench.pass(4_000);
    expect(bench.state).toBe('live');
    if (messages.length > 0) gateway.say(...messages);
    await bench.pass(1_500);
    const streams = bench.source.status().streams.map(({ state }) => state);
    return {
      refused: bench.markers('refused').map(({ code }) => code),
      state: bench.state,
      trades: bench.count('trades'),
      gaps: bench.markers('gap').length,
      resynced: new Set(bench.markers('resync').map(({ kind }) => kind)),
      rejected: streams.filter(({ rejection }) => rejection !== null).length,
      stale: streams.filter(({ stale }) => stale).length,
      connections: bench.gateways.all.length,
    };
  }

  for (const notice of NOTICES) {
    const before = notice.after === undefined ? [] : [textOf({ code: notice.after, request: NO_REQUEST })];
    const name = notice.after === undefined ? String(notice.code) : `${notice.after}→${notice.code}`;
    for (const fault of FAULTS.filter(({ befalls }) => befalls?.(notice) ?? true)) {
      const { refused, isHeard } = fault;
      const told = refused.length === 0 ? '' : `${refused.join()}, once; `;
      const says = `${told}the notice ${isHeard ? 'does what it does, once' : 'does nothing'}`;
      it(`ib × ${name} × ${fault.name}: ${says}`, async () => {
        const sound = await outcome(isHeard ? [...before, textOf(notice)] : before);
        expect(await outcome([...before, ...fault.harm(notice)])).toEqual({ ...sound, refused });
      });
    }
  }

  it.each([
    [1100, 1101],
    [1100, 1102],
    [2103, 2104],
    [2105, 2106],
  ])(
    'ib × %i→%i × swapped notices: the loss holds until it is said to be over once more',
    async (lost, back) => {
      const say = (...codes: readonly number[]): string[] =>
        codes.map((code) => textOf({ code, request: NO_REQUEST }));
      const sound = await outcome(say(lost));
      expect(await outcome(say(back, lost))).toMatchObject({
        state: (sound as { state: string }).state,
        refused: [],
      });
      expect(await outcome(say(back, lost, back))).toMatchObject({ stale: 0, refused: [], trades: 1 });
    },
  );
});
