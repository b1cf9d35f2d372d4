import type { Fixed } from '@concord/model';
import type { ConsensusQuote, ConsensusTrade } from '@concord/codec';
import type { ConcordConfig } from '@concord/runtime';

export interface InstrumentRow {
  id: string;
  priceScale: number;
  mid: Fixed | null;
  confidence: Fixed | null;
  status: string;
  included: string[];
  excluded: { source: string; reason: string }[];
  trade: Fixed | null;
  ticksPerSecond: number;
  consensusPerSecond: number;
  /** Since the last consensus record was read. */
  ageMs: number | null;
}

export interface ServiceRow {
  name: string;
  state: string;
  detail: string;
}

/** What the screen shows, as values. */
export interface PipelineView {
  title: string;
  instruments: InstrumentRow[];
  services: ServiceRow[];
  /** Null while a stage does not say. */
  lagRecords: number | null;
}

interface Seen {
  quote: ConsensusQuote | undefined;
  trade: ConsensusTrade | undefined;
  readAtMs: number | undefined;
  records: number;
}

/** Collects what the pipeline publishes and makes a view of it; one entry per configured instrument. */
export class ViewModel {
  readonly #config: ConcordConfig;
  readonly #title: string;
  readonly #seen: Map<string, Seen>;
  #services: ServiceRow[] = [];
  #lagRecords: number | null = null;
  /** Ticks received so far per instrument, as the ingestors count them, and when that was read. */
  #ticks = new Map<string, number>();
  #rates = new Map<string, number>();
  #ticksAtMs: number | undefined;
  #recordRates = new Map<string, number>();
  #recordsAtMs: number | undefined;

  constructor(config: ConcordConfig, title: string) {
    this.#config = config;
    this.#title = title;
    this.#seen = new Map(
      config.instruments.map(({ id }) => [
        id,
        { quote: undefined, trade: undefined, readAtMs: undefined, records: 0 },
      ]),
    );
  }

  quote(record: ConsensusQuote, nowMs: number): void {
    const seen = this.#seen.get(record.instrument);
    if (seen === undefined) return;
    seen.quote = record;
    seen.readAtMs = nowMs;
    seen.records++;
  }

  trade(record: ConsensusTrade): void {
    const seen = this.#seen.get(record.instrument);
    if (seen !== undefined) seen.trade = record;
  }

  /** Instruments whose quotes have been seen at least once with a value. */
  get published(): number {
    return [...this.#seen.values()].filter(({ quote }) => quote?.mid != null).length;
  }

  observed(
    services: ServiceRow[],
    ticks: Map<string, number>,
    lagRecords: number | null,
    nowMs: number,
  ): void {
    this.#services = services;
    this.#lagRecords = lagRecords;
    if (this.#ticksAtMs !== undefined && nowMs > this.#ticksAtMs) {
      const seconds = (nowMs - this.#ticksAtMs) / 1000;
      this.#rates = new Map(
        [...ticks].map(([id, count]) => [id, Math.max(0, count - (this.#ticks.get(id) ?? 0)) / seconds]),
      );
    }
    this.#ticks = ticks;
    this.#ticksAtMs = nowMs;
    this.#measureRecords(nowMs);
  }

  #measureRecords(nowMs: number): void {
    if (this.#recordsAtMs !== undefined && nowMs > this.#recordsAtMs) {
      const seconds = (nowMs - this.#recordsAtMs) / 1000;
      for (const [id, seen] of this.#seen) this.#recordRates.set(id, seen.records / seconds);
    }
    for (const seen of this.#seen.values()) seen.records = 0;
    this.#recordsAtMs = nowMs;
  }

  view(nowMs: number): PipelineView {
    return {
      title: this.#title,
      lagRecords: this.#lagRecords,
      services: this.#services,
      instruments: this.#config.instruments.map(({ id, priceScale }) => {
        const { quote, trade, readAtMs } = this.#seen.get(id) as Seen;
        return {
          id,
          priceScale,
          mid: quote?.mid ?? null,
          confidence: quote?.confidence ?? null,
          status: quote?.status ?? 'waiting',
          included: quote?.sources.filter((source) => source.included).map(({ source }) => source) ?? [],
          excluded:
            quote?.sources
              .filter((source) => !source.included)
              .map(({ source, reason }) => ({ source, reason })) ?? [],
          trade: trade?.price ?? null,
          ticksPerSecond: this.#rates.get(id) ?? 0,
          consensusPerSecond: this.#recordRates.get(id) ?? 0,
          ageMs: readAtMs === undefined ? null : nowMs - readAtMs,
        };
      }),
    };
  }
}
