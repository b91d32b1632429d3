import { createRequire } from 'node:module';
import type * as Keytar from 'keytar';

/** The service name of all keychain entries of daypass. */
export const keychainService = 'daypass';

/**
 * Loads keytar's binding from the given paths, because require() is slow to find it. Throws if there is no
 * libsecret.
 */
export function loadKeytar(bindings: readonly string[]): typeof Keytar {
  for (const binding of bindings) {
    const module: { exports: unknown } = { exports: {} };
    try {
      process.dlopen(module, binding);
      return module.exports as typeof Keytar;
    } catch {
      // Another layout, another C library, or no libsecret: require() finds it or throws the reason.
    }
  }
  return createRequire(import.meta.url)('keytar');
}
