import { createRequire } from 'node:module';
import type * as Keytar from 'keytar';

/** Under which all entries of daypass lie. */
export const keychainService = 'daypass';

/** keytar's binding from where it may be, by hand: require() takes its time to find it. Throws where there is no libsecret. */
export function loadKeytar(bindings: readonly string[]): typeof Keytar {
  for (const binding of bindings) {
    const module: { exports: unknown } = { exports: {} };
    try {
      process.dlopen(module, binding);
      return module.exports as typeof Keytar;
    } catch {
      // Another layout, another C library, or no libsecret: require() knows or says.
    }
  }
  return createRequire(import.meta.url)('keytar');
}
