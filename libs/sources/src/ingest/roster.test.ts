import { ManualClock, testListing } from '@concord/testkit';
import { describe, expect, it } from 'vitest';
import type { Listing } from '../listing.ts';
import { Roster, type Placed } from './roster.ts';

const SYMBOLS = ['A', 'B', 'C', 'D', 'E'];
const id = (symbol: string): string => testListing('test', symbol).instrument;

function placed(
  symbols: readonly string[],
  changes: Readonly<Record<string, Partial<Listing>>> = {},
): Placed[] {
  return symbols.map((symbol, place) => ({
    place,
    listing: { ...testListing('test', symbol), ...changes[symbol] },
  }));
}

class Bench {
  readonly clock = new ManualClock();
  readonly roster = new Roster({
    machineClock: this.clock,
    replaced: (instrument) => this.heard.push(`~${this.#short(instrument)}`),
    handOver: (instrument) => () => this.taken.includes(this.#short(instrument)),
  });
  /** Symbols that another replica serves. */
  taken = 'ABCDE';
  /** What the follower heard, in order. */
  readonly heard: string[] = [];

  constructor() {
    this.roster.define(placed(SYMBOLS));
    this.roster.follow({
      add: (instruments) => this.heard.push(...instruments.map((one) => `+${this.#short(one)}`)),
      remove: (instruments) => this.heard.push(...instruments.map((one) => `-${this.#short(one)}`)),
    });
  }

  own(...slots: number[]): void {
    this.roster.assign({ count: 3, owned: new Set(slots) });
  }

  /** Symbols served. */
  get served(): string {
    return [...this.roster.listings.values()].map(({ symbol }) => symbol).join('');
  }

  #short(instrument: string): string {
    const listing = this.roster.listings.get(instrument);
    if (listing === undefined) throw new Error(`${instrument} is not among the listings when it is told`);
    return listing.symbol;
  }
}

describe('a roster', () => {
  it('serves nothing before the first assignment', () => {
    expect(new Bench().served).toBe('');
  });

  it('serves the instruments whose place falls on its slots', () => {
    const bench = new Bench();
    bench.own(0, 2);
    expect(bench.served).toBe('ACD');
    expect(bench.heard).toEqual(['+A', '+C', '+D']);
  });

  it('goes on for fifteen seconds with a slot that another replica was given', async () => {
    const bench = new Bench();
    bench.own(0, 1);
    bench.own(0);
    await bench.clock.pass(14_999);
    expect(bench.served).toBe('ABDE');
    await bench.clock.pass(1);
    expect(bench.served).toBe('AD');
    expect(bench.heard).toEqual(['+A', '+B', '+D', '+E', '-B', '-E']);
  });

  it('goes on longer with what no other replica serves, but not for ever', async () => {
    const bench = new Bench();
    bench.taken = '';
    bench.own(0);
    bench.own();
    await bench.clock.pass(60_000);
    expect(bench.served).toBe('AD');
    bench.taken = 'A';
    await bench.clock.pass(1_000);
    expect(bench.served).toBe('D');
    await bench.clock.pass(239_000);
    expect(bench.served).toBe('');
    expect(bench.clock.pending).toBe(0);
  });

  it('keeps a slot that comes back meanwhile, and says nothing of it', async () => {
    const bench = new Bench();
    bench.own(1);
    bench.own();
    await bench.clock.pass(6_000);
    bench.own(1);
    await bench.clock.pass(60_000);
    expect(bench.heard).toEqual(['+B', '+E']);
    expect(bench.clock.pending).toBe(0);
  });

  it('counts each loss from its own time', async () => {
    const bench = new Bench();
    bench.own(0, 1, 2);
    bench.own(1, 2);
    await bench.clock.pass(4_000);
    bench.own(2);
    await bench.clock.pass(11_000);
    expect(bench.served).toBe('BCE');
    await bench.clock.pass(4_000);
    expect(bench.served).toBe('C');
  });

  it('takes up an instrument added at the end of the list, and moves no other', () => {
    const bench = new Bench();
    bench.own(2);
    bench.roster.define(placed([...SYMBOLS, 'F']));
    expect(bench.heard).toEqual(['+C', '+F']);
  });

  it('tells which instruments an assignment would add', () => {
    const bench = new Bench();
    bench.own(2);
    expect(bench.roster.given({ count: 3, owned: new Set([0, 2]) })).toEqual([id('A'), id('D')]);
  });

  it.each([
    { change: { symbol: 'Z' }, slots: [0], fate: 'replaced' },
    { change: { currency: 'EUR' }, slots: [], fate: 'replaced' },
    { change: { sizeUnit: 'KA' }, slots: [0], fate: 'redefined' },
    { change: { sizeUnit: 'KA' }, slots: [], fate: 'moved' },
  ])('calls an instrument that stands there with $change $fate where its slots are $slots', (one) => {
    const bench = new Bench();
    bench.own(0);
    bench.own(...one.slots);
    bench.roster.define(placed(SYMBOLS, { A: one.change }));
    expect(bench.roster.fateOf(testListing('test', 'A'))).toBe(one.fate);
    expect(bench.heard).toContain('-A');
    expect(bench.heard.includes('~A')).toBe(one.fate === 'replaced');
  });

  it('drops what is no longer listed at once', () => {
    const bench = new Bench();
    bench.own(0);
    bench.roster.define(placed(SYMBOLS).filter(({ listing }) => listing.symbol !== 'D'));
    expect(bench.heard).toEqual(['+A', '+D', '~D', '-D']);
    expect(bench.roster.fateOf(testListing('test', 'D'))).toBe('gone');
  });

  it('gives up at once what it is told to release', () => {
    const bench = new Bench();
    bench.own(1);
    bench.roster.release();
    expect(bench.heard).toEqual(['+B', '+E', '-B', '-E']);
    expect(bench.clock.pending).toBe(0);
  });

  it('ends an instrument under its old symbol before it begins it under the new one', () => {
    const bench = new Bench();
    bench.own(0);
    bench.roster.define(placed(SYMBOLS, { D: { symbol: 'D2' } }));
    expect(bench.heard).toEqual(['+A', '+D', '~D', '-D', '+D2']);
  });

  it('says nothing when the same is said again', () => {
    const bench = new Bench();
    bench.own(0);
    bench.own(0);
    bench.roster.define(placed(SYMBOLS));
    expect(bench.heard).toEqual(['+A', '+D']);
  });
});
