import type { Emit, Fold, InputRecord, Stage } from '@concord/kafka';

interface Sum {
  count: number;
  sum: number;
  /** Over everything folded for the key so far, so that one lost, doubled or swapped record changes all that follows. */
  digest: number;
}

/** Size of the padding that makes the state of key `big` larger than one record of the state topic. */
const BIG_BYTES = 700_000;

/** Running sums per key: some records give one output, some two, some none; each output depends on all records before it. */
export class SumsFold implements Fold {
  readonly #output: string;
  readonly #sums = new Map<string, Sum>();
  readonly #changed = new Set<string>();

  constructor(input: string) {
    this.#output = outputOf(input);
  }

  apply(record: InputRecord, emit: Emit): void {
    const key = record.key?.toString() ?? '';
    const number = Number(record.value?.toString() ?? '0');
    this.#changed.add(key);
    if (number === 0) {
      this.#sums.delete(key);
      return;
    }
    const sum = this.#sums.get(key) ?? { count: 0, sum: 0, digest: 0 };
    sum.count++;
    sum.sum += number;
    sum.digest = Math.imul(sum.digest ^ number, 0x01000193) >>> 0;
    this.#sums.set(key, sum);
    if (sum.count % 7 === 0) return;
    const { timestampMs } = record;
    const value = Buffer.from(JSON.stringify(sum));
    emit({ topic: this.#output, key, value, timestampMs, headers: { from: String(record.offset) } });
    if (sum.count % 5 === 0)
      emit({ topic: this.#output, key, value: null, timestampMs, headers: { marker: 'fifth' } });
  }

  *changes(): Iterable<readonly [string, Buffer | null]> {
    for (const key of this.#changed) {
      const sum = this.#sums.get(key);
      yield [key, sum === undefined ? null : encode(key, sum)];
    }
    this.#changed.clear();
  }

  *entries(): Iterable<readonly [string, Buffer]> {
    for (const [key, sum] of this.#sums) yield [key, encode(key, sum)];
  }

  restore(key: string, value: Buffer): void {
    const end = value.indexOf('}') + 1;
    const padding = key === 'big' ? BIG_BYTES : 0;
    if (value.length !== end + padding) throw new Error(`${key} has ${value.length} bytes`);
    this.#sums.set(key, JSON.parse(value.subarray(0, end).toString()) as Sum);
  }
}

function encode(key: string, sum: Sum): Buffer {
  const json = Buffer.from(JSON.stringify(sum));
  return key === 'big' ? Buffer.concat([json, Buffer.alloc(BIG_BYTES, 0x2e)]) : json;
}

export const INPUTS = ['in.left', 'in.right'] as const;

export function outputOf(input: string): string {
  return input.replace(/^in\./, 'out.');
}

/** Two inputs of each partition, folded by themselves and committed together. */
export function sumsStage(extra: Partial<Stage> = {}): Stage {
  return {
    name: 'sums',
    inputs: INPUTS,
    outputs: INPUTS.map(outputOf),
    createFold: (topic) => new SumsFold(topic),
    ...extra,
  };
}
