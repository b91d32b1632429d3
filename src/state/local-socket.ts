import { connect, createServer, type Server, type Socket } from 'node:net';
import { setImmediate as turn } from 'node:timers/promises';

/** Listens on a socket file or a named pipe. Throws the system error. */
export function listenOn(path: string, onConnection: (socket: Socket) => void): Promise<Server> {
  const server = createServer(onConnection);
  return new Promise((resolve, reject) => {
    server.on('error', reject);
    // With the default, some systems refuse the 129th of many callers.
    server.listen({ path, backlog: 1024 }, () => resolve(server));
  });
}

/** Connects to a socket file or a named pipe. Throws the system error. */
export function connectTo(path: string): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connect(path, () => resolve(socket));
    // The listener stays: a connection may break later, and then only its end matters.
    socket.on('error', reject);
  });
}

/**
 * Runs `action` in a working directory. The address of a socket has at most 103 bytes on macOS and 107 on
 * Linux, too few for some home directories, so it is relative. bind and connect use it before they return.
 */
export function inFolder<Result>(folder: string, action: () => Result): Result {
  let back = '/';
  try {
    back = process.cwd();
  } catch {
    // The working directory of the caller was removed, and it is not needed.
  }
  try {
    process.chdir(folder);
    return action();
  } finally {
    goBack(back);
  }
}

function goBack(folder: string): void {
  try {
    process.chdir(folder);
  } catch {
    // Removed since, or closed to this user: the command of `exec` must not start in our state directory.
    process.chdir('/');
  }
}

/** Accepts all pending connections. libuv accepts one in each turn of the event loop. */
export async function acceptPending(server: Server): Promise<void> {
  let came = true;
  server.on('connection', () => {
    came = true;
  });
  while (came) {
    came = false;
    // One turn that starts here may not poll the sockets, two do.
    await turn();
    await turn();
  }
}

/**
 * Closes a server. libuv removes the file at its relative address, so the working directory must not be the
 * caller's, which may hold another file of that name.
 */
export function closeServer(server: Server | undefined): void {
  if (server) inFolder('/', () => server.close());
}
