/** Writes microseconds as RFC 3339 UTC. The text of the current second is kept, so that a busy feed formats only the fraction. */
export class TimeText {
  #second = Number.NaN;
  #prefix = '';

  #setSecond(second: number): void {
    if (second === this.#second) return;
    this.#second = second;
    this.#prefix = new Date(second * 1_000).toISOString().slice(0, 19);
  }

  /** Six places: `2026-08-26T11:55:56.865741Z`. */
  micros(at: number): string {
    const second = Math.floor(at / 1_000_000);
    this.#setSecond(second);
    return `${this.#prefix}.${String(at - second * 1_000_000).padStart(6, '0')}Z`;
  }

  /** As Go writes a time: no trailing zeros, and no point for a whole second. */
  trimmed(at: number): string {
    const second = Math.floor(at / 1_000_000);
    this.#setSecond(second);
    const fraction = String(at - second * 1_000_000)
      .padStart(6, '0')
      .replace(/0+$/, '');
    return fraction === '' ? `${this.#prefix}Z` : `${this.#prefix}.${fraction}Z`;
  }
}
