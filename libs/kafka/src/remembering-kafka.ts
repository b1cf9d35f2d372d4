import type { KafkaConfig } from 'kafkajs';
import { Kafka } from './kafkajs.ts';

interface CoordinatorQuestion {
  readonly groupId: string;
  readonly coordinatorType?: number;
}

/** The part of kafkajs' cluster that matters here; not in its types. */
interface Cluster {
  findGroupCoordinatorMetadata(question: CoordinatorQuestion): Promise<unknown>;
}

/** kafkajs' number for the coordinator of a transactional id, as against that of a group. */
const TRANSACTION = 1;

/**
 * A kafkajs whose producers ask once who coordinates their transactional id. Left alone they ask twice in every transaction, a round
 * trip each. When the coordinator moves, the old one answers with an error, at which a transactional writer is given up anyway and its
 * successor, with a kafkajs of its own, asks anew. Were kafkajs different inside, this would only change nothing.
 */
export function createRememberingKafka(config: KafkaConfig): Kafka {
  const kafka = new Kafka(config);
  const key = Object.getOwnPropertySymbols(kafka).find(
    ({ description }) => description === 'private:Kafka:createCluster',
  );
  if (key !== undefined) {
    const create = Reflect.get(kafka, key) as (options: unknown) => Cluster;
    Reflect.set(kafka, key, (options: unknown) => remember(create(options)));
  }
  return kafka;
}

function remember(cluster: Cluster): Cluster {
  const ask = cluster.findGroupCoordinatorMetadata.bind(cluster);
  const answers = new Map<string, Promise<unknown>>();
  cluster.findGroupCoordinatorMetadata = (question) => {
    if (question.coordinatorType !== TRANSACTION) return ask(question);
    const { groupId } = question;
    const known = answers.get(groupId);
    if (known !== undefined) return known;
    const answer = ask(question);
    answers.set(groupId, answer);
    answer.catch(() => answers.delete(groupId));
    return answer;
  };
  return cluster;
}
