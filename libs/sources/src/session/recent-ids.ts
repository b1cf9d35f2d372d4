/** How many ids of a stream are remembered: some minutes of a busy one, and more than any venue's page of newest trades. */
const IDS_MAX = 4_096;

/** The newest ids of a stream whose ids have no arithmetic. Full: the oldest half is forgotten. */
export class RecentIds {
  #young = new Set<string>();
  #old = new Set<string>();

  has(id: string): boolean {
    return this.#young.has(id) || this.#old.has(id);
  }

  /** False when it was there. */
  add(id: string): boolean {
    if (this.has(id)) return false;
    this.#young.add(id);
    if (this.#young.size >= IDS_MAX / 2) {
      this.#old = this.#young;
      this.#young = new Set();
    }
    return true;
  }
}
