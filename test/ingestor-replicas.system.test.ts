import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { RawQuote } from '@concord/codec';
import { storeRoot } from '@concord/local';
import { loadConfig, readEnvironment, SystemClock } from '@concord/runtime';
import { silentLogger, until } from '@concord/testkit';
import { setUp } from 'concord-cli';
import { parse, stringify } from 'yaml';
import { expect, onTestFinished, test } from 'vitest';
import { runPipeline, type PipelineRun, type Read } from './pipeline-run.ts';
import { Fleet } from './replicas.ts';

const SEED = 20_261_123;
const COUNT = 60;
const VENUE = 'binance';
const clock = new SystemClock();

interface Definition {
  readonly id: string;
  readonly status?: string;
}

const NAMES = Array.from({ length: COUNT }, (_, n) => `S${String(n).padStart(2, '0')}`);
/** Listed by the venue from the start, under a name that nobody asks for, and defined only later. */
const ADDED = 'NEW';

/** A configuration of these instruments at one venue; one that is delisted stands for what the venue lists and Concord does not. */
function configuration(definitions: readonly Definition[]): Record<string, unknown> {
  return {
    partitions: 2,
    venues: { [VENUE]: { kinds: ['trades', 'quotes'], quotesEveryChange: true } },
    fusion: { minimumSources: 1 },
    instruments: definitions.map(({ id, status = 'ACTIVE' }, place) => ({
      id: `${id}-USDT`,
      base: id,
      quote: 'USDT',
      partition: place % 2,
      priceScale: 2,
      tickBands: [{ tick: 0.01 }],
      lot: 0.001,
      status,
      venues: {
        [VENUE]: { symbol: `${id.replace('OLD', ADDED)}USDT`, tickBands: [{ tick: 0.01 }], lot: 0.001 },
      },
    })),
  };
}

interface Sent {
  readonly instrument: string;
  readonly id: number;
  readonly sentAtMs: number;
}

function tradesSent(truthFile: string): Sent[] {
  return readFileSync(truthFile, 'utf8')
    .split('\n')
    .slice(0, -1)
    .filter((line) => line.startsWith('{"kind":"trades"'))
    .map((line) => {
      const { instrument, id, sentAt } = JSON.parse(line) as {
        instrument: string;
        id: string;
        sentAt: number;
      };
      return { instrument, id: Number(id), sentAtMs: sentAt / 1_000 };
    });
}

/** Ids sent and not in `clean.trades`, from the first of each instrument that is there up to `untilMs`. */
async function lostTrades(run: PipelineRun, truthFile: string, untilMs: number): Promise<string[]> {
  const clean = new Map<string, Set<number>>();
  for (const { value } of await run.read('clean.trades')) {
    const ids = clean.get(value.instrument) ?? new Set();
    const id = Number(value.firstId);
    expect(ids.has(id), `${value.instrument} ${id} came twice`).toBe(false);
    clean.set(value.instrument, ids.add(id));
  }
  expect(clean.size).toBeGreaterThanOrEqual(COUNT);
  const first = new Map([...clean].map(([instrument, ids]) => [instrument, Math.min(...ids)]));
  return tradesSent(truthFile).flatMap(({ instrument, id, sentAtMs }) => {
    const isDue = sentAtMs < untilMs && id >= (first.get(instrument) ?? Infinity);
    return isDue && clean.get(instrument)?.has(id) !== true ? [`${instrument} ${id}`] : [];
  });
}

/** What the log knows of trades that are lost: whether an ingestor had published them, what the validator had against them, and how many later ones there are. */
async function fates(run: PipelineRun, lost: readonly string[]): Promise<string[]> {
  const raw = await run.read('raw.trades');
  const quarantined = (await run.read('quarantine')).map(({ value }) => value);
  return lost.map((one) => {
    const [instrument, id] = one.split(' ');
    const ofInstrument = raw.filter(({ value }) => value.instrument === instrument);
    const copies = ofInstrument.filter(({ value }) => Number(value.firstId) === Number(id));
    const told = copies.map(({ partition, offset, value }) => {
      const judged = quarantined.find(
        (other) => other.topic === 'raw.trades' && other.partition === partition && other.offset === offset,
      );
      const reasons = judged?.reasons.map(({ code }) => code).join(' ') ?? 'not quarantined';
      return `${value.session} ${value.ordinal} ${value.origin} at ${offset}, ${reasons}`;
    });
    const later = ofInstrument.filter(({ value }) => Number(value.firstId) > Number(id)).length;
    return `${one}: published as [${told.join('; ')}], ${later} later ones were`;
  });
}

/**
 * How long after the kill of a replica the last of its instruments was served by another one, by the log; undefined before it was.
 */
