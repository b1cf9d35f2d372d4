import type { IdKind } from '@concord/codec';
import { HistoryFailed, type HistoricalPage, type Hole } from '@concord/sources';
import { describe, expect, it } from 'vitest';
import { ManualClock, passUntil } from '../manual-clock.ts';
import { testListing } from '../parsing.ts';
import { collect, TestRestServer } from '../rest-server.ts';
import { makePast, PAST_FROM, type MadePast, type PlacedRow, type WrittenPast } from './past.ts';
import { recordsOf } from './play.ts';
import { indistinct, statedBy, toldBy, unstated, type Told } from './reading.ts';

type PastRecord = HistoricalPage[number];
type AskedHole = Pick<Hole, 'ids' | 'from' | 'after' | 'before'>;
type Answer = (request: URL) => string | object;

/** From the beginning of the past to now: every bar is over. */
const AFTERWARDS_MS = 30 * 86_400_000;
const STEP_MS = 50;

/** A venue's history on a server that answers from its written past. */
class Asked implements AsyncDisposable {
  readonly #past: WrittenPast;
  readonly #server: TestRestServer;
  readonly #clock = new ManualClock({ startAtMs: PAST_FROM / 1_000 + AFTERWARDS_MS });
  readonly #listing;

  private constructor(source: string, past: WrittenPast, server: TestRestServer) {
    this.#past = past;
    this.#server = server;
    this.#listing = testListing(source, past.symbol);
  }

  static async open(source: string, past: WrittenPast, answer: Answer): Promise<Asked> {
    return new Asked(source, past, await TestRestServer.start(answer));
  }

  get requests(): number {
    return this.#server.requests.length;
  }

  pages(from: number, to: number): Promise<PastRecord[]> {
    const { kind, interval } = this.#past;
    return this.#read(() => this.#history().pages(this.#listing, kind, interval, from, to, undefined));
  }

  repair(hole: AskedHole): Promise<PastRecord[]> {
    const { kind } = this.#past;
    return this.#read(() => this.#history().repair({ ...hole, listing: this.#listing, kind }, undefined));
  }

  #history(): ReturnType<WrittenPast['open']> {
    return this.#past.open([this.#server.url], { clock: this.#clock, replica: 'r1' });
  }

  async #read(open: () => AsyncIterable<HistoricalPage>): Promise<PastRecord[]> {
    return passUntil(this.#clock, (async () => collect(open()))(), STEP_MS);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#server[Symbol.asyncDispose]();
  }
}

function told(past: WrittenPast, records: readonly PastRecord[]): Told[] {
  const none = { trades: [], quotes: [], bars: [] };
  return records.flatMap((record) => recordsOf({ ...none, [past.kind]: [record] }).map(toldBy));
}

function stated(rows: readonly PlacedRow[]): Told[] {
  return rows.map(({ tells }) => statedBy(tells, 'BACKFILL'));
}

/** Those that are wanted; others may come around them. */
function within(all: readonly Told[], wanted: readonly Told[]): Told[] {
  const names = new Set(wanted.map((one) => JSON.stringify(one)));
  return all.filter((one) => names.has(JSON.stringify(one)));
}

/** The rows as the venue has them, one of them of another instrument. */
function mixed(past: WrittenPast, made: Pick<MadePast, 'rows'>): PlacedRow[] {
  const at = Math.floor(made.rows.length / 2);
  return made.rows.map((one) =>
    one.n === at ? { ...one, ...past.row(one.n, one.at, past.otherSymbol) } : one,
  );
}

/** A past, and the stretch of it that is asked for: it begins and ends amid trades of one time. */
interface Trial extends MadePast {
  readonly source: string;
  readonly past: WrittenPast;
  readonly from: number;
  readonly to: number;
  readonly inside: readonly PlacedRow[];
}

function trialOf(source: string, past: WrittenPast): Trial {
  const made = makePast(past);
  const [from, to] = [made.rows[10]?.at ?? NaN, made.rows.at(-5)?.at ?? NaN];
  return { ...made, source, past, from, to, inside: made.rows.filter(({ at }) => at >= from && at < to) };
}

function open({ source, past, rows }: Trial): Promise<Asked> {
  return Asked.open(source, past, (request) => past.answer(request, rows, past.symbol));
}

