/** The client ids of one gateway that connections of this process share: no two of them bear the same at once. */
export class ClientIds {
  /** Those that no connection of this process bears. What another client was found to have comes last. */
  readonly #free: number[];

  constructor(first: number, count: number) {
    this.#free = Array.from({ length: count }, (_, index) => first + index);
  }

  /** An id that is free as far as is known, and none of these; undefined when there is none. */
  take(except: ReadonlySet<number>): number | undefined {
    const index = this.#free.findIndex((id) => !except.has(id));
    return index < 0 ? undefined : this.#free.splice(index, 1)[0];
  }

  giveBack(id: number): void {
    this.#free.unshift(id);
  }

  /** Gives back an id that another client has. */
  foundTaken(id: number): void {
    this.#free.push(id);
  }
}
