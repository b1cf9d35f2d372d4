import type { Fixed } from '@concord/model';
import { HistoryFailed } from '../errors.ts';
import { readDecimal } from '../frame/frame.ts';

/** Reads the answers of one source. All it throws is `HistoryFailed` with the code `history-unreadable`. */
export class AnswerReader {
  readonly #source: string;

  constructor(source: string) {
    this.#source = source;
  }

  unreadable(what: string, cause?: unknown): HistoryFailed {
    return new HistoryFailed('history-unreadable', `${this.#source}: ${what}`, { cause });
  }

  /** Refuses an answer, or a part of one, that is not about what was asked for; `got` is how the venue calls what it is about. */
  expectAbout(expected: string, got: unknown): void {
    if (got !== expected)
      throw this.unreadable(`expected an answer about ${expected}, got one about ${JSON.stringify(got)}`);
  }

  json(text: string): unknown {
    try {
      return JSON.parse(text);
    } catch (cause) {
      throw this.unreadable('the answer is not JSON', cause);
    }
  }

  decimal(value: unknown): Fixed {
    const fixed = readDecimal(value);
    if (fixed === undefined) throw this.unreadable(`expected a decimal, got ${JSON.stringify(value)}`);
    return fixed;
  }
}
