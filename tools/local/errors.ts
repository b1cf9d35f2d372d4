import { ConcordError } from '@concord/model';

/** What became of a request to the local parts; `fate` says what a caller does with it. */
export type LocalPartsCode =
  | 'PREREQUISITE_MISSING'
  | 'FETCH_FAILED'
  | 'HASH_MISMATCH'
  | 'FOLDER_IN_USE'
  | 'FOLDER_UNUSABLE'
  | 'STORE_FULL'
  | 'PART_NOT_STARTED';

/**
 * A part could not be found, fetched or started. The message is one line that says what to do; it is meant to be printed as it is.
 * `fate` is `retry` when the same call may succeed later (network, a port taken in between), `fatal` when a person must act first.
 */
export class LocalPartsError extends ConcordError {
  declare readonly code: LocalPartsCode;

  constructor(code: LocalPartsCode, message: string, options?: ErrorOptions) {
    super(code, code === 'FETCH_FAILED' || code === 'PART_NOT_STARTED' ? 'retry' : 'fatal', message, options);
  }
}
