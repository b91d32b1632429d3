import { DaypassError, type ErrorCode } from '../errors.ts';
import { askLogon, type Logon } from '../process/windows-session.ts';
import { fileStore } from '../terminal/advice.ts';
import { keychainUnresponsive } from './keytar.ts';

/** Translates an error of keytar, which has only a text of the system's keychain and no code. */
export function keychainError(
  cause: unknown,
  platform = process.platform,
  logon: () => Logon | undefined = askLogon,
): DaypassError {
  const message = cause instanceof Error ? cause.message : '';
  if (platform === 'darwin') return macError(message, cause);
  return platform === 'win32' ? windowsError(message, cause, logon) : linuxError(message, cause);
}

const noSecretService = new RegExp(
  [
    'd-?bus|autolaunch|org\\.freedesktop|could not connect|connection refused|no such file',
    // The address of the bus is malformed, empty, or `disabled:`.
    'address element|address is empty|unsupported transport',
  ].join('|'),
  'i',
);

/**
 * The keychain and its library derived different keys for their session: in 1 of 100 sessions of libsecret with
 * KWallet, because KWallet omits leading zeros. A read that finds nothing can have the same cause. The fault
 * stays until this process ends. Another process has another key.
 */
export class KeysDiffer extends DaypassError {
  constructor(cause?: unknown) {
    const hint = { advice: 'restart the keyring', again: true } as const;
    super('keychain-failed', 'the keychain and its library derived different keys', { hint, cause });
  }
}

/**
 * Replaces the daemon by an unlocked one: `--unlock` alone leaves the old one locked (gnome-keyring 42). It takes
 * a line break for a part of the password, and shows the typed text.
 */
const unlockGnomeKeyring =
  "stty -echo; printf 'Password: '; head -n 1 | tr -d '\\n' | setsid gnome-keyring-daemon --replace --unlock; stty echo";

/** The texts are those of libsecret 0.20 and gnome-keyring 42. */
function linuxError(message: string, cause: unknown, env = process.env): DaypassError {
  if (/locked/i.test(message)) {
    if (env.SSH_CONNECTION || env.SSH_TTY) {
      const advice = 'to unlock gnome-keyring here with the password of your account';
      const hint = { advice, command: unlockGnomeKeyring };
      return new DaypassError('keychain-locked', 'the keychain is locked', { hint, cause });
    }
    const advice = 'unlock it: sign in to the desktop, or open Passwords and Keys';
    const hint = { advice, again: true } as const;
    return new DaypassError('keychain-locked', 'the keychain is locked', { hint, cause });
  }
  // KWallet says so about a public key of libsecret, and about a secret that it cannot decrypt.
  if (/public key size is invalid|can't find session/i.test(message)) return new KeysDiffer(cause);
  if (/timeout|timed out/i.test(message)) return keychainUnresponsive(cause);
  if (/does not exist at path|object path/i.test(message)) {
    const advice = 'sign in to the desktop once to create one';
    return orFileStore('keychain-missing', 'there is no login keyring yet', advice, cause);
  }
  if (noSecretService.test(message)) {
    const advice = 'start gnome-keyring, KWallet or KeePassXC in this session';
    return orFileStore('keychain-missing', 'no secret service answers on the session bus', advice, cause);
  }
  return orFileStore('keychain-failed', rejected, 'unlock it and try again', cause);
}

const rejected = 'the keychain rejected the call';

/** Unlocks the login keychain for all programs of this login; it asks for the password on the terminal. */
const unlock = 'security unlock-keychain';

/**
 * The texts of macOS for these codes, in SecBase.h and Authorization.h:
 * https://developer.apple.com/documentation/security/security-framework-result-codes. keytar passes no code on,
 * and replaces a text with other than ASCII characters, as in some languages, by "An unknown error occurred."
 */
const macTexts = {
  // errSecInteractionNotAllowed (-25308), errSecInteractionRequired (-25315), errSecInDarkWake (-25320) and
  // errAuthorizationInteractionNotAllowed (-60007).
  cannotAsk: /user interaction|dark wake/i,
  // errSecAuthFailed (-25293), errSecUserCanceled (-128), errAuthorizationDenied (-60005), …Canceled (-60006).
  refused: /name or passphrase you entered is not correct|canceled|authorization was denied/i,
  // errSecNotAvailable (-25291), errSecNoSuchKeychain (-25294), errSecInvalidKeychain (-25295) and
  // errSecNoDefaultKeychain (-25307).
  missing: /no keychain is available|keychain could not be found|not a valid keychain file/i,
  // errSecDuplicateItem (-25299), errSecItemNotFound (-25300) and errSecInvalidItemRef (-25304).
  changed: /already exists in the keychain|could not be found in the keychain|item is no longer valid/i,
} as const;

function macError(message: string, cause: unknown): DaypassError {
  if (macTexts.cannotAsk.test(message)) {
    const fault = 'the keychain is locked, or would ask a question that no person sees here';
    const advice = 'choose Always Allow in its question on the desktop, or to unlock it here';
    return new DaypassError('keychain-locked', fault, { hint: { advice, command: unlock }, cause });
  }
  if (macTexts.refused.test(message)) {
    const fault =
      'the keychain gives no access: its question was answered with Deny, Cancel or a wrong password';
    const advice = 'run the command again and choose Always Allow, or to unlock the keychain here';
    return new DaypassError('keychain-locked', fault, { hint: { advice, command: unlock }, cause });
  }
  if (macTexts.missing.test(message)) {
    const advice = 'sign in to the desktop once to create one, or repair it with Keychain Access';
    return orFileStore('keychain-missing', 'there is no login keychain that works', advice, cause);
  }
  return orFileStore('keychain-failed', rejected, `unlock it (${unlock}) and try again`, cause);
}

/** The English text of ERROR_NO_SUCH_LOGON_SESSION (1312). */
const noCredentialSet = /specified logon session does not exist/i;

/**
 * A network logon has no credentials: https://learn.microsoft.com/windows/win32/api/wincred/nf-wincred-credwritew.
 * keytar passes on only the text, in the language of Windows, so for other texts the logon type decides.
 */
function windowsError(message: string, cause: unknown, logon: () => Logon | undefined): DaypassError {
  if (noCredentialSet.test(message) || logon() === 'network') {
    const fault = 'Windows opens no credential store for this logon (1312), as usual with OpenSSH and WinRM';
    return orFileStore('keychain-locked', fault, 'run the command on the desktop of this machine', cause);
  }
  const advice = 'check in Credential Manager (Control Panel) that you can add a credential';
  return orFileStore('keychain-failed', 'the Windows credential store rejected the call', advice, cause);
}

/** Returns an error whose hint also names the store that needs no keychain. */
export function orFileStore(
  code: ErrorCode,
  fault: string,
  advice: string | undefined,
  cause?: unknown,
): DaypassError {
  const hint = advice ? `${advice}, or ${fileStore()}` : fileStore();
  return new DaypassError(code, fault, { hint, cause });
}

/** The tries of a change that other processes disturb. */
const changeTries = 5;

/**
 * Changes an entry. On macOS keytar first looks for the entry, and fails if another process adds or deletes it
 * meanwhile, so the change is made again then. Throws the error of keytar.
 */
export async function changeEntry(
  change: () => Promise<unknown>,
  platform = process.platform,
): Promise<void> {
  for (let tries = 1; ; tries++) {
    try {
      await change();
      return;
    } catch (error) {
      const disturbed =
        platform === 'darwin' && error instanceof Error && macTexts.changed.test(error.message);
      if (!disturbed || tries >= changeTries) throw error;
    }
  }
}
