// What each text of a keychain means: for macOS those of SecBase.h, for Windows those of its error codes. Where
// these tests run on such a system, it is asked for its own texts. Tests with real keyrings show those of Linux.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ErrorCode } from '../../src/errors.ts';
import { askSystem, windowsProgram } from '../../src/process/ask-system.ts';
import type { Logon } from '../../src/process/windows-session.ts';
import { changeEntry, keychainError } from '../../src/store/keychain-error.ts';
import { isWine } from '../support/wine.ts';

type Row = [text: string, code: ErrorCode, hint: RegExp, logon?: Logon];

const unlock = /, run: security unlock-keychain$/;
const fileStore = /, or set daypass_store = file /;

const texts: Readonly<Partial<Record<NodeJS.Platform, Readonly<Record<string, Row>>>>> = {
  darwin: {
    'errSecInteractionNotAllowed (-25308)': ['User interaction is not allowed.', 'keychain-locked', unlock],
    'errSecInteractionRequired (-25315)': [
      'User interaction is required, but is currently not allowed.',
      'keychain-locked',
      unlock,
    ],
    'errSecInDarkWake (-25320)': ['In dark wake, no UI possible', 'keychain-locked', unlock],
    'errSecInDarkWake as documented': [
      'The user interface could not be displayed because the system is in a dark wake state.',
      'keychain-locked',
      unlock,
    ],
    'errAuthorizationInteractionNotAllowed (-60007)': [
      'The authorization was denied since no user interaction was possible.',
      'keychain-locked',
      unlock,
    ],
    'errSecAuthFailed (-25293)': [
      'The user name or passphrase you entered is not correct.',
      'keychain-locked',
      /choose Always Allow, .*, run: security unlock-keychain$/,
    ],
    'errSecUserCanceled (-128)': [
      'User canceled the operation.',
      'keychain-locked',
      /choose Always Allow, .*, run: security unlock-keychain$/,
    ],
    'errAuthorizationDenied (-60005)': ['The authorization was denied.', 'keychain-locked', unlock],
    'errSecNoSuchKeychain (-25294)': [
      'The specified keychain could not be found.',
      'keychain-missing',
      fileStore,
    ],
    'errSecNoDefaultKeychain (-25307)': [
      'A default keychain could not be found.',
      'keychain-missing',
      fileStore,
    ],
    'errSecInvalidKeychain (-25295)': [
      'The specified keychain is not a valid keychain file.',
      'keychain-missing',
      /Keychain Access/,
    ],
    'errSecNotAvailable (-25291)': [
      'No keychain is available. You may need to restart your computer.',
      'keychain-missing',
      fileStore,
    ],
    'errSecReadOnly (-25292)': ['This keychain cannot be modified.', 'keychain-failed', fileStore],
    'a text in another language': [
      'An unknown error occurred.',
      'keychain-failed',
      /security unlock-keychain/,
    ],
  },
  win32: {
    'ERROR_NO_SUCH_LOGON_SESSION (1312)': [
      'A specified logon session does not exist. It may already have been terminated.\r\n',
      'keychain-locked',
      /on the desktop of this machine, or set daypass_store = file/,
    ],
    'the same in German': [
      'Eine angegebene Anmeldesitzung ist nicht vorhanden. Sie wurde gegebenenfalls bereits beendet.\r\n',
      'keychain-locked',
      /on the desktop of this machine, or set daypass_store = file/,
      'network',
    ],
    'ERROR_ACCESS_DENIED (5)': [
      'Access is denied.\r\n',
      'keychain-failed',
      /Credential Manager/,
      'interactive',
    ],
    'ERROR_LOCK_VIOLATION (33)': [
      'The process cannot access the file because another process has locked a portion of the file.\r\n',
      'keychain-failed',
      fileStore,
      'batch',
    ],
    'RPC_X_BAD_STUB_DATA (1783)': ['The stub received bad data.\r\n', 'keychain-failed', fileStore],
  },
  linux: {
    'a locked collection': [
      'Cannot create an item in a locked collection',
      'keychain-locked',
      /sign in to the desktop/,
    ],
    'no bus': ['Could not connect: Connection refused', 'keychain-missing', fileStore],
    'a text of macOS': ['User interaction is not allowed.', 'keychain-failed', fileStore],
  },
};

for (const [platform, rows] of Object.entries(texts)) {
  for (const [name, [text, code, hint, logon]] of Object.entries(rows)) {
    test(`${platform}, ${name}: ${code}`, () => {
      const error = keychainError(new Error(text), platform as NodeJS.Platform, () => logon);
      assert.equal(error.code, code);
      assert.match(error.hint ?? '', hint);
      // Foreign text is no part of an error, and neither is a hint for another system.
      assert.ok(!error.message.includes(text.trim()));
      if (platform !== 'darwin') assert.doesNotMatch(error.hint ?? '', /security unlock-keychain/);
    });
  }
}

/** Texts of macOS if another process adds or deletes the entry between the two calls that keytar makes. */
const disturbances = [
  'The specified item already exists in the keychain.',
  'The specified item could not be found in the keychain.',
  'The specified item is no longer valid. It may have been deleted from the keychain.',
];

for (const text of disturbances) {
  test(`on macOS a change that another process disturbs is made again: ${text}`, async () => {
    let calls = 0;
    const change = async () => {
      calls++;
      if (calls < 3) throw new Error(text);
    };
    await changeEntry(change, 'darwin');
    assert.equal(calls, 3);
    calls = 0;
    await assert.rejects(changeEntry(change, 'linux'), { message: text });
    assert.equal(calls, 1);
  });
}

test('a change that never succeeds ends with the error of the keychain, and other errors are not tried again', async () => {
  for (const [text, expected] of [
    ['The specified item already exists in the keychain.', 5],
    ['User interaction is not allowed.', 1],
  ] as const) {
    let calls = 0;
    const change = async () => {
      calls++;
      throw new Error(text);
    };
    await assert.rejects(changeEntry(change, 'darwin'), { message: text });
    assert.equal(calls, expected);
  }
});

/** What the codes mean, told by the system itself. */
const codes: readonly [status: number, code: ErrorCode][] = [
  [-25308, 'keychain-locked'],
  [-25315, 'keychain-locked'],
  [-25320, 'keychain-locked'],
  [-25293, 'keychain-locked'],
  [-128, 'keychain-locked'],
  [-25294, 'keychain-missing'],
  [-25307, 'keychain-missing'],
  [-25295, 'keychain-missing'],
  [-25291, 'keychain-missing'],
];

test('this Mac has these texts', { skip: process.platform !== 'darwin' && 'only macOS has them' }, () => {
  for (const [status, code] of codes) {
    const text = askSystem('security', ['error', String(status)]) ?? '';
    assert.equal(keychainError(new Error(text)).code, code, `${status}: ${text}`);
  }
});

test('this Windows has this text for 1312', {
  skip: process.platform !== 'win32' && 'only Windows has it',
}, (t) => {
  if (isWine) return t.skip('Wine has no messages');
  const text = askSystem(windowsProgram('net.exe'), ['helpmsg', '1312']) ?? '';
  assert.equal(keychainError(new Error(text), 'win32', () => undefined).code, 'keychain-locked', text);
});
