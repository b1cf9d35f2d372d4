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

export interface Addresses {
  readonly wsUrl: string;
  readonly restUrl: string;
}

/** Where a venue is reached: what the configuration says, else its own addresses; without a slash at the end. */
export function addressesOf(venue: VenueConfig, own: Addresses): Addresses {
  const { host, port } = venue;
  const place = host === undefined || port === undefined ? undefined : `${host}:${port}`;
  const wsUrl = venue.wsUrl ?? (place === undefined ? own.wsUrl : `ws://${place}`);
  const restUrl = venue.restUrl ?? (place === undefined ? own.restUrl : `http://${place}`);
  return { wsUrl: wsUrl.replace(/\/+$/, ''), restUrl: restUrl.replace(/\/+$/, '') };
}

/** Cuts a list into parts of at most `size`. */
export function chunked<T>(items: readonly T[], size: number): T[][] {
  const parts: T[][] = [];
  for (let start = 0; start < items.length; start += size) parts.push(items.slice(start, start + size));
  return parts;
}
