import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import type { Address } from '@concord/venues';
import { loadConfig, parseConfig, readEnvironment, type ConcordConfig } from '@concord/runtime';
import { parse, stringify } from 'yaml';

/** A configuration file as it stands, before validation fills in defaults. */
export type RawSettings = Record<string, unknown>;

/** What a run decides by itself on top of the file the user wrote. */
export interface RunSettings {
  kafkaBrokers: readonly string[];
  registryUrl: string;
  redisUrl: string;
  /** Where services keep schema ids. */
  cacheDir: string;
  /** Addresses of simulated venues by name; absent when the real ones are used. */
  venueAddresses?: Readonly<Record<string, Address>>;
  clock?: { startAtMs: number; speed: number | 'max'; anchorMs: number };
  topicPrefix?: string;
  /** When the simulated venues began, where they are no recording: what was read before is not theirs. */
  venuesBeganAtMs?: number;
}

/** Reads a configuration file without changing anything in it; throws `ConfigError` when it is not valid. */
export function readSettings(file: string): RawSettings {
  loadConfig(file, readEnvironment());
  return parse(readFileSync(file, 'utf8')) as RawSettings;
}

function section(settings: RawSettings, key: string): Record<string, unknown> {
  const value = settings[key];
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
}

/** The settings of one run: the file's, overlaid by what the run decided. Venues without a simulated address keep their own. */
export function runSettings(settings: RawSettings, run: RunSettings): RawSettings {
  const venues = section(settings, 'venues');
  const addressed = Object.fromEntries(
    Object.entries(venues)
      .filter(([name]) => run.venueAddresses === undefined || name in run.venueAddresses)
      .map(([name, venue]) => [name, { ...(venue as object), ...run.venueAddresses?.[name] }]),
  );
  return {
    ...settings,
    kafka: { ...section(settings, 'kafka'), brokers: [...run.kafkaBrokers] },
    registry: { ...section(settings, 'registry'), url: run.registryUrl, cacheDir: run.cacheDir },
    redis: { url: run.redisUrl },
    venues: addressed,
    ...(run.clock === undefined ? {} : { clock: clockSettings(run.clock) }),
    ...(run.topicPrefix === undefined ? {} : { topicPrefix: run.topicPrefix }),
    ...(run.venuesBeganAtMs === undefined
      ? {}
      : { ingestors: ingestorSettings(settings, run.venuesBeganAtMs) }),
  };
}

function ingestorSettings(settings: RawSettings, venuesBeganAtMs: number): Record<string, unknown> {
  return { ...section(settings, 'ingestors'), resumeSince: new Date(venuesBeganAtMs).toISOString() };
}

function clockSettings({
  startAtMs,
  speed,
  anchorMs,
}: NonNullable<RunSettings['clock']>): Record<string, unknown> {
  return { startAt: new Date(startAtMs).toISOString(), speed, anchor: new Date(anchorMs).toISOString() };
}

/** Validates settings that came from `file` or were made from it; throws `ConfigError`. */
export function checkSettings(settings: RawSettings, file: string): ConcordConfig {
  return parseConfig(stringify(settings), file, readEnvironment());
}

/** Writes the settings where the run's services read them, in one step, and gives back what they will see. */
export function writeSettings(settings: RawSettings, file: string): ConcordConfig {
  const text = `# Written by the launcher for this run; edit concord.yaml instead.\n${stringify(settings)}`;
  const config = parseConfig(text, file, readEnvironment({}));
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(`${file}.new`, text);
  renameSync(`${file}.new`, file);
  return config;
}
