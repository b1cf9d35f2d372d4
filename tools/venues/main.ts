import { readFileSync } from 'node:fs';
import { SystemClock } from '@concord/runtime';
import type { VenuesOptions } from './options.ts';
import { startVenues } from './start.ts';

/** What the process takes: the options, with the clock as figures. */
interface ProcessOptions extends Omit<VenuesOptions, 'clock' | 'onProgress'> {
  readonly clock?: { readonly startAtMs?: number; readonly speed?: number };
  /** Stop when standard input ends, so that no venue outlives the process that started it. Default: true when it is a pipe. */
  readonly stopWithParent?: boolean;
}

const USAGE = `usage: node tools/venues/main.ts OPTIONS
  OPTIONS is a JSON object, or the path of a file that holds one:
  {"seed": 1, "instruments": [{"id": "BTC-USDT", "symbols": {"binance": "BTCUSDT"}, "priceTick": "0.01",
   "sizeStep": "0.00001", "startPrice": 65000}]}
`;

function readOptions(argument: string | undefined): ProcessOptions {
  if (argument === undefined) throw new RangeError(USAGE);
  return JSON.parse(
    argument.trimStart().startsWith('{') ? argument : readFileSync(argument, 'utf8'),
  ) as ProcessOptions;
}

/** Prints one JSON line with the addresses when ready, another when a recording is played to its end; stops on a signal. */
async function main(): Promise<void> {
  const { clock: clockOptions, stopWithParent, ...options } = readOptions(process.argv[2]);
  const stopped = new Promise<void>((resolve) => {
    process.once('SIGTERM', resolve);
    process.once('SIGINT', resolve);
    process.once('disconnect', resolve);
    if (stopWithParent ?? isPipe()) {
      process.stdin.on('end', resolve).on('error', resolve);
      process.stdin.resume();
    }
  });
  await using venues = await startVenues({ ...options, clock: new SystemClock(clockOptions) });
  const { addresses, controlUrl, startAtMs } = venues;
  process.stdout.write(`${JSON.stringify({ ready: true, addresses, controlUrl, startAtMs })}\n`);
  process.send?.({ ready: true, addresses, controlUrl, startAtMs });
  void venues.finished.then(() => {
    process.stdout.write(`${JSON.stringify({ finished: true, stats: venues.stats() })}\n`);
    process.send?.({ finished: true });
  });
  await stopped;
}

/** A terminal or `/dev/null` says nothing about the parent; a pipe ends with it. */
function isPipe(): boolean {
  return process.stdin.isTTY !== true && process.stdin.constructor.name === 'Socket';
}

try {
  await main();
  process.exit(0);
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exit(1);
}
