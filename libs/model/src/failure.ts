/** What a caller does about an error: try again, put the record aside, or stop. */
export type Fate = 'retry' | 'quarantine' | 'fatal';

/**
 * Base of every error Concord throws on purpose. `code` is stable and listed in `docs/errors.md`; the message says what
 * happened and what to do next.
 */
export class ConcordError extends Error {
  readonly code: string;
  readonly fate: Fate;

  constructor(code: string, fate: Fate, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = new.target.name;
    this.code = code;
    this.fate = fate;
  }
}
