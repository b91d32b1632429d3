// @ts-check
// Preloaded: ends the process with SIGKILL before the call KILL_BEFORE, counted from 1, of those that change a file.
// It appends the name of each such call to KILL_LOG.
const fs = require('node:fs');
const { syncBuiltinESMExports } = require('node:module');

const log = fs.openSync(process.env.KILL_LOG ?? '', 'a');
const write = fs.writeSync;
let left = Number(process.env.KILL_BEFORE);

/** @type {Record<string, any>} */
const calls = fs;
for (const name of [
  ...['mkdirSync', 'writeFileSync', 'fchmodSync', 'fchownSync', 'fsyncSync', 'renameSync', 'unlinkSync'],
  ...['rmdirSync', 'linkSync', 'symlinkSync', 'truncateSync', 'ftruncateSync'],
]) {
  const original = calls[name];
  calls[name] = (/** @type {unknown[]} */ ...args) => {
    write(log, `${name}\n`);
    left -= 1;
    if (left === 0) process.kill(process.pid, 'SIGKILL');
    return original(...args);
  };
}
syncBuiltinESMExports();
