import { readFileSync } from 'node:fs';
import { join, win32 } from 'node:path';

/**
 * Returns the script that a shim of npm, pnpm or yarn for Windows starts with Node; undefined for any other file.
 * Its line ends in `"%dp0%\node_modules\daypass\dist\daypass.cjs" %*`, or has `%~dp0`: the folder of the shim.
 * https://github.com/npm/cmd-shim
 */
export function shimTarget(path: string): string | undefined {
  if (!/\.cmd$/i.test(path)) return undefined;
  try {
    const [, below] = /"%(?:~dp0|dp0%)\\?([^"%]+)" +%\*/.exec(readFileSync(path, 'utf8')) ?? [];
    return below && join(win32.dirname(path), ...below.split('\\'));
  } catch {
    return undefined;
  }
}

/** Returns where npm puts the shim of a script that it installed globally on Windows: beside node_modules. */
export function shimOf(script: string): string | undefined {
  const [, folder, name] =
    /^(.*)[\\/]node_modules[\\/][^\\/]+[\\/]dist[\\/]([^\\/]+)\.cjs$/.exec(script) ?? [];
  return folder && `${folder}\\${name}.cmd`;
}
