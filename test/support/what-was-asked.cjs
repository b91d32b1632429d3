// @ts-check
// Required before a program: at its end writes what it opened and what it asked the keychain's processes to the
// file that WHAT_WAS_ASKED names.
const children = require('node:child_process');
const fs = require('node:fs');

/** @type {{ opened: string[], keychains: { method: string, account: string }[][] }} */
const asked = { opened: [], keychains: [] };
const { openSync, readFileSync } = fs;
fs.openSync = (path, ...rest) => {
  asked.opened.push(`${path}`);
  return openSync(path, ...rest);
};
fs.readFileSync = /** @type {any} */ (
  (/** @type {string | number} */ path, /** @type {any[]} */ ...rest) => {
    if (typeof path === 'string') asked.opened.push(path);
    return readFileSync(path, ...rest);
  }
);
const spawn = /** @type {any} */ (children.spawn);
/** @type {any} */ (children).spawn = (
  /** @type {string} */ program,
  /** @type {any} */ args,
  /** @type {any[]} */ ...rest
) => {
  const child = spawn(program, args, ...rest);
  if (!/keychain-child/.test(`${args}`)) return child;
  /** @type {{ method: string, account: string }[]} */
  const calls = [];
  asked.keychains.push(calls);
  const write = child.stdin.write.bind(child.stdin);
  child.stdin.write = (/** @type {string} */ line) => {
    const { method, account } = JSON.parse(line);
    calls.push({ method, account });
    return write(line);
  };
  return child;
};
process.on('exit', () => fs.writeFileSync(process.env.WHAT_WAS_ASKED ?? '', JSON.stringify(asked)));
