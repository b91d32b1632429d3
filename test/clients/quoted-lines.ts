// The forms of a credential_process line that docs/credential-process-line.md compares.
import { chmodSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { singleQuoted } from '../../src/terminal/shell-word.ts';
import { daypassPath, testedProgram } from '../support/sandbox.ts';

/** Returns each form by its name in the table, with its programs below `root`. */
export function quotedLines(root: string): Map<string, string> {
  const inRoot = (path: string) => {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    return join(root, path);
  };
  const program = (folder: string) => {
    const path = inRoot(`${folder}/daypass`);
    const words = testedProgram.words.map(singleQuoted).join(' ');
    writeFileSync(path, `#!/bin/sh\nexec ${words} "$@"\n`);
    chmodSync(path, 0o755);
    return path;
  };
  const link = (target: string, path: string) => {
    symlinkSync(target, inRoot(path));
    return join(root, path);
  };
  const node = link(process.execPath, 'My Node/node');
  const script = link(daypassPath, 'My Node/daypass');
  const blank = program('My Tools');
  const lines: Record<string, string> = {
    '`/link/daypass`': link(blank, 'bin/daypass'),
    '`/a@b,c=d+e~1%/daypass`': program('a@b,c=d+e~1%'),
    '`/müller/daypass`': program('müller'),
    '`/müller/daypass`, without a UTF-8 locale': program('müller'),
    '`/My Tools/daypass`': blank,
    "`'/My Tools/daypass'`": `'${blank}'`,
    '`"/My Tools/daypass"`': `"${blank}"`,
    '`/My\\ Tools/daypass`': blank.replaceAll(' ', '\\ '),
    "`/usr/bin/env '/My Tools/daypass'`": `/usr/bin/env '${blank}'`,
    '`/bin/sh -c \'"/My Tools/daypass" "$@"\' sh`': `/bin/sh -c '"${blank}" "$@"' sh`,
    "`/opt/node '/My Node/daypass'`": `${process.execPath} '${script}'`,
    "`'/My Node/node' '/My Node/daypass'`": `'${node}' '${script}'`,
    '`"/My Node/node" "/My Node/daypass"`': `"${node}" "${script}"`,
    "`'/a (b) & $HOME < *?!/daypass'`": `'${program('a (b) & $HOME < *?!')}'`,
    '`/usr/bin/env "/a $HOME/daypass"`': `/usr/bin/env "${program('a $HOME')}"`,
    '`/usr/bin/env "/o\'brien/daypass"`': `/usr/bin/env "${program("o'brien")}"`,
    "`'/a #b/daypass'`": `'${program('a #b')}'`,
    "`'/a ;b/daypass'`": `'${program('a ;b')}'`,
    '`$HOME/bin/daypass`': `$HOME${inHome(root, program)}`,
  };
  return new Map(Object.entries(lines));
}

/** Returns the path of a program below the home directory, which is above `root`. */
function inHome(root: string, program: (folder: string) => string): string {
  return program('of-home').slice(dirname(root).length);
}
