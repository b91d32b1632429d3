// The shims of Windows, with the text that cmd-shim 7 (npm), @zkochan/cmd-shim 6 (pnpm) and yarn 1 write.
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { shimOf, shimTarget } from '../../src/process/npm-shim.ts';

const folder = mkdtempSync(join(tmpdir(), 'daypass-shims-'));
after(() => rmSync(folder, { recursive: true }));

const npm = String.raw`@ECHO off
GOTO start
:find_dp0
SET dp0=%~dp0
EXIT /b
:start
SETLOCAL
CALL :find_dp0

IF EXIST "%dp0%\node.exe" (
  SET "_prog=%dp0%\node.exe"
) ELSE (
  SET "_prog=node"
  SET PATHEXT=%PATHEXT:;.JS;=;%
)

endLocal & goto #_undefined_# 2>NUL || title %COMSPEC% & "%_prog%"  "%dp0%\node_modules\daypass\dist\daypass.cjs" %*
`;
const pnpm = String.raw`@SETLOCAL
@IF NOT DEFINED NODE_PATH (
  @SET "NODE_PATH=C:\pnpm\global\5\node_modules"
)
@IF EXIST "%~dp0\node.exe" (
  "%~dp0\node.exe"  "%~dp0\..\global\5\node_modules\daypass\dist\daypass.cjs" %*
) ELSE (
  @SETLOCAL
  @SET PATHEXT=%PATHEXT:;.JS;=;%
  node  "%~dp0\..\global\5\node_modules\daypass\dist\daypass.cjs" %*
)
`;
const yarn = `@IF EXIST "%~dp0\\node.exe" (
  "%~dp0\\node.exe"  "%~dp0\\..\\node_modules\\daypass\\dist\\daypass.cjs" %*
)`;
const shims: [name: string, text: string, target: string | undefined][] = [
  ['npm.cmd', npm, join(folder, 'node_modules/daypass/dist/daypass.cjs')],
  ['NPM.CMD', npm.replaceAll('\n', '\r\n'), join(folder, 'node_modules/daypass/dist/daypass.cjs')],
  ['pnpm.cmd', pnpm, join(folder, '../global/5/node_modules/daypass/dist/daypass.cjs')],
  ['yarn.cmd', yarn, join(folder, '../node_modules/daypass/dist/daypass.cjs')],
  ['other.cmd', '@echo off\r\necho "%~dp0" %*\r\n', undefined],
  ['npm', npm, undefined],
];
for (const [name, text, target] of shims) {
  test(`the script of the shim ${name} is ${target ? 'found' : 'unknown'}`, () => {
    writeFileSync(join(folder, name), text);
    assert.equal(shimTarget(join(folder, name)), target);
  });
}

test('a shim that does not exist has no script', () => {
  assert.equal(shimTarget(join(folder, 'none.cmd')), undefined);
});

test('the shim of a global installation is beside node_modules', () => {
  const prefix = 'C:\\Users\\Jörg\\AppData\\Roaming\\npm';
  assert.equal(shimOf(`${prefix}\\node_modules\\daypass\\dist\\daypass.cjs`), `${prefix}\\daypass.cmd`);
  assert.equal(shimOf('C:\\src\\daypass\\dist\\daypass.cjs'), undefined);
});
