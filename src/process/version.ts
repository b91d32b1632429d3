import { packageText } from './program.ts';

/** Of this package, as npm knows it. */
export function version(): string {
  return JSON.parse(packageText('package.json')).version;
}
