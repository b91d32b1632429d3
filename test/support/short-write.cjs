// @ts-check
// Required before a program: of what it first writes to stdout 100 bytes get there, then the disk is full once, and then there is room again.
const fs = require('node:fs');
const { writeSync } = fs;
let writes = 0;
fs.writeSync = (/** @type {number} */ descriptor, /** @type {any} */ data) => {
  if (descriptor !== 1) return writeSync(descriptor, data);
  writes++;
  if (writes === 2) throw Object.assign(new Error('ENOSPC'), { code: 'ENOSPC' });
  const bytes = Buffer.from(data);
  return writeSync(descriptor, writes === 1 ? bytes.subarray(0, 100) : bytes);
};
