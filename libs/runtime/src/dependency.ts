import type { Health } from './health.ts';
import type { Logger } from './logger.ts';

export interface DependencyOptions {
  /** Its part of the service's health. */
  readonly part: string;
  /** What an operator calls it. */
  readonly name: string;
  /** Where it is looked for, without credentials. */
  readonly address: string;
  /** What the service does meanwhile, and what an operator can do. */
  readonly advice: string;
  readonly logger: Logger;
  readonly health: Health;
}

/**
 * Something outside that a service needs: brokers, registry, Redis. It is not ready until it was reached, and one line tells of each time that it
 * is away and of each return, however often it is tried.
 */
export class Dependency {
  readonly #options: DependencyOptions;
  #state: 'unknown' | 'away' | 'there' = 'unknown';

  constructor(options: DependencyOptions) {
    this.#options = options;
    options.health.set(options.part, false, `${options.name} at ${options.address} is not reached yet`);
  }

  /** It answers. `detail` is shown in the health. */
  reached(detail = this.#options.address): void {
    const { part, name, address, logger, health } = this.#options;
    if (this.#state === 'there') return;
    if (this.#state === 'away') logger.info({ part, address }, `${name} at ${address} answers again`);
    this.#state = 'there';
    health.set(part, true, detail);
  }

  /** It could not be used once more. */
  away(reason: string): void {
    const { part, name, address, advice, logger, health } = this.#options;
    const message = `${name} at ${address} cannot be used (${reason})`;
    health.set(part, false, message);
    if (this.#state === 'away') return;
    this.#state = 'away';
    logger.warn({ part, address, reason }, `${message}: ${advice}`);
  }
}

/** `host:port` of an address, without what may be secret in it. */
export function publicAddress(url: string): string {
  const { protocol, host, pathname } = new URL(url);
  return `${protocol}//${host}${pathname === '/' ? '' : pathname}`;
}
