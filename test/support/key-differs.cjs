// Preloaded with --require: the library of the keychain behaves as in a session whose key KWallet derives
// otherwise (the texts are those of libsecret 0.20 with KWallet 5.103). KEY_DIFFERS says how: a read finds
// nothing (`nothing`), no session opens at first (`session`), or no secret is accepted (`secret`). Only the
// first process meets it; it creates the file KEY_DIFFERS_MARK.
const { KEY_DIFFERS, KEY_DIFFERS_MARK = '' } = process.env;
const { openSync, closeSync } = require('node:fs');
const { dlopen } = process;

/** @param {string} text */
const fails = (text) => () => Promise.reject(new Error(text));
const noSession = fails("Can't find session /org/freedesktop/secrets/session/3");

/** Returns whether this is the first process. */
function isFirst() {
  try {
    closeSync(openSync(KEY_DIFFERS_MARK, 'wx'));
    return true;
  } catch {
    return false;
  }
}

/** @type {(module: any, path: string, flags?: any) => void} */
const opened = (module, path, flags) => {
  if (flags === undefined) dlopen.call(process, module, path);
  else dlopen.call(process, module, path, flags);
  const { exports: keytar } = module;
  if (!keytar.getPassword || !isFirst()) return;
  const { getPassword } = keytar;
  if (KEY_DIFFERS === 'nothing') keytar.getPassword = () => Promise.resolve(null);
  if (KEY_DIFFERS === 'secret') keytar.setPassword = noSession;
  if (KEY_DIFFERS !== 'session') return;
  keytar.getPassword = () => {
    keytar.getPassword = getPassword;
    return fails('Client public key size is invalid')();
  };
};
process.dlopen = opened;
