import { byVenueSymbol, type Listing, type ParserContext } from '@concord/sources';
import { serveWorker } from '../harness/worker.ts';
import { LOADS, type Load } from './loads.ts';
import { mapperOf } from './mappers.ts';

const FRAMES = 4_000;
const PASS_MS = 300;
const TURNS = 2;
const RECEIVED = 1_786_309_560_500_000;

export interface ParseOptions {
  readonly venue: string;
}

/** What one round gave for a load, in frames a second. */
export interface ParseFigures {
  readonly name: string;
  readonly own: number;
  readonly mapper: number | null;
  readonly jsonParse: number;
}

type Read = (text: string) => number;

function contextFor(symbol: string): ParserContext {
  const listing: Listing = {
    source: 'bench',
    instrument: 'BTC-USD',
    symbol,
    market: null,
    currency: 'USD',
    sizeUnit: 'BTC',
    partition: 0,
  };
  return { session: 'bench', ordinals: { next: 1 }, listings: byVenueSymbol([listing]) };
}

function ownReader({ createParser, symbol }: Load): Read {
  let parser = createParser(contextFor(symbol));
  let seen = 0;
  return (text) => {
    // A session's sequence begins anew with each pass over the frames.
    if (seen++ % FRAMES === 0) parser = createParser(contextFor(symbol));
    const { trades, quotes } = parser.parse(text, RECEIVED);
    return trades.length + quotes.length;
  };
}

/** CPU time of this thread: what other processes take of the core does not count. */
function cpuMs(): number {
  const { user, system } = process.threadCpuUsage();
  return (user + system) / 1_000;
}

interface Pace {
  frames: number;
  elapsedMs: number;
}

/** Reads all frames over and over for a while; every frame must give at least one record. */
function pass(texts: readonly string[], read: Read, pace: Pace): void {
  let frames = 0;
  let records = 0;
  const startMs = cpuMs();
  let elapsedMs = 0;
  while (elapsedMs < PASS_MS) {
    for (const text of texts) records += read(text);
    frames += texts.length;
    elapsedMs = cpuMs() - startMs;
  }
  if (records < frames) throw new Error(`${frames - records} frames gave no record`);
  pace.frames += frames;
  pace.elapsedMs += elapsedMs;
}

/** What is compared takes turns, so that both meet the same machine. */
function measure(load: Load): ParseFigures {
  // Through bytes, as a socket brings them: a text put together from pieces is read more slowly.
  const texts = Array.from({ length: FRAMES }, (_, n) => Buffer.from(load.frame(n)).toString('utf8'));
  const readers: Record<string, Read> = {
    own: ownReader(load),
    jsonParse: (text) => (JSON.parse(text) === null ? 0 : 1),
  };
  if (load.mapper !== null) readers['mapper'] = mapperOf(load.mapper.exchange, load.mapper.kind);
  const paces = new Map(Object.keys(readers).map((name) => [name, { frames: 0, elapsedMs: 0 }]));
  for (let turn = 0; turn < TURNS; turn++) {
    for (const [name, read] of Object.entries(readers)) pass(texts, read, paces.get(name) as Pace);
  }
  const rate = (name: string): number | null => {
    const pace = paces.get(name);
    return pace === undefined ? null : pace.frames / (pace.elapsedMs / 1_000);
  };
  return {
    name: load.name,
    own: rate('own') ?? 0,
    mapper: rate('mapper'),
    jsonParse: rate('jsonParse') ?? 0,
  };
}

serveWorker<ParseOptions>(async ({ venue }) => ({
  report: () => (LOADS[venue] ?? []).map(measure),
  [Symbol.asyncDispose]: async () => undefined,
}));
