// What daypass prints on Windows has no words of POSIX.
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { test } from 'node:test';
import { transformSync } from 'esbuild';
import { rivalRemedy } from '../../src/aws-config/rivals.ts';
import { DaypassError, hintText } from '../../src/errors.ts';
import { fileError } from '../../src/process/files.ts';
import { homeDirectory } from '../../src/process/home-directory.ts';
import { signInFlags } from '../../src/settings/arguments.ts';
import { ioError } from '../../src/state/directory.ts';
import { elsewhere } from '../../src/state/unsafe.ts';
import * as advice from '../../src/terminal/advice.ts';
import { pretendPlatform } from '../support/pretend-platform.ts';

/** Commands, variables and places that Windows does not have, as a sentence or a command to copy has them. */
const foreign = new RegExp(
  [
    '\\b(unset|export|chmod|chown|sudo|ulimit|nohup) [\\w$-]',
    '\\b(ls|ln|df|rm|kill|ps) (-\\w|\\$\\{)|run: file |`file \\$',
    '\\bXDG_[A-Z]+_HOME\\b(?!\\?)|\\b(set|a|the|your) HOME\\b|\\bHOME (is|belongs)\\b',
    '\\b(libsecret|gnome-keyring|KWallet|keyring)\\b|\\b0[67]00\\b|/dev/|[\\s"\'`]~/',
  ].join('|'),
);

/** The files whose texts have such words, and why no call on Windows prints them. */
const allowed: Readonly<Record<string, string>> = {
  'terminal/advice.ts': 'chooses by the system',
  'bin.ts': 'chooses by the system',
  'doctor/access.ts': 'chooses by the system',
  'store/keychain.ts': 'chooses by the system',
  'store/keychain-error.ts': 'only for the errors of libsecret',
  'store/keytar.ts': 'chooses by the system',
  'configure/command-link.ts': 'Windows has no such link',
  'process/home-directory.ts': 'chooses by the system',
  'process/home-owner.ts': 'only for the account of root',
  'process/log-file.ts': 'reads it as a name, and prints it nowhere',
  'process/read-file.ts': 'chooses by the system',
  'state/ancestors.ts': 'checks modes',
  'session/clock.ts': 'chooses by the system',
  'state/directory.ts': 'checks modes',
  'state/own-file.ts': 'checks modes',
  'state/unsafe.ts': 'checks modes',
  'state/lock.ts': 'Windows has no such folder',
  'shell/bash-completion.ts': 'a script for bash',
  'shell/fish-completion.ts': 'a script for fish',
  'shell/zsh-completion.ts': 'a script for zsh',
  'shell/start-lines.ts': 'lines for the shell that called',
  'shell/use-function.ts': 'scripts for shells',
  'shell/shell-formats.ts': 'a format that a person chose',
  'terminal/calling-client.ts': 'Linux and macOS alone',
  'terminal/terminal.ts': 'chooses by the system',
  'commands/exec.ts': 'an interpreter in the first line',
};

/** AWS writes this name of the file for all systems. */
const nameOfFile = /~\/\.aws\/config/g;

const source = join(import.meta.dirname, '..', '..', 'src');

