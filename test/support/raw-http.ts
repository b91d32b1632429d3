import { connect, type Socket } from 'node:net';

export interface RawAnswer {
  /** 0 where the connection ended without an answer. */
  status: number;
  /** Names in lower case; of one that comes twice, both values with a comma between. */
  headers: Record<string, string>;
  body: string;
  /** Every byte that came. */
  raw: string;
}

/** Sends these bytes, whatever they are, and reads until the server ends the connection; `finish` ends our half after them. */
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

/** What comes until the connection ends, by whichever side. */
export function received(socket: Socket): Promise<string> {
  const chunks: Buffer[] = [];
  socket.on('data', (chunk) => chunks.push(chunk));
  // A reset after the answer is an end like any other; the answer counts.
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
