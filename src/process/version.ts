import { packageText } from './program.ts';

/** Returns the version in package.json. */
export function version(): string {
  return JSON.parse(packageText('package.json')).version;
}
