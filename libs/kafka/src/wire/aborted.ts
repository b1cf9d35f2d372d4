/** As far as it matters here, what kafkajs knows of a fetched record. */
export interface FetchedRecord {
  readonly offset: string;
  readonly key: Buffer | null;
  readonly batchContext: {
    readonly producerId: string;
    readonly inTransaction: boolean;
    readonly isControlBatch: boolean;
  };
}

/** A transaction that was aborted, by the offset of its first record. */
export interface AbortedTransaction {
  readonly producerId: string;
  readonly firstOffset: string;
}

/** Key of the control record that ends an aborted transaction: version 0, type 0. */
const ABORT = Buffer.alloc(4);

/**
 * The records of one partition of an answer that no aborted transaction holds, in order of their offsets; control records among them. Transactions of several
 * producers may overlap, and an answer may begin within some of them: all of those that have begun by a record's offset count, not one for each record.
 */
export function withoutAborted<R extends FetchedRecord>({
  messages,
  abortedTransactions,
}: {
  readonly messages: readonly R[];
  readonly abortedTransactions?: readonly AbortedTransaction[] | null;
}): readonly R[] {
  if (!abortedTransactions?.length) return messages;
  const begun = abortedTransactions.map(({ producerId, firstOffset }) => ({
    producerId,
    first: BigInt(firstOffset),
  }));
  const aborted = new Set<string>();
  return messages.filter(({ offset, key, batchContext: { producerId, inTransaction, isControlBatch } }) => {
    for (let next = begun[0]; next !== undefined && next.first <= BigInt(offset); next = begun[0]) {
      aborted.add(next.producerId);
      begun.shift();
    }
    if (!isControlBatch) return !(inTransaction && aborted.has(producerId));
    if (key?.equals(ABORT) === true) aborted.delete(producerId);
    return true;
  });
}
