import { readFileSync } from 'node:fs';

/** The start of the only argument of a process that runs a part. No flag of daypass begins like this. */
export const partFlag = '--daypass-part=';

/** The virtual folder with the embedded files, and with the script that Bun runs. */
const folder = (process.argv[1] ?? '').replace(/[\\/][^\\/]*$/, '');

/** Returns an embedded file. */
export function embeddedFile(path: string): Buffer {
  return readFileSync(`${folder}/${path}`);
}

/** Runs an embedded part, unless it has run, and returns its exports. Bun loads only the parts that are named. */
export function loadPart(name: string): unknown {
  // The build names a part after its source. Bun's bundler must not find the path, or it would copy the part.
  return require(`${folder}/${name}.js`);
}
