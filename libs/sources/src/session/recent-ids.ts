/** How many ids of a stream are remembered: some minutes of a busy one, and more than any venue's page of newest trades. */
const IDS_MAX = 4_096;

/** The newest ids of a stream whose ids have no arithmetic, and the session that brought each first. Full: the oldest half is forgotten. */
export class RecentIds {
  readonly #idsMax: number;
  #young = new Map<string, string>();
  #old = new Map<string, string>();

  constructor(idsMax = IDS_MAX) {
    this.#idsMax = idsMax;
  }

  has(id: string): boolean {
    return this.#young.has(id) || this.#old.has(id);
  }

  /** The session that brought it first: this one, unless it was there. */
  add(id: string, session: string): string {
    const first = this.#young.get(id) ?? this.#old.get(id);
    if (first !== undefined) return first;
    this.#young.set(id, session);
    if (this.#young.size >= this.#idsMax / 2) {
      this.#old = this.#young;
      this.#young = new Map();
    }
    return session;
  }
}
