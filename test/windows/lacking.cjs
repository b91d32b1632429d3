// @ts-check
// Gives a program of Windows' Node what Windows enforces and Wine does not. It comes before anything of daypass.
const { createHash } = require('node:crypto');
const { Server } = require('node:net');

/** CRED_MAX_CREDENTIAL_BLOB_SIZE: https://learn.microsoft.com/windows/win32/api/wincred/ns-wincred-credentialw */
const longestValue = 5 * 512;

const load = process.dlopen;
/** @type {typeof process.dlopen} */
process.dlopen = (module, path, ...more) => {
  load.call(process, module, path, ...more);
  if (!path.endsWith('keytar.node')) return;
  const binding = /** @type {{ exports: typeof import('keytar') }} */ (module).exports;
  const { setPassword } = binding;
  binding.setPassword = async (service, account, value) => {
    // The text with which Windows Credential Manager refuses it.
    if (Buffer.byteLength(value) > longestValue) throw new Error('The stub received bad data.');
    return await setPassword(service, account, value);
  };
};

// libuv creates the first instance of a pipe with FILE_FLAG_FIRST_PIPE_INSTANCE, so a second server fails:
// https://learn.microsoft.com/windows/win32/api/winbase/nf-winbase-createnamedpipea
// Here a port on loopback is as exclusive. It is free again when the server and all its connections are closed, as
// the name of a pipe is, or when the process has ended. It does not listen: wineserver crashes if a process ends that
// waits for connections to a port.
const { TCP, constants } = /** @type {any} */ (process).binding('tcp_wrap');
const port = 20_000;

const listen = Server.prototype.listen;
/** @type {(this: Server, ...args: any[]) => Server} */
Server.prototype.listen = function (...args) {
  const path = typeof args[0] === 'string' ? args[0] : args[0]?.path;
  if (!/^\\\\[.?]\\pipe\\/i.test(path ?? '')) return listen.apply(this, /** @type {any} */ (args));
  const [a, b, c] = createHash('sha256').update(path.toLowerCase()).digest();
  const name = new TCP(constants.SERVER);
  // libuv tells the error of a bind with the next call.
  const failed = name.bind(`127.${a}.${b}.${c}`, port) || name.getsockname({});
  if (failed) {
    name.close();
    const error = new Error(`listen EADDRINUSE: address already in use ${path}`);
    const facts = { code: 'EADDRINUSE', errno: failed, syscall: 'listen', address: path };
    process.nextTick(() => this.emit('error', Object.assign(error, facts)));
    return this;
  }
  name.unref();
  this.once('close', () => name.close());
  return listen.apply(this, /** @type {any} */ (args));
};
