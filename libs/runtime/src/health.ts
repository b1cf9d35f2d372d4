/** State of one part that a service depends on. */
export interface HealthPart {
  ok: boolean;
  detail: string;
}

/** What a service knows of its own health. Alive while no part failed for good; ready while every part it declared is ok. */
export class Health {
  readonly #parts = new Map<string, HealthPart>();
  #fatal: string | undefined;

  /** States one part; a part stated once counts for readiness from then on. At most as many entries as the service names. */
  set(part: string, ok: boolean, detail = ''): void {
    this.#parts.set(part, { ok, detail });
  }

  fail(reason: string): void {
    this.#fatal ??= reason;
  }

  get alive(): boolean {
    return this.#fatal === undefined;
  }

  get ready(): boolean {
    return this.alive && this.#parts.size > 0 && [...this.#parts.values()].every((part) => part.ok);
  }

  toJSON(): Record<string, unknown> {
    return {
      alive: this.alive,
      ready: this.ready,
      fatal: this.#fatal ?? null,
      parts: Object.fromEntries(this.#parts),
    };
  }
}
