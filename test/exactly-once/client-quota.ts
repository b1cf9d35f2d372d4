import { once } from 'node:events';
import { connect } from 'node:net';

/** kafkajs does not know the request: AlterClientQuotas, version 0 (KIP-546). */
const API_KEY = 49;
/** Where the answer says whether it was done: behind its length, its number, the time to wait and the count of entries. */
const ERROR_AT = 16;

const int16 = (value: number): Buffer => Buffer.from(Int16Array.of(value).buffer).swap16();
const int32 = (value: number): Buffer => Buffer.from(Int32Array.of(value).buffer).swap32();
const float64 = (value: number): Buffer => Buffer.from(Float64Array.of(value).buffer).swap64();
const text = (value: string): Buffer => Buffer.concat([int16(Buffer.byteLength(value)), Buffer.from(value)]);

/** Lets the broker slow a client down that produces more than `bytesPerSecond`; null lifts that. */
async function limit(broker: string, clientId: string, bytesPerSecond: number | null): Promise<void> {
  const change = [
    text('producer_byte_rate'),
    float64(bytesPerSecond ?? 0),
    Buffer.of(bytesPerSecond === null ? 1 : 0),
  ];
  const entity = [int32(1), text('client-id'), text(clientId)];
  const validateOnly = Buffer.of(0);
  const body = Buffer.concat([int32(1), ...entity, int32(1), ...change, validateOnly]);
  const head = Buffer.concat([int16(API_KEY), int16(0), int32(1), text('test')]);
  const { hostname, port } = new URL(`kafka://${broker}`);
  const socket = connect(Number(port), hostname);
  socket.write(Buffer.concat([int32(head.length + body.length), head, body]));
  const [answer] = (await once(socket, 'data')) as [Buffer];
  socket.destroy();
  const code = answer.readInt16BE(ERROR_AT);
  if (code !== 0) throw new Error(`the broker refused the quota: error ${code}`);
}

/** Slows a client down until it is disposed. */
export async function slowedDown(
  brokers: readonly string[],
  clientId: string,
  bytesPerSecond: number,
): Promise<AsyncDisposable> {
  const [broker = ''] = brokers;
  await limit(broker, clientId, bytesPerSecond);
  return { [Symbol.asyncDispose]: () => limit(broker, clientId, null) };
}
