import assert from 'node:assert/strict';
import test from 'node:test';
import { paint, sign } from '../../src/terminal/style.ts';

const [terminal, pipe] = [{ isTTY: true }, { isTTY: false }];
const green = '\x1b[32mdone\x1b[39m';

for (const [what, to, env, shown] of [
  ['a terminal', terminal, { TERM: 'xterm-256color' }, green],
  ['a pipe', pipe, { TERM: 'xterm-256color' }, 'done'],
  ['a terminal with NO_COLOR', terminal, { TERM: 'xterm', NO_COLOR: '1' }, 'done'],
  ['a terminal with an empty NO_COLOR', terminal, { TERM: 'xterm', NO_COLOR: '' }, green],
  ['a dumb terminal', terminal, { TERM: 'dumb' }, 'done'],
  ['a pipe with FORCE_COLOR', pipe, { FORCE_COLOR: '1' }, green],
  ['a dumb terminal with FORCE_COLOR', terminal, { FORCE_COLOR: '', TERM: 'dumb' }, green],
  ['a terminal with FORCE_COLOR=0', terminal, { FORCE_COLOR: '0', TERM: 'xterm' }, 'done'],
  ['a terminal with NO_COLOR and FORCE_COLOR', terminal, { FORCE_COLOR: '1', NO_COLOR: '1' }, green],
] as const) {
  test(`${what} shows ${shown === green ? 'colours' : 'no colour'}`, () => {
    assert.equal(paint('good', 'done', to, env), shown);
  });
}

test('a sign is of ASCII where the font may lack it', { skip: process.platform === 'win32' }, () => {
  for (const [env, signs] of [
    [{ TERM: 'xterm-256color' }, '✓!✗'],
    [{ TERM: 'xterm', LANG: 'de_DE.UTF-8' }, '✓!✗'],
    [{ TERM: 'linux', LANG: 'C.UTF-8' }, '+!x'],
    [{ TERM: 'xterm', LANG: 'en_US.UTF-8', LC_ALL: 'C' }, '+!x'],
  ] as const)
    assert.equal(sign('good', env) + sign('warning', env) + sign('bad', env), signs);
});
