import { join } from 'node:path';
import type { Measure, Scenario, ScenarioContext } from './harness/scenario.ts';
import { medianMeasure } from './harness/statistics.ts';
import { Worker } from './harness/worker.ts';
import { LOADS, type Load } from './parsing/loads.ts';
import type { ParseFigures, ParseOptions } from './parsing/worker.ts';

const WORKER = join(import.meta.dirname, 'parsing/worker.ts');
/** Of tardis-dev's speed on the same frames. */
const RATIO_MIN = 0.7;

/** Rounds of one venue; the first is for warming up. */
async function roundsOf(venue: string, { rounds, onProgress }: ScenarioContext): Promise<ParseFigures[][]> {
  const options: ParseOptions = { venue };
  await using worker = await Worker.start(WORKER, options);
  const figures: ParseFigures[][] = [];
  for (let round = 0; round <= rounds; round++) {
    onProgress(`${venue}, ${round === 0 ? 'warming up' : `round ${round}`}`);
    figures.push(await worker.report<ParseFigures[]>());
  }
  return figures.slice(1);
}

function measuresOf({ name, atLeast }: Load, rounds: readonly ParseFigures[]): Measure[] {
  const rate = (what: string, of: (figures: ParseFigures) => number, bounds = {}): Measure =>
    medianMeasure(
      what,
      'frames/s',
      rounds.map((figures) => Math.round(of(figures))),
      bounds,
    );
  const own = rate(name, (figures) => figures.own, { atLeast });
  const json = rate(`${name}, JSON.parse alone`, (figures) => figures.jsonParse);
  const compared = rounds.filter(({ mapper }) => mapper !== null);
  if (compared.length === 0) return [own, json];
  const ratios = compared.map((figures) => figures.own / (figures.mapper ?? NaN));
  return [
    own,
    json,
    rate(`${name}, tardis-dev`, ({ mapper }) => mapper ?? NaN),
    medianMeasure(`${name}, of tardis-dev's speed`, 'ratio', ratios, { atLeast: RATIO_MIN }),
  ];
}

async function run(context: ScenarioContext): Promise<Measure[]> {
  const measures: Measure[] = [];
  for (const [venue, loads] of Object.entries(LOADS)) {
    const rounds = await roundsOf(venue, context);
    for (const load of loads) {
      const own = rounds.map((figures) => figures.filter(({ name }) => name === load.name)).flat();
      measures.push(...measuresOf(load, own));
    }
  }
  return measures;
}

export const scenario: Scenario = {
  says: 'parsing alone: frame text to exact raw records, one core, beside JSON.parse and the mappers of tardis-dev on the same text',
  run,
};
