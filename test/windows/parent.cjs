// @ts-check
// Starts programs of Windows for a test that runs on Linux, which would get no output of theirs through its own
// pipes and could not set each variable: node.exe parent.cjs PORT. Requests and answers are JSON lines.
const { spawn } = require('node:child_process');
const { connect } = require('node:net');
const { createInterface } = require('node:readline');
const { text } = require('node:stream/consumers');

/** Milliseconds: a program that hangs must not make the test hang. */
const longest = 180_000;

const socket = connect(Number(process.argv[2]), '127.0.0.1');
socket.on('close', () => process.exit());
createInterface({ input: socket }).on('line', async (line) => {
  const { id, words, env, cwd, verbatim, terminate } = JSON.parse(line);
  try {
    // Without a signal in Windows, this is TerminateProcess.
    if (terminate) tell({ id, code: Number(process.kill(terminate, 'SIGKILL')) });
    else await run(id, words, { env: { ...process.env, ...env }, cwd, windowsVerbatimArguments: verbatim });
  } catch (error) {
    tell({ id, failed: String(error) });
  }
});

/**
 * @param {number} id
 * @param {string[]} words
 * @param {import('node:child_process').SpawnOptions} options
 */
async function run(id, [file = '', ...args], options) {
  const child = spawn(file, args, {
    ...options,
    stdio: ['ignore', 'pipe', 'pipe'],
    windowsHide: true,
    timeout: longest,
    killSignal: 'SIGKILL',
  });
  /** @type {Promise<number | null>} */
  const exit = new Promise((resolve, reject) => {
    child.once('error', reject).once('exit', resolve);
  });
  if (child.pid) tell({ id, pid: child.pid });
  const [code, stdout, stderr] = await Promise.all([
    exit,
    text(/** @type {import('node:stream').Readable} */ (child.stdout)),
    text(/** @type {import('node:stream').Readable} */ (child.stderr)),
  ]);
  tell({ id, code, stdout, stderr });
}

/** @param {object} answer */
function tell(answer) {
  socket.write(`${JSON.stringify(answer)}\n`);
}
