/** The three data types. Each has its own topics, strategy and fold. */
export const KINDS = ['trades', 'quotes', 'bars'] as const;
export type Kind = (typeof KINDS)[number];

/** Stages of the pipeline that fold partitions. */
export const STAGES = ['validator', 'aggregator'] as const;
export type StageName = (typeof STAGES)[number];

export type TopicName =
  | `raw.${Kind}`
  | `clean.${Kind}`
  | `consensus.${Kind}`
  | 'quarantine'
  | 'quality'
  | 'sources'
  | 'instruments'
  | 'assignments'
  | `state.${StageName}`
  | `checkpoints.${StageName}`;

/** The kind in a topic's logical name (`raw.trades` → `trades`), if it carries one. */
export function kindOf(topic: string): Kind | undefined {
  const name = topic.slice(topic.lastIndexOf('.') + 1);
  return KINDS.find((kind) => kind === name);
}
