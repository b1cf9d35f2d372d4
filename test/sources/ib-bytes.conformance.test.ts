import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Harmed } from './message-proxy.ts';
import { SimulatedIb } from './simulated-ib.ts';

const SEED = 41;
const TICK_BY_TICK = ['AAPL.US', 'MSFT.US'];
const LARGE_BYTES = 5 * 1_024 * 1_024;

interface MessageType {
  readonly name: string;
  is(fields: readonly string[]): boolean;
  /** Makes the gateway send one. Default: they come by themselves. */
  provoke?(venue: SimulatedIb): void;
  /** Of a connection for the past: nothing of it goes to the streams but what it repairs. */
  readonly isPast?: boolean;
}

/** Lines are asked for anew, and what was missed. */
const CUT = (venue: SimulatedIb): void => venue.inject({ kind: 'cut' });

const TYPES: readonly MessageType[] = [
  { name: 'tickByTickAllLast', is: ([type, , kind]) => type === '99' && kind === '2' },
  { name: 'tickByTickBidAsk', is: ([type, , kind]) => type === '99' && kind === '3' },
  { name: 'tickPrice', is: ([type]) => type === '1' },
  { name: 'tickSize', is: ([type]) => type === '2' },
  { name: 'historicalDataUpdate', is: ([type]) => type === '90' },
  { name: 'historicalData', is: ([type]) => type === '17', provoke: CUT },
  { name: 'historicalTicksLast', is: ([type]) => type === '98', provoke: CUT, isPast: true },
  {
    name: 'the notice 2108',
    is: ([type, , , code]) => type === '4' && code === '2108',
    provoke: (venue) => venue.inject({ kind: 'farm-idle' }),
  },
];

interface ByteFault {
  readonly name: string;
  harm(message: Buffer): Harmed;
  /** Codes of what is refused. */
  readonly refused: readonly string[];
}

function framed(text: string): Buffer {
  const length = Buffer.alloc(4);
  length.writeUInt32BE(Buffer.byteLength(text));
  return Buffer.concat([length, Buffer.from(text)]);
}

/** Before the message, which comes whole. */
function intruder(name: string, bytes: Buffer): ByteFault {
  const harm = (message: Buffer): Harmed => ({ bytes: Buffer.concat([bytes, message]), isCut: false });
  return { name, harm, refused: ['unknown-frame'] };
}

const FAULTS: readonly ByteFault[] = [
  intruder('an empty message', framed('')),
  intruder('the text pong', framed('pong')),
  intruder('garbage of a message’s length', framed('<html>502 Bad Gateway</html>')),
  intruder('a message of 5 MB', framed('x'.repeat(LARGE_BYTES))),
  {
    name: 'garbage that no length begins',
    harm: (message) => ({
      bytes: Buffer.concat([Buffer.from([0xff, 0x93, 0x00, 0xc3, 0x28]), message]),
      isCut: false,
    }),
    refused: ['frame-too-large'],
  },
  {
    name: 'half a message, then the end',
    harm: (message) => ({ bytes: message.subarray(0, message.length >> 1), isCut: true }),
    refused: [],
  },
  {
    name: 'a dropped message, then the end',
    harm: () => ({ bytes: Buffer.alloc(0), isCut: true }),
    refused: [],
  },
];

function endsConnection({ refused }: ByteFault): boolean {
  return !refused.includes('unknown-frame');
}

describe(`ib × bytes of each type of message on the simulated gateway (seed ${SEED})`, () => {
  let venue: SimulatedIb;

  beforeAll(async () => {
    venue = await SimulatedIb.start(SEED, {
      isProxied: true,
      options: { tickByTickLines: 4, tickByTickQuotes: true },
    });
    await venue.flowing();
  });

  afterAll(() => venue[Symbol.asyncDispose]());

  function isWell(): boolean {
    const { state } = venue.source.status();
    return state === 'LIVE' && venue.markers('repair').length === venue.markers('gap').length;
  }

  async function commit(type: MessageType, fault: ByteFault): Promise<void> {
    await venue.until('all is well', isWell);
    const refused = venue.markers('refused').length;
    const reconnects = venue.markers('reconnect').length;
    const harmed = venue.harmNext((fields) => type.is(fields), fault.harm);
    type.provoke?.(venue);
    await venue.until('it is harmed', harmed);
    const isCut = type.provoke === CUT;
    const expected = reconnects + Number(isCut) + Number(endsConnection(fault) && type.isPast !== true);
    await venue.until('it is connected', () => venue.markers('reconnect').length >= expected);
    await venue.until('all is well again', isWell);
    await venue.flowing(2, ['trades', 'quotes']);
    expect(venue.markers('reconnect').length).toBe(expected);
    const codes = venue.markers('refused').map(({ code }) => code);
    expect(codes.slice(refused)).toEqual(type.isPast === true ? [] : fault.refused);
  }

  for (const type of TYPES) {
    for (const fault of FAULTS) {
      const isTold = fault.refused.length > 0 && type.isPast !== true;
      const told = isTold ? `${fault.refused.join()}, once` : 'nothing is refused';
      const end = !endsConnection(fault) ? 'stays' : 'is made anew';
      it(`ib × ${type.name} × ${fault.name}: ${told}; the connection ${end}`, () => commit(type, fault));
    }
  }

  it('lost and doubled no print by any of it, and every gap is filled', async () => {
    await venue.until('all is well', isWell);
    await venue.flowing(10, ['trades']);
    await venue.close();
    for (const instrument of TICK_BY_TICK) {
      const { sent, told } = venue.compare(instrument);
      expect(sent.length).toBeGreaterThan(100);
      expect(told).toEqual(sent);
    }
    expect(venue.markers('gap').length).toBeGreaterThan(FAULTS.length);
    expect(venue.markers('repair').filter(({ outcome }) => outcome !== 'filled')).toEqual([]);
  });
});
