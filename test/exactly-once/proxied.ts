import { connect, type Socket } from 'node:net';
import type { KafkaConnection } from '@concord/kafka';
import { TcpProxy } from '@concord/testkit';

/** A connection to the same brokers whose every socket goes through a proxy, whatever address the brokers advertise. */
export class ProxiedBrokers implements AsyncDisposable {
  readonly kafka: KafkaConnection;
  readonly #proxies: readonly TcpProxy[];

  private constructor(kafka: KafkaConnection, proxies: readonly TcpProxy[]) {
    this.kafka = kafka;
    this.#proxies = proxies;
  }

  static async create(brokers: readonly string[]): Promise<ProxiedBrokers> {
    const proxies = new Map<string, TcpProxy>();
    for (const broker of brokers) {
      const colon = broker.lastIndexOf(':');
      proxies.set(broker, await TcpProxy.listen(broker.slice(0, colon), Number(broker.slice(colon + 1))));
    }
    const through = (host: string, port: number): Socket => {
      const proxy = proxies.get(`${host}:${port}`);
      if (proxy === undefined) throw new Error(`no proxy for ${host}:${port}`);
      return connect(proxy.port, '127.0.0.1');
    };
    return new ProxiedBrokers({ brokers, connect: through }, [...proxies.values()]);
  }

  get cuts(): number {
    return this.#proxies.reduce((sum, proxy) => sum + proxy.cuts, 0);
  }

  /** Spoils about half of the connections: some are reset, of some the next answer is swallowed. */
  spoil(random: () => number): void {
    for (const proxy of this.#proxies) {
      if (random() < 0.5) proxy.cut(0.5, random);
      else proxy.deafen(0.5, random);
    }
  }

  refuse(refusing: boolean): void {
    for (const proxy of this.#proxies) proxy.refuse(refusing);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.#proxies.map((proxy) => proxy[Symbol.asyncDispose]()));
  }
}
