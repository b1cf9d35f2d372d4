import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A REST server on loopback whose answers a test gives; `requests` holds what was asked, in order. */
export class TestRestServer implements AsyncDisposable {
  readonly url: string;
  readonly requests: URL[];
  readonly #close: () => Promise<void>;

  private constructor(url: string, requests: URL[], close: () => Promise<void>) {
    this.url = url;
    this.requests = requests;
    this.#close = close;
  }

  static async start(answer: (request: URL) => string | object): Promise<TestRestServer> {
    const requests: URL[] = [];
    const server = createServer((request, response) => {
      const url = new URL(request.url ?? '/', 'http://test');
      requests.push(url);
      const body = answer(url);
      response.end(typeof body === 'string' ? body : JSON.stringify(body));
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    return new TestRestServer(`http://127.0.0.1:${port}`, requests, async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#close();
  }
}

/** Every record of all pages. */
export async function collect<T>(pages: AsyncIterable<readonly T[]>): Promise<T[]> {
  const records: T[] = [];
  for await (const page of pages) records.push(...page);
  return records;
}