/** A hole in the stretch, over a border of pages where there are more. */
function holeIn(
  { past, inside }: Trial,
  records: readonly PastRecord[],
): { hole: AskedHole; rows: PlacedRow[] } {
  const first = 15;
  const last = past.isOnePage === true ? inside.length - 15 : past.pageSize + first;
  const [after, before] = [records[first - 1] ?? null, records[last + 1] ?? null];
  const ids = { first: Number(after?.lastId) + 1, last: Number(before?.firstId) - 1 };
  const hole = { ids: past.isById ? ids : null, from: after?.eventTime ?? null, after, before };
  return { hole, rows: inside.slice(first, last + 1) };
}

function namedTests({ source, past, from, to, ...made }: Trial): void {
  const { symbol, otherSymbol } = past;
  it('refuses an answer about another instrument, and says which it expected', async () => {
    const { rows } = makePast(past, otherSymbol);
    await using asked = await Asked.open(source, past, (url) => past.answer(url, rows, otherSymbol));
    const told = asked.pages(from, to);
    await expect(told).rejects.toThrow(HistoryFailed);
    await expect(told).rejects.toThrow(symbol);
  });
  const rows = mixed(past, made);
  const isNamedByRow = rows.some(({ row, n }) => JSON.stringify(row) !== JSON.stringify(made.rows[n]?.row));
  if (!isNamedByRow) return;
  it('refuses an answer in which one row is about another instrument', async () => {
    await using asked = await Asked.open(source, past, (url) => past.answer(url, rows, symbol));
    await expect(asked.pages(from, to)).rejects.toThrow(HistoryFailed);
  });
}

function unnamedTests({ source, past, from, to, rows }: Trial): void {
  it('gets answers that name no instrument, so that there is nothing to compare', async () => {
    const texts: string[] = [];
    await using asked = await Asked.open(source, past, (url) => {
      const body = past.answer(url, rows, past.symbol);
      texts.push(JSON.stringify(body));
      return body;
    });
    await asked.pages(from, to);
    expect(texts.filter((text) => text.includes(past.symbol))).toEqual([]);
  });
}

/** A venue's history tells what its answers hold: nothing lost, doubled, out of order or of another instrument. */
export function pastTests(source: string, past: WrittenPast, ids: readonly IdKind[]): void {
  const trial = trialOf(source, past);
  const { rows, empty, from, to, inside } = trial;
  const pagesMin = past.isOnePage === true ? 1 : 3;
  describe(`${source} × past ${past.name}`, () => {
    it('states of each record all that is compared; a wrong side, or one number in place of another, would show', () => {
      const readings = rows.map(({ tells }) => tells);
      expect(readings.flatMap(unstated)).toEqual([]);
      expect(indistinct(readings)).toEqual([]);
    });

    it('tells each record of [from, to) once, oldest first, as a person reads it, page after page', async () => {
      await using asked = await open(trial);
      expect(told(past, await asked.pages(from, to))).toEqual(stated(inside));
      expect(asked.requests).toBeGreaterThanOrEqual(pagesMin);
    });

    for (const known of ids.length === 0 ? [] : [ids])
      it(`gives its records ids of the kind that the stream gives them: ${[...new Set(known)].join(' or ')}`, async () => {
        await using asked = await open(trial);
        const kinds = new Set((await asked.pages(from, to)).map(({ idKind }) => idKind));
        expect([...kinds].filter((kind) => !known.includes(kind))).toEqual([]);
      });

    it('tells nothing of a stretch in which there was nothing, without an error', async () => {
      await using asked = await open(trial);
      expect(told(past, await asked.pages(empty.from, empty.to))).toEqual([]);
      expect(asked.requests).toBeGreaterThanOrEqual(1);
    });

    it(`fills a hole ${past.isById ? 'by its ids' : 'by its times'}: each record that is missing once, in order`, async () => {
      await using asked = await open(trial);
      const missing = holeIn(trial, await asked.pages(from, to));
      const got = told(past, await asked.repair(missing.hole));
      expect(within(got, stated(missing.rows))).toEqual(stated(missing.rows));
      expect(within(got, stated(rows))).toEqual(got);
    });

    (past.isNamed ? namedTests : unnamedTests)(trial);
  });
}
