import { RegistryError } from './errors.ts';
import type { Pacing } from './pacing.ts';

/** What the codec needs of a schema registry. */
export interface SchemaRegistry {
  /** Where it is, without credentials. */
  readonly url: string;
  /**
   * Registers a schema under a subject, which is kept FULL_TRANSITIVE from then on, and returns its id; the same schema always gets
   * the same id, and registering it again changes nothing. Throws `RegistryError`.
   */
  register(subject: string, schema: string, signal?: AbortSignal): Promise<number>;
  /** The numbers of all versions that a subject has or had; none for a subject that is not there. Throws `RegistryError`. */
  versions(subject: string, signal?: AbortSignal): Promise<readonly number[]>;
  /** One of them, `undefined` when it is gone meanwhile. Throws `RegistryError`. */
  version(subject: string, version: number, signal?: AbortSignal): Promise<RegisteredVersion | undefined>;
}

export interface RegisteredSchema {
  readonly schema: string;
  /** AVRO, JSON or PROTOBUF. */
  readonly schemaType: string;
}

/** A version of a subject. Neither its number nor its id is ever given to another. */
export interface RegisteredVersion extends RegisteredSchema {
  readonly id: number;
}

export const COMPATIBILITY = 'FULL_TRANSITIVE';

const CONTENT_TYPE = 'application/vnd.schemaregistry.v1+json';

interface Answer {
  readonly status: number;
  readonly body: Record<string, unknown> | undefined;
  readonly list: readonly unknown[] | undefined;
}

export interface HttpRegistryOptions {
  /** Base of the Confluent API, e.g. `http://127.0.0.1:8081/apis/ccompat/v7`; may carry user:password. */
  readonly url: string;
  readonly clock: Pacing;
  /** How long one request may take; default 5,000. */
  readonly timeoutMs?: number;
}

/** A registry that speaks Confluent's REST API (Confluent, Apicurio, Karapace, Redpanda). One try per call. */
export class HttpRegistry implements SchemaRegistry {
  readonly url: string;
  readonly #clock: Pacing;
  readonly #authorization: string | undefined;
  readonly #timeoutMs: number;

  constructor(options: HttpRegistryOptions) {
    const url = new URL(options.url);
    if (url.username !== '') {
      const credentials = `${decodeURIComponent(url.username)}:${decodeURIComponent(url.password)}`;
      this.#authorization = `Basic ${Buffer.from(credentials).toString('base64')}`;
      url.username = '';
      url.password = '';
    }
    this.url = url.href.replace(/\/+$/, '');
    this.#clock = options.clock;
    this.#timeoutMs = options.timeoutMs ?? 5_000;
  }