function handOverMs(quotes: readonly Read<RawQuote>[], dead: DeadReplica): number | undefined {
  const served = new Map<string, number>();
  for (const { timestampMs, value } of quotes) {
    const { instrument, session } = value;
    const isByOthers = !session.includes(`-${dead.name}-`) && timestampMs > dead.killedAtMs;
    if (isByOthers && !served.has(instrument)) served.set(instrument, timestampMs);
  }
  const times = dead.instruments.map((instrument) => served.get(instrument) ?? Infinity);
  const lastMs = Math.max(...times) - dead.killedAtMs;
  return Number.isFinite(lastMs) ? lastMs : undefined;
}

interface DeadReplica {
  readonly name: string;
  readonly instruments: readonly string[];
  readonly killedAtMs: number;
}

/** For how long each instrument that a replica took over from a living one was served by both, by the log; below 0 it was served by none. */
function overlapsMs(quotes: readonly Read<RawQuote>[], taker: string, sinceMs: number): number[] {
  const taken = new Map<string, number>();
  const left = new Map<string, number>();
  for (const { timestampMs, value } of quotes) {
    const { instrument, session } = value;
    if (!session.includes(`-${taker}-`)) left.set(instrument, timestampMs);
    else if (timestampMs > sinceMs && !taken.has(instrument)) taken.set(instrument, timestampMs);
  }
  return [...taken].flatMap(([instrument, atMs]) => {
    const endMs = left.get(instrument);
    return endMs === undefined ? [] : [endMs - atMs];
  });
}

/** What an operator does who edits the instruments and runs `concord setup`. */
async function redefine({ pipeline }: PipelineRun, definitions: readonly Definition[]): Promise<void> {
  const running = parse(readFileSync(pipeline.configFile, 'utf8')) as Record<string, unknown>;
  const { instruments } = configuration(definitions);
  writeFileSync(pipeline.configFile, stringify({ ...running, instruments }));
  const config = loadConfig(pipeline.configFile, readEnvironment({}));
  await setUp({ config, clock, logger: silentLogger() });
}

test(
  'replicas share sixty instruments: one is killed, one comes, one instrument is added, and no trade is lost',
  { timeout: 480_000 },
  async () => {
    process.stderr.write(`seed ${SEED}\n`);
    const before = [...NAMES.map((id) => ({ id })), { id: 'OLD', status: 'DELISTED' }];
    const dir = mkdtempSync(join(storeRoot, 'test', 'replicas-files-'));
    onTestFinished(() => rmSync(dir, { recursive: true, force: true }));
    const configFile = join(dir, 'concord.yaml');
    const truthFile = join(dir, 'truth.jsonl');
    writeFileSync(configFile, stringify(configuration(before)));
    const played = { seed: SEED, rate: 0.5, truthFile };
    await using run = await runPipeline({ name: 'replicas', mode: 'simulated', configFile, ...played });
    await run.pipeline.listening;
    const fleet = new Fleet(run, VENUE);
    await using second = fleet.start('second');
    await using _third = fleet.start('third');
    await fleet.sharing([20, 20, 20], 120_000);

    const instruments = Object.keys((await second.status)?.instruments ?? {});
    expect(instruments).toHaveLength(COUNT / 3);
    const dead = { name: second.name, instruments, killedAtMs: clock.nowMs() };
    await second.kill();
    fleet.forget(second);
    await fleet.sharing([30, 30], 60_000);
    const tookMs = await until(
      'quotes of every instrument of the dead replica',
      async () => handOverMs(await run.read('raw.quotes'), dead),
      { everyMs: 200 },
    );
    process.stderr.write(`hand-over after a kill: ${tookMs} ms\n`);
    expect(tookMs).toBeLessThan(15_000);

    const addedAtMs = clock.nowMs();
    await using fourth = fleet.start('fourth');
    await fleet.sharing([20, 20, 20], 90_000);

    await redefine(run, [...NAMES.map((id) => ({ id })), { id: ADDED }]);
    const isPublished = async (): Promise<boolean> =>
      (await run.read('consensus.quotes')).some(({ value }) => value.instrument === `${ADDED}-USDT`);
    await until('a consensus of the instrument that was added', isPublished, { everyMs: 200 });
    expect((await run.read('quarantine')).map(({ value }) => value.reasons)).toEqual([]);

    const untilMs = clock.nowMs();
    await until(
      'every trade sent is in clean.trades',
      async () => (await lostTrades(run, truthFile, untilMs)).length === 0,
      { everyMs: 200, withinMs: 90_000 },
    ).catch(async () => expect(await fates(run, await lostTrades(run, truthFile, untilMs))).toEqual([]));
    const overlaps = overlapsMs(await run.read('raw.quotes'), fourth.name, addedAtMs);
    process.stderr.write(`served by both while a replica was added: ${Math.min(...overlaps)} ms or more\n`);
    expect(overlaps).toHaveLength(COUNT / 3);
    expect(Math.min(...overlaps)).toBeGreaterThan(2_000);
  },
);
