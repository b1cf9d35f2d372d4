import { ConcordError } from '@concord/model';
import { z } from 'zod';

/** A snapshot entry that this program cannot read. The task is refused: it never starts from nothing. */
export class SnapshotError extends ConcordError {
  constructor(key: string, reason: string, options?: ErrorOptions) {
    super(
      'snapshot-unreadable',
      'fatal',
      `Snapshot entry "${key}" cannot be read: ${reason}. Run the version of Concord that wrote it, or replay from a checkpoint.`,
      options,
    );
  }
}

/** A bigint as decimal text: JSON has none. */
export const integer = z
  .string()
  .regex(/^-?\d{1,400}$/)
  .transform((text) => BigInt(text));
export const micros = z.int();
export const microsOrNull = micros.nullable();
export const integerOrNull = integer.nullable();
export const eventKeyShape = z.object({ time: micros, id: z.string().nullable(), position: z.int() });

/** JSON in which each bigint is its decimal text. */
export function snapshotText(value: unknown): string {
  return JSON.stringify(value, (_key, item: unknown) => (typeof item === 'bigint' ? item.toString() : item));
}

/** Reads what `snapshotText` wrote. Throws `SnapshotError` for anything that does not have the schema's shape. */
export function readSnapshot<T extends z.ZodType>(key: string, text: string, schema: T): z.output<T> {
  let content: unknown;
  try {
    content = JSON.parse(text);
  } catch (cause) {
    throw new SnapshotError(key, 'it is not JSON', { cause });
  }
  const result = schema.safeParse(content);
  if (result.success) return result.data;
  const [issue] = result.error.issues;
  throw new SnapshotError(key, `${issue?.path.join('.') ?? ''}: ${issue?.message ?? 'unexpected'}`);
}