  async register(subject: string, schema: string, signal?: AbortSignal): Promise<number> {
    // What is there already needs no right to write, and half the requests.
    const present = await this.#ask('POST', `/subjects/${encodeURIComponent(subject)}`, { schema }, signal);
    const known = present.body?.['id'];
    if (present.status === 200 && typeof known === 'number') return known;
    if (!isMissing(present)) throw this.#refused(`look ${subject} up`, present);
    await this.#requireCompatibility(subject, signal);
    const answer = await this.#ask(
      'POST',
      `/subjects/${encodeURIComponent(subject)}/versions`,
      { schema },
      signal,
    );
    if (answer.status === 409) {
      throw new RegistryError(
        'schema-incompatible',
        `The schema of ${subject} is not ${COMPATIBILITY} compatible with what ${this.url} holds: ${reasonOf(answer)}`,
        { status: 409 },
      );
    }
    const id = answer.body?.['id'];
    if (answer.status !== 200 || typeof id !== 'number') throw this.#refused(`register ${subject}`, answer);
    return id;
  }

  async #requireCompatibility(subject: string, signal?: AbortSignal): Promise<void> {
    const path = `/config/${encodeURIComponent(subject)}`;
    if (await this.#isCompatibilityHeld(path, signal)) return;
    const answer = await this.#ask('PUT', path, { compatibility: COMPATIBILITY }, signal);
    if (answer.status === 200) return;
    // Services start together: of several that set it for a new subject, Apicurio answers 409 to all but one.
    if (answer.status === 409 && (await this.#isCompatibilityHeld(path, signal))) return;
    throw this.#refused(`set ${COMPATIBILITY} for ${subject}`, answer);
  }

  async #isCompatibilityHeld(path: string, signal?: AbortSignal): Promise<boolean> {
    const { status, body } = await this.#ask('GET', path, undefined, signal);
    return status === 200 && (body?.['compatibilityLevel'] ?? body?.['compatibility']) === COMPATIBILITY;
  }

  async versions(subject: string, signal?: AbortSignal): Promise<readonly number[]> {
    const answer = await this.#ask('GET', versionPath(subject), undefined, signal);
    if (isMissing(answer)) return [];
    const { status, list } = answer;
    if (status !== 200 || list?.every((version) => typeof version === 'number') !== true)
      throw this.#refused(`list the versions of ${subject}`, answer);
    return list;
  }

  async version(
    subject: string,
    version: number,
    signal?: AbortSignal,
  ): Promise<RegisteredVersion | undefined> {
    const answer = await this.#ask('GET', versionPath(subject, version), undefined, signal);
    if (isMissing(answer)) return undefined;
    const { id, schema, schemaType = 'AVRO' } = answer.body ?? {};
    if (
      answer.status !== 200 ||
      typeof id !== 'number' ||
      typeof schema !== 'string' ||
      typeof schemaType !== 'string'
    )
      throw this.#refused(`give version ${version} of ${subject}`, answer);
    return { id, schema, schemaType };
  }

  async #ask(method: string, path: string, body: object | undefined, signal?: AbortSignal): Promise<Answer> {
    const headers: Record<string, string> = { accept: `${CONTENT_TYPE}, application/json` };
    if (body !== undefined) headers['content-type'] = CONTENT_TYPE;
    if (this.#authorization !== undefined) headers['authorization'] = this.#authorization;
    const timeout = new AbortController();
    const timer = this.#clock.setTimer(() => timeout.abort(), this.#timeoutMs);
    let status: number;
    let text: string;
    try {
      const response = await fetch(this.url + path, {
        method,
        headers,
        body: body === undefined ? null : JSON.stringify(body),
        signal: signal === undefined ? timeout.signal : AbortSignal.any([signal, timeout.signal]),
      });
      status = response.status;
      text = await response.text();
    } catch (cause) {
      if (signal?.aborted === true) throw signal.reason;
      throw new RegistryError(
        'registry-unreachable',
        `The schema registry at ${this.url} does not answer (${causeOf(cause)})`,
        { cause, reason: causeOf(cause) },
      );
    } finally {
      timer.cancel();
    }
    const answer = answerOf(status, text);
    if (status >= 500 || status === 408 || status === 429) {
      throw new RegistryError(
        'registry-unreachable',
        `The schema registry at ${this.url} answered ${method} ${path} with ${status}: ${reasonOf(answer)}`,
        { status },
      );
    }
    return answer;
  }

  #refused(what: string, answer: Answer): RegistryError {
    return new RegistryError(
      'registry-refused',
      `The schema registry at ${this.url} refused to ${what}: ${answer.status} ${reasonOf(answer)}`,
      { status: answer.status },
    );
  }
}

/** A 404 without the registry's own error code comes from something else at its address. */
function isMissing({ status, body }: Answer): boolean {
  return status === 404 && typeof body?.['error_code'] === 'number';
}

/** Versions deleted softly are kept: records written with them still lie in the log. */
function versionPath(subject: string, version?: number): string {
  const one = version === undefined ? '' : `/${version}`;
  return `/subjects/${encodeURIComponent(subject)}/versions${one}?deleted=true`;
}

function answerOf(status: number, text: string): Answer {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    value = undefined;
  }
  const list = Array.isArray(value) ? (value as unknown[]) : undefined;
  const isObject = typeof value === 'object' && value !== null && list === undefined;
  return { status, body: isObject ? (value as Record<string, unknown>) : undefined, list };
}

function reasonOf(answer: Answer): string {
  const message = answer.body?.['message'];
  return typeof message === 'string' ? message : 'no reason given';
}

/** undici hides the network's own error in the cause of a "fetch failed". */
function causeOf(error: unknown): string {
  const inner = error instanceof Error && error.cause instanceof Error ? error.cause : error;
  if (!(inner instanceof Error)) return String(inner);
  return (inner as NodeJS.ErrnoException).code ?? inner.message;
}
