// @ts-check
// Preloaded with --require: a terminal that is a console of Windows. It reads the bytes of a write to a file in
// a code page (here Latin-1) and not as UTF-8; a stream for a terminal is not concerned (WriteConsoleW).
const fs = require('node:fs');
const { syncBuiltinESMExports } = require('node:module');
const { isatty } = require('node:tty');
const { openSync, writeSync } = fs;

fs.writeSync = (/** @type {number} */ descriptor, /** @type {any} */ data, /** @type {any[]} */ ...rest) => {
  if (!isatty(descriptor)) return writeSync(descriptor, data, ...rest);
  const bytes = Buffer.from(data);
  writeSync(descriptor, bytes.toString('latin1'));
  return bytes.length;
};
fs.openSync = (/** @type {any} */ path, /** @type {any} */ flags, /** @type {any} */ mode) =>
  openSync(path === '\\\\.\\CONOUT$' ? '/dev/tty' : path, flags, mode);
syncBuiltinESMExports();
