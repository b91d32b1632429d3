interface Library {
  symbols: { setenv(name: Buffer, value: Buffer, replace: 1): number; unsetenv(name: Buffer): number };
}

/**
 * Passes each change of `process.env` on to the C library, where libsecret and GLib read variables. Bun's
 * `process.env` is only a copy of these variables; Node changes them itself.
 */
export function shareVariables(): void {
  if (process.platform !== 'linux') return;
  process.env = new Proxy(process.env, {
    set(env, name, value) {
      library().symbols.setenv(text(name), text(value), 1);
      return Reflect.set(env, name, value);
    },
    deleteProperty(env, name) {
      if (name in env) library().symbols.unsetenv(text(name));
      return Reflect.deleteProperty(env, name);
    },
  });
}

/** Loads the C library only for a change, because most calls change no variable. musl has this name too. */
function library(): Library {
  const ffi = process.getBuiltinModule('bun:ffi') as unknown as {
    dlopen(name: string, symbols: object): Library;
  };
  return ffi.dlopen('libc.so.6', {
    setenv: { args: ['ptr', 'ptr', 'i32'], returns: 'i32' },
    unsetenv: { args: ['ptr'], returns: 'i32' },
  });
}

function text(value: unknown): Buffer {
  return Buffer.from(`${String(value)}\0`);
}
