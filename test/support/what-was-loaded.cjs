// @ts-check
// Preloaded with --require: at the end it writes the loaded modules and open files to the file
// WHAT_WAS_LOADED.
const vm = require('node:vm');
const { readdirSync, readlinkSync, writeFileSync } = require('node:fs');

/** @returns {string[]} every part of Node that is loaded, as in 'NativeModule net' */
const parts = () => /** @type {any} */ (process).moduleLoadList;
const before = new Set(parts());
/** @type {{ filename: string, cacheRejected: boolean | undefined }[]} */
const scripts = [];
vm.Script = class extends vm.Script {
  /**
   * @param {string} code
   * @param {import('node:vm').ScriptOptions} options
   */
  constructor(code, options) {
    super(code, options);
    scripts.push({ filename: options.filename ?? '', cacheRejected: this.cachedDataRejected });
  }
};
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
    scripts,
    sockets: open.filter((target) => target.startsWith('socket:')).length,
  };
  writeFileSync(process.env.WHAT_WAS_LOADED ?? '', JSON.stringify(report));
});
