import { pino, type DestinationStream, type Logger as PinoLogger } from 'pino';
import type { Clock } from './clock.ts';

export type Logger = PinoLogger;

export interface LoggerOptions {
  name: string;
  level: string;
  clock: Clock;
  /** Where lines go; standard output unless told. */
  destination?: DestinationStream;
}

/**
 * Standard output as a destination. pino's own tries a line again without end, and without anything else having its turn, when its reader
 * has died (EPIPE): a service whose launcher was killed never ended.
 */
const standardOutput: DestinationStream = {
  write(line) {
    if (process.stdout.listenerCount('error') === 0) process.stdout.on('error', () => undefined);
    process.stdout.write(line);
  },
};

/**
 * JSON lines in pino's form, stamped by the run's clock. Levels by what the operator must do: error = act now, warn = look
 * today, info = know, debug and trace = when searching.
 */
export function createLogger({ name, level, clock, destination = standardOutput }: LoggerOptions): Logger {
  const options = {
    level,
    base: { name },
    timestamp: () => `,"time":"${new Date(clock.nowMs()).toISOString()}"`,
    formatters: { level: (label: string) => ({ level: label }) },
    redact: { paths: ['*.password', '*.secret', '*.sasl'], censor: '(not shown)' },
  };
  return pino(options, destination);
}
