// @ts-check
// Preloaded with --require: the first write to stdout writes 100 bytes, the second fails with a full disk,
// and later ones succeed.
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
