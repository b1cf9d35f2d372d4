import { connect } from 'node:net';

const METADATA_KEY = 3;
const METADATA_VERSION = 5;

/** A Metadata request (version 5) for no topic at all, as it goes over the wire with its length in front. */
export function encodeMetadataRequest(correlationId: number): Buffer {
  const client = Buffer.from('concord-ready');
  const request = Buffer.alloc(4 + 2 + 2 + 4 + 2 + client.length + 4 + 1);
  let at = request.writeInt32BE(request.length - 4, 0);
  at = request.writeInt16BE(METADATA_KEY, at);
  at = request.writeInt16BE(METADATA_VERSION, at);
  at = request.writeInt32BE(correlationId, at);
  at = request.writeInt16BE(client.length, at);
  at += client.copy(request, at);
  at = request.writeInt32BE(0, at);
  request.writeInt8(0, at);
  return request;
}

/** How many brokers the answer (length, correlation id, throttle time, broker array) names; undefined while it is incomplete. */
export function parseBrokerCount(response: Buffer): number | undefined {
  if (response.length < 16 || response.length < 4 + response.readInt32BE(0)) return undefined;
  return response.readInt32BE(12);
}

/** How many brokers this broker sees registered and unfenced, 0 while it can't be asked. */
export function countBrokers(
  at: { readonly host: string; readonly port: number },
  signal: AbortSignal,
): Promise<number> {
  return new Promise((resolve) => {
    const socket = connect({ ...at, signal });
    let received = Buffer.alloc(0);
    const finish = (count: number): void => {
      resolve(count);
      socket.destroy();
    };
    socket.setTimeout(2_000, () => finish(0));
    socket.once('connect', () => socket.write(encodeMetadataRequest(1)));
    socket.on('data', (chunk) => {
      received = Buffer.concat([received, chunk]);
      const count = parseBrokerCount(received);
      if (count !== undefined) finish(count);
    });
    socket.once('error', () => finish(0));
    socket.once('close', () => finish(0));
  });
}
