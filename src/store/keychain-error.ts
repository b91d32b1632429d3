import { DaypassError } from '../errors.ts';

const fileHint = 'set daypass_store = file to store the session in a 0600 file';

/** Returns `keychain-missing`. */
export function noKeychainLibrary(cause: unknown): DaypassError {
  const install = process.platform === 'linux' ? 'install libsecret (Debian: libsecret-1-0), or ' : '';
  return new DaypassError('keychain-missing', 'the keychain library cannot be loaded', {
    hint: `${install}${fileHint}`,
    cause,
  });
}

/**
 * Translates an error of keytar, which has only libsecret's English message: those of libsecret 0.20 and
 * gnome-keyring 42.
 */
export function keychainError(error: unknown): DaypassError {
  const message = error instanceof Error ? error.message : '';
  if (/locked/i.test(message)) return keychainLocked(error);
  if (/timeout|timed out/i.test(message)) return keychainUnresponsive(error);
  if (/does not exist at path|object path/i.test(message)) {
    return new DaypassError('keychain-missing', 'there is no login keyring yet', {
      hint: `sign in to the desktop once to create one, or ${fileHint}`,
      cause: error,
    });
  }
  if (
    /d-?bus|autolaunch|org\.freedesktop|could not connect|connection refused|no such file|address element/i.test(
      message,
    )
  ) {
    return new DaypassError('keychain-missing', 'no secret service answers on the session bus', {
      hint: `start gnome-keyring, KWallet or KeePassXC in this session, or ${fileHint}`,
      cause: error,
    });
  }
  return new DaypassError('keychain-failed', 'the keychain rejected the call', {
    hint: `unlock it and try again, or ${fileHint}`,
    cause: error,
  });
}

/** Returns the error of a keychain that does not return a value as it was stored. */
export function keychainForgets(): DaypassError {
  return new DaypassError('keychain-failed', 'the keychain does not return the value that was stored', {
    hint: `restart the keyring, or ${fileHint}`,
  });
}

function keychainLocked(cause: unknown): DaypassError {
  return new DaypassError('keychain-locked', 'the keychain is locked', {
    hint: { advice: 'unlock it (on Linux: sign in to the desktop, or open Passwords and Keys)', again: true },
    cause,
  });
}

/** Returns the error of a keychain call that does not end in time. */
export function keychainUnresponsive(cause?: unknown): DaypassError {
  return new DaypassError('keychain-unresponsive', 'the keychain does not answer', {
    hint: { advice: 'look for an unlock prompt on the desktop, or restart the keyring', again: true },
    cause,
  });
}
