import { readText } from './program.ts';

/** Of this package, as npm knows it. */
export function version(): string {
  return JSON.parse(readText('package.json')).version;
}
