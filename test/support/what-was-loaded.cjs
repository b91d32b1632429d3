// @ts-check
// Required before a program: at its end writes what it loaded and holds open to the file that WHAT_WAS_LOADED names.
const { readdirSync, readlinkSync, writeFileSync } = require('node:fs');

/** @returns {string[]} every part of Node that is loaded, as in 'NativeModule net' */
const parts = () => /** @type {any} */ (process).moduleLoadList;
const before = new Set(parts());
process.on('exit', () => {
  const open = readdirSync('/proc/self/fd').flatMap((descriptor) => {
    try {
      return [readlinkSync(`/proc/self/fd/${descriptor}`)];
    } catch {
      return [];
    }
  });
  const report = {
    parts: parts().filter((part) => !before.has(part)),
    files: Object.keys(require.cache).filter((file) => file !== __filename),
    sockets: open.filter((target) => target.startsWith('socket:')).length,
  };
  writeFileSync(process.env.WHAT_WAS_LOADED ?? '', JSON.stringify(report));
});
