import { deepFreeze, type VenueConfig } from '@concord/runtime';
import type { z } from 'zod';
import { BadOptions } from './errors.ts';

/** A venue's `options`, checked by its own schema and frozen. Throws `BadOptions` naming each key, its value and what was expected. */
export function readOptions<S extends z.ZodType>(source: string, schema: S, venue: VenueConfig): z.output<S> {
  const result = schema.safeParse(venue.options);
  if (result.success) return deepFreeze(result.data);
  throw new BadOptions(
    source,
    result.error.issues.map((issue) => {
      const key = issue.path.join('.');
      const value = key === '' ? undefined : venue.options[key];
      return `${key === '' ? 'options' : key}${value === undefined ? '' : ` = ${JSON.stringify(value)}`}: ${issue.message}`;
    }),
  );
}

/** Base URLs in order of preference, without a slash at the end. */
export interface Addresses {
  /** Of WebSockets. */
  readonly endpoints: readonly string[];
  readonly restUrls: readonly string[];
}

/** Where a venue is reached: what the configuration says, else its own addresses. */
export function addressesOf({ host, port, wsUrl, restUrl }: VenueConfig, own: Addresses): Addresses {
  const name = host?.includes(':') === true ? `[${host}]` : host;
  const place = name === undefined || port === undefined ? undefined : `${name}:${port}`;
  const listOf = (given: string | readonly string[]): string[] =>
    [given].flat().map((url) => url.replace(/\/+$/, ''));
  return {
    endpoints: listOf(wsUrl ?? (place === undefined ? own.endpoints : `ws://${place}`)),
    restUrls: listOf(restUrl ?? (place === undefined ? own.restUrls : `http://${place}`)),
  };
}

/** Cuts a list into parts of at most `size`. */
export function chunked<T>(items: readonly T[], size: number): T[][] {
  const parts: T[][] = [];
  for (let start = 0; start < items.length; start += size) parts.push(items.slice(start, start + size));
  return parts;
}
