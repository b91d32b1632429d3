// What a real Windows tells of this process. test/browser/desktop.test.ts has what other processes get.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { askWindow } from '../../src/browser/visible-terminal.ts';
import { askSystem } from '../../src/process/ask-system.ts';
import { askLogon, askSessionNumber } from '../../src/process/windows-session.ts';
import { isWine } from '../support/wine.ts';

test('Windows tells the logon type, the session and the window of the console', {
  skip: process.platform !== 'win32' && 'only Windows has them',
}, (t) => {
  if (isWine) return t.skip('the programs of Wine tell none of them');
  assert.notEqual(askLogon(), undefined);
  assert.notEqual(askSessionNumber(process.pid), undefined);
  assert.match(askWindow(askSystem) ?? '', /^\d+ (True|False)/);
});
