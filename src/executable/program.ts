import type * as Package from '../process/program.ts';
import { embeddedFile, partFlag } from './parts.ts';
import { unpack } from './unpack.ts';

// Finds the parts of the single executable. The build uses this file instead of ../process/program.ts.

export const commandOf: typeof Package.commandOf = (part) => [process.execPath, [`${partFlag}${part}`]];

export const packageText: typeof Package.packageText = (path) => embeddedFile(path).toString();

export const version: typeof Package.version = () => JSON.parse(packageText('package.json')).version;

export const keytarBindings: typeof Package.keytarBindings = () => [unpack('keytar.node')];

/** The binding is all that there is. Bun looks for a package in the working directory too. */
export const keytarPackage: typeof Package.keytarPackage = (reason) => {
  throw reason;
};

export const ownCommand: typeof Package.ownCommand = () => [process.execPath];
