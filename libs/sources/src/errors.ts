import { ConcordError, type Micros } from '@concord/model';

/** The connection could not be made or was lost. Try again after a back-off. */
export class ConnectionFailed extends ConcordError {
  readonly end: ConnectionEnd;
  /** HTTP status, where the server answered the upgrade with one. */
  readonly status: number | null;
  /** How long the server asks to be left alone. */
  readonly retryAfterMs: number | null;

  constructor(
    end: ConnectionEnd,
    message: string,
    detail: { status?: number; retryAfterMs?: number | null; cause?: unknown } = {},
  ) {
    super(end, 'retry', message, { cause: detail.cause });
    this.end = end;
    this.status = detail.status ?? null;
    this.retryAfterMs = detail.retryAfterMs ?? null;
  }
}

/** How a connection ends; the reason stands in `reconnect` markers and metrics. */
export const CONNECTION_ENDS = [
  'unreachable',
  'handshake-refused',
  'closed',
  'frame-too-large',
  'malformed',
  'unconfirmed',
  'silent',
  'stale',
  'closing',
  'stopped',
] as const;
export type ConnectionEnd = (typeof CONNECTION_ENDS)[number];

/** The source was asked for something it does not offer. */
export class NotOffered extends ConcordError {
  /** Of a stretch of the past: from when on the source has it, microseconds since 1970. Null where no time tells. */
  readonly since: Micros | null;

  constructor(message: string, since: Micros | null = null) {
    super('not-offered', 'fatal', message);
    this.since = since;
  }
}

/** A subscription or request before `connect`, or after `disconnect`. */
export class NotConnected extends ConcordError {
  constructor(source: string) {
    super('not-connected', 'fatal', `source ${source} is not connected: call connect() first`);
  }
}

export type HistoryErrorCode =
  'history-unreachable' | 'history-refused' | 'history-busy' | 'history-unreadable';

/** A historical request got no answer that could be used. */
export class HistoryFailed extends ConcordError {
  readonly status: number | null;
  readonly retryAfterMs: number | null;

  constructor(
    code: HistoryErrorCode,
    message: string,
    detail: { status?: number; retryAfterMs?: number | null; cause?: unknown } = {},
  ) {
    super(code, code === 'history-unreadable' ? 'quarantine' : 'retry', message, { cause: detail.cause });
    this.status = detail.status ?? null;
    this.retryAfterMs = detail.retryAfterMs ?? null;
  }
}

/** A source's options in the configuration are wrong. */
export class BadOptions extends ConcordError {
  constructor(source: string, problems: readonly string[]) {
    super('bad-options', 'fatal', `venues.${source}.options: ${problems.join('; ')}`);
  }
}
