// @ts-check
// Opens many connections to a port of 127.0.0.1 and keeps them: of each ten, one guesses a token, one sends half a
// request, and the others say nothing. Prints what became of them when all have connected, and stays.
import { once } from 'node:events';
import { connect } from 'node:net';

const [port = 0, count = 0] = process.argv.slice(2).map(Number);
const wave = 500;
const request = `GET /credentials HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\nAuthorization: guess\r\n\r\n`;
const result = { connected: 0, closed: 0, answers: 0 };

for (let opened = 0; opened < count; opened += wave)
  await Promise.all(Array.from({ length: wave }, (_, index) => open(index)));
console.log(JSON.stringify(result));

/** @param {number} index */
async function open(index) {
  const socket = connect(port, '127.0.0.1');
  socket.on('error', () => {}).on('data', () => (result.answers += 1));
  socket.once('close', () => (result.closed += 1));
  await once(socket, 'connect').then(
    () => (result.connected += 1),
    () => {},
  );
  if (index % 10 === 0) socket.write(request);
  if (index % 10 === 1) socket.write(request.slice(0, 20));
}
