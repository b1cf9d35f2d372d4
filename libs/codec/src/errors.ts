import { ConcordError } from '@concord/model';

/** A record does not fit its topic's schema: `path` says where, the message what was expected and what was found. */
export class EncodeError extends ConcordError {
  readonly topic: string;
  readonly path: string;

  constructor(topic: string, path: string, expected: string, found: string, options?: ErrorOptions) {
    super('unencodable', 'quarantine', `${topic}: ${path} must be ${expected}, got ${found}`, options);
    this.topic = topic;
    this.path = path;
  }
}

/**
 * The schema registry did not do what was asked. `registry-unreachable` is worth another try; `registry-refused` and
 * `schema-incompatible` are not.
 */
export class RegistryError extends ConcordError {
  readonly status: number | undefined;
  /** In a few words, for a line that says the rest: the network's error, or what it answered. */
  readonly reason: string;

  constructor(
    code: RegistryErrorCode,
    message: string,
    options?: ErrorOptions & { status?: number; reason?: string },
  ) {
    super(code, code === 'registry-unreachable' ? 'retry' : 'fatal', message, options);
    this.status = options?.status;
    this.reason = options?.reason ?? (options?.status === undefined ? message : `status ${options.status}`);
  }
}

export type RegistryErrorCode = 'registry-unreachable' | 'registry-refused' | 'schema-incompatible';