/** Returns the lines of a file that have a text with such a word; comments aside. */
function linesWithForeign(path: string): string[] {
  const { code } = transformSync(readFileSync(path, 'utf8'), { loader: 'ts' });
  return code
    .replace(/^\s*(\/\/|\/?\*).*$/gm, '')
    .split('\n')
    .filter((line) => foreign.test(/['"`].*/.exec(line.replace(nameOfFile, ''))?.[0] ?? ''));
}

test('words of POSIX are in no other text than those that only POSIX prints', () => {
  const files = readdirSync(source, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts'))
    .map((name) => name.replaceAll('\\', '/'));
  const having = files.flatMap((name) =>
    allowed[name] ? [] : linesWithForeign(join(source, name)).map((line) => `${name}: ${line}`),
  );
  assert.deepEqual(having, []);
  for (const name of Object.keys(allowed)) assert.ok(files.includes(name), name);
});

/** Returns what `action` throws, as a terminal shows it. */
function thrown(action: () => unknown): string {
  try {
    action();
  } catch (error) {
    assert.ok(error instanceof DaypassError);
    return `${error.message}\n${error.hint}`;
  }
  return assert.fail('nothing was thrown');
}

const path = 'C:\\Users\\Ada Byron\\x.json';
const fault = (code: string) => Object.assign(new Error(), { code });
const rival = { keys: ['AWS_PROFILE', 'AWS_X'], place: 'environment', line: 0, wins: [], fails: [] } as const;

test('on Windows each advice names its commands, variables and paths', (t) => {
  pretendPlatform(t, 'win32');
  const texts = [
    advice.unset('AWS_PROFILE', 'AWS_X'),
    hintText(rivalRemedy(rival, 'dev', { config: '', credentials: '' })),
    hintText(advice.install()),
    ...['EPERM', 'EACCES', 'EBUSY', 'ENOSPC', 'ENOENT', 'ENAMETOOLONG'].flatMap((code) => [
      `${fileError('write', path, fault(code)).hint}`,
      `${ioError('write', path, fault(code)).hint}`,
    ]),
    advice.removal(path),
    advice.moreProcesses(),
    advice.fileStore(),
    elsewhere(),
    thrown(() => homeDirectory({ USERPROFILE: 'C:ada' })),
    thrown(() => homeDirectory({ USERPROFILE: 'C:\\ada', LOCALAPPDATA: 'AppData' })),
  ];
  for (const text of texts) {
    assert.doesNotMatch(text, foreign);
    assert.doesNotMatch(text, /\bHOME\b|unset|&&/);
  }
  const all = texts.join('\n');
  for (const word of ['remove AWS_PROFILE, AWS_X from the environment', `icacls "${path}"`, `del "${path}"`])
    assert.ok(all.includes(word), word);
  assert.match(all, /set LOCALAPPDATA to a writable folder/);
});

test('on other systems the advice has the commands of POSIX', (t) => {
  pretendPlatform(t, 'linux');
  assert.equal(advice.unset('A', 'B'), 'unset A B');
  assert.equal(hintText(advice.unsetHint('A')), 'run: unset A');
  assert.equal(hintText(advice.install()), 'in a clone of daypass, run: npm ci && npm run build && npm link');
  assert.match(
    `${fileError('write', '/home/Ada Byron/x', fault('EPERM')).hint}`,
    /ls -ld '\/home\/Ada Byron\/x'$/,
  );
  assert.match(`${ioError('write', '/x', fault('EPERM')).hint}`, /XDG_STATE_HOME/);
});

test('on macOS the state directory depends on HOME alone', (t) => {
  pretendPlatform(t, 'darwin');
  assert.match(`${ioError('write', '/x', fault('EPERM')).hint}`, /set HOME to a writable folder/);
});

test('on Windows the command to sign in is one that cmd and PowerShell read alike', (t) => {
  pretendPlatform(t, 'win32');
  const flags = new Map<never, string>([
    ['envFile' as never, '/my folder/.env'],
    ['clientId' as never, 'a$b'],
    ['authorizeParams' as never, 'prompt=login&hd=x'],
  ]);
  assert.equal(
    signInFlags('@dev', flags, { forbidden: false }),
    `--profile "@dev" --env-file "${resolve('/my folder/.env')}" --client-id THE-SAME-VALUE --authorize-params "prompt=login&hd=x"`,
  );
});

test('no text installs daypass from a registry, since no package is published', () => {
  const root = resolve(import.meta.dirname, '../..');
  const folders = ['src', 'launcher', 'views', 'docs', 'demo', 'scripts'].flatMap((folder) =>
    readdirSync(join(root, folder), { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name)),
  );
  const pages = readdirSync(root).filter((name) => name.endsWith('.md'));
  // This page has the commands for after the publication, and begins with a warning.
  const install = join(root, 'docs/install.md');
  assert.match(readFileSync(install, 'utf8'), /^# .*\n\n\*\*daypass is not published yet\.\*\*/);
  for (const path of [...folders, ...pages.map((name) => join(root, name))].filter(
    (each) => each !== install,
  ))
    assert.doesNotMatch(
      readFileSync(path, 'utf8'),
      /\b(npm (i|install|add|exec)\b[^\n]* daypass\b|npx daypass\b)/,
      path,
    );
});
