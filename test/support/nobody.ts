import { execFile } from 'node:child_process';

const program = `const socket = require('node:net').connect(process.argv[1], '127.0.0.1', () => socket.write(process.argv[2]));
socket.on('error', () => {}).pipe(process.stdout);`;

/** Sends bytes to a port of 127.0.0.1 from the account `nobody`. Returns the answer. Needs root. */
export function sendAsNobody(port: number, bytes: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const options = { uid: 65_534, gid: 65_534, cwd: '/', env: {} };
    execFile(process.execPath, ['-e', program, String(port), bytes], options, (error, stdout) => {
      if (error) reject(error);
      else resolve(stdout);
    });
  });
}
