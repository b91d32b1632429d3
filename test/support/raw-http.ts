import { connect, type Socket } from 'node:net';

export interface RawAnswer {
  /** The status, or 0 if the connection ended without an answer. */
  status: number;
  /** The headers, with names in lower case. The values of a repeated name are joined with a comma. */
  headers: Record<string, string>;
  body: string;
  /** All received bytes. */
  raw: string;
}

/** Sends these bytes and reads until the server ends the connection. `finish` closes our half after them. */
export async function sendRaw(
  port: number,
  bytes: string | Buffer,
  { host = '127.0.0.1', finish = false } = {},
): Promise<RawAnswer> {
  const socket = connect({ port, host });
  const raw = received(socket);
  socket.write(bytes);
  if (finish) socket.end();
  return parseAnswer(await raw);
}

/** Returns the bytes that arrive until one side ends the connection. */
export function received(socket: Socket): Promise<string> {
  const chunks: Buffer[] = [];
  socket.on('data', (chunk) => chunks.push(chunk));
  // A reset after the answer is a normal end.
  socket.on('error', () => {});
  return new Promise((resolve) => socket.once('close', () => resolve(Buffer.concat(chunks).toString())));
}

function parseAnswer(raw: string): RawAnswer {
  const [head = '', ...rest] = raw.split('\r\n\r\n');
  const [first = '', ...lines] = head.split('\r\n');
  const headers: RawAnswer['headers'] = {};
  for (const line of lines) {
    const [, name = '', value = ''] = /^([^:]*): ?(.*)$/.exec(line) ?? [];
    const before = headers[name.toLowerCase()];
    headers[name.toLowerCase()] = before === undefined ? value : `${before}, ${value}`;
  }
  return { status: Number(first.split(' ')[1] ?? 0), headers, body: rest.join('\r\n\r\n'), raw };
}
