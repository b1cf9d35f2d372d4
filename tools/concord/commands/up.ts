import { createLogger, SystemClock } from '@concord/runtime';
import { createLogUpdate } from 'log-update';
import { followConsensus } from '../pipeline/follow.ts';
import { onInterrupt } from '../pipeline/interrupt.ts';
import { observeServices, serviceRows, ticksOf, totalLag } from '../pipeline/observe.ts';
import { startPipeline, type Pipeline, type PipelineOptions } from '../pipeline/pipeline.ts';
import { ViewModel } from '../pipeline/view.ts';
import { renderLines, renderTable, type ScreenSize } from '../screen/table.ts';

interface UpOptions {
  live?: boolean;
  config: string;
  recording?: string[];
  speed: number | 'max';
  seed: number;
  rate: number;
  plain?: boolean;
}

const TABLE_EVERY_MS = 500;
const LINES_EVERY_MS = 5_000;

/** `concord up`: starts everything, shows the consensus live, and stops everything when interrupted. */
export async function up(options: UpOptions): Promise<void> {
  const screen = new Screen(options.plain !== true && process.stdout.isTTY === true);
  const stop = new AbortController();
  onInterrupt(() => {
    screen.line('Stopping: services drain what they took in …');
    stop.abort(new Error('interrupted'));
  });
  try {
    await using pipeline = await startPipeline(pipelineOptions(options, screen, stop.signal));
    await watch(pipeline, describe(options), screen, stop.signal);
    screen.done();
  } catch (error) {
    screen.done();
    if (!stop.signal.aborted) throw error;
  }
  process.stdout.write('Stopped.\n');
}

function pipelineOptions(options: UpOptions, screen: Screen, signal: AbortSignal): PipelineOptions {
  const mode = options.live === true ? 'live' : options.recording === undefined ? 'simulated' : 'recording';
  return {
    configFile: options.config,
    mode,
    ...(options.recording === undefined ? {} : { recordings: options.recording }),
    speed: options.speed,
    seed: options.seed,
    rate: options.rate,
    announce: true,
    onProgress: (line) => screen.line(`· ${line}`),
    onLine: (line) => screen.line(line),
    signal,
  };
}

function describe({ live, recording, seed, speed }: UpOptions): string {
  if (live === true) return 'Concord · live venues';
  if (recording !== undefined) {
    const pace = speed === 'max' ? 'as fast as it is read' : `at ${speed}×`;
    return `Concord · playing ${recording.length} recording(s) ${pace}`;
  }
  return `Concord · simulated venues, seed ${seed}`;
}

/** Reads what is published and shows it until the signal. */
async function watch(pipeline: Pipeline, title: string, screen: Screen, signal: AbortSignal): Promise<void> {
  const clock = new SystemClock();
  const model = new ViewModel(pipeline.config, title);
  const startedMs = clock.monotonicMs();
  let announced = false;
  const logger = createLogger({ name: 'screen', level: 'error', clock });
  const reading = followConsensus(pipeline.config, logger, signal, {
    quote: (record) => {
      model.quote(record, clock.nowMs());
      if (announced) return;
      announced = true;
      const seconds = ((clock.monotonicMs() - startedMs) / 1000).toFixed(1);
      screen.line(`· consensus is being published (${seconds} s after the services were started)`);
    },
    trade: (record) => model.trade(record),
  });
  void pipeline.venues?.finished.then(() =>
    screen.line('· the recording is played to its end; Ctrl-C stops everything'),
  );
  const everyMs = screen.live ? TABLE_EVERY_MS : LINES_EVERY_MS;
  while (!signal.aborted) {
    const observations = await observeServices(pipeline.services.values());
    model.observed(serviceRows(observations), ticksOf(observations), totalLag(observations), clock.nowMs());
    if (announced) screen.show(model, clock.nowMs());
    await clock.sleep(everyMs, signal);
  }
  await reading;
}

function screenSize(): ScreenSize {
  return { columns: process.stdout.columns || 120, rows: process.stdout.rows || 40 };
}

/** A live table on a terminal, plain lines elsewhere. */
class Screen {
  readonly live: boolean;
  readonly #update = createLogUpdate(process.stdout, { showCursor: true });

  constructor(live: boolean) {
    this.live = live;
  }

  /** A line that stays, above the table. */
  line(text: string): void {
    if (this.live) {
      this.#update.clear();
      process.stdout.write(`${text}\n`);
    } else process.stdout.write(`${text}\n`);
  }

  show(model: ViewModel, nowMs: number): void {
    const view = model.view(nowMs);
    if (this.live) this.#update(renderTable(view, screenSize()));
    else for (const line of renderLines(view)) process.stdout.write(`${line}\n`);
  }

  done(): void {
    if (this.live) this.#update.done();
  }
}
