import { DaypassError } from '../errors.ts';

const fileHint = 'set daypass_store = file to keep the session in a 0600 file';

export function noKeychainLibrary(cause: unknown): DaypassError {
  const install = process.platform === 'linux' ? 'install libsecret (Debian: libsecret-1-0), or ' : '';
  return new DaypassError('keychain-missing', 'the keychain library cannot be loaded', {
    hint: `${install}${fileHint}`,
    cause,
  });
}

/** keytar hands on libsecret's English messages and nothing else; the words were seen with libsecret 0.20 and gnome-keyring 42. */
export function keychainError(error: unknown): DaypassError {
  const message = error instanceof Error ? error.message : '';
  if (/locked/i.test(message)) return keychainLocked(error);
  if (/timeout|timed out/i.test(message)) return keychainUnresponsive(error);
  if (/does not exist at path|object path/i.test(message)) {
    return new DaypassError('keychain-missing', 'there is no login keyring yet', {
      hint: `sign in to the desktop once to make one, or ${fileHint}`,
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
  return new DaypassError('keychain-failed', 'the keychain refused the call', {
    hint: `unlock it and try again, or ${fileHint}`,
    cause: error,
  });
}

export function keychainForgets(): DaypassError {
  return new DaypassError('keychain-failed', 'the keychain does not give back what it was given', {
    hint: `restart the keyring, or ${fileHint}`,
  });
}

function keychainLocked(cause: unknown): DaypassError {
  return new DaypassError('keychain-locked', 'the keychain is locked', {
    hint: { advice: 'unlock it (on Linux: sign in to the desktop, or open Passwords and Keys)', again: true },
    cause,
  });
}

export function keychainUnresponsive(cause?: unknown): DaypassError {
  return new DaypassError('keychain-unresponsive', 'the keychain does not answer', {
    hint: { advice: 'look for an unlock prompt on the desktop, or restart the keyring', again: true },
    cause,
  });
}
