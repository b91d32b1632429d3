import { existsSync } from 'node:fs';
import type { Hint } from '../errors.ts';
import type { CredentialsRecord } from './records.ts';

/**
 * The seconds that a clock may be wrong before AWS rejects a signature:
 * https://docs.aws.amazon.com/general/latest/gr/signature-v4-troubleshooting.html
 */
export const awsTolerates = 300;

/**
 * Returns the seconds that AWS's clock was ahead of this machine's when STS issued the credentials. The end is a
 * time of AWS's clock, and the lifetime is the same by both.
 */
export function clockOffset({ credentials, issuedAt, lifetime }: CredentialsRecord): number {
  return Math.round((Date.parse(credentials.expiration) - issuedAt - lifetime) / 1000);
}

/**
 * Returns what sets the clock of this machine: a command, or advice where the system has none, as in a container.
 * https://learn.microsoft.com/windows-server/networking/windows-time-service/windows-time-service-tools-and-settings
 */
export function clockRemedy(
  platform: NodeJS.Platform = process.platform,
  hasSystemd = existsSync('/run/systemd/system'),
): Hint {
  if (platform === 'win32') return { advice: 'as administrator', command: 'w32tm /resync' };
  if (platform === 'darwin') return { command: 'sudo sntp -sS time.apple.com' };
  return hasSystemd
    ? { command: 'sudo timedatectl set-ntp true' }
    : { advice: 'set the clock, preferably with NTP' };
}
