import { mkdtempSync, readFileSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { askSystem, windowsProgram } from '../process/ask-system.ts';
import { removeFile, removeFolder } from '../process/files.ts';
import { pathWord } from '../terminal/advice.ts';

/** Who besides this user and administrators has access to a file or folder. */
export interface Access {
  /** Their names; undefined if that cannot be checked. */
  others: string[] | undefined;
  /** The command that closes it to them, or the one that shows who has access. */
  command: string;
}

/** Returns who has access to a file or folder that exists. Throws the error of the system. */
export function accessTo(path: string): Access {
  const stats = statSync(path);
  if (process.platform === 'win32') return accessOnWindows(path, stats.isDirectory());
  const isOpen = (stats.mode & 0o077) !== 0;
  const mode = stats.isDirectory() ? 700 : 600;
  return { others: isOpen ? ['other users'] : [], command: `chmod ${mode} ${pathWord(path)}` };
}

function accessOnWindows(path: string, isFolder: boolean): Access {
  const look = `icacls ${pathWord(path)}`;
  const own = ownSid();
  const list = own && accessList(path);
  const found = list ? othersIn(list, own) : undefined;
  const others = found?.map((who) => nameOf(who));
  // By number, since the names of SYSTEM and of groups depend on the language.
  const numbers = found?.map((who) => (who.startsWith('S-') ? who : sidOf[who])) ?? [];
  if (!own || numbers.length === 0 || numbers.includes(undefined)) return { others, command: look };
  const rights = isFolder ? '(OI)(CI)F' : 'F';
  const grants = [own, system].map((sid) => `"*${sid}:${rights}"`).join(' ');
  const removals = numbers.map((sid) => `"*${sid}"`).join(' ');
  return { others, command: `${look} /inheritance:r /remove:g ${removals} /grant:r ${grants}` };
}

/** Returns the security identifier of this user; undefined if it cannot be found. */
function ownSid(): string | undefined {
  const user = askSystem(windowsProgram('whoami.exe'), ['/user', '/fo', 'csv', '/nh']) ?? '';
  return /\bS-1(-\d{1,20}){2,16}\b/.exec(user)?.[0];
}

/** Returns the access list as text of SDDL: what icacls prints depends on the language. */
function accessList(path: string): string | undefined {
  try {
    const folder = mkdtempSync(join(tmpdir(), 'daypass-'));
    const file = join(folder, 'list');
    try {
      askSystem(windowsProgram('icacls.exe'), [path, '/save', file]);
      return /^D:.*$/m.exec(readFileSync(file, 'utf16le'))?.[0];
    } finally {
      removeFile(file);
      removeFolder(folder);
    }
  } catch {
    return undefined;
  }
}

const system = 'S-1-5-18';
/** SYSTEM and administrators, who have access to everything; the owner, by each of its names. */
const trusted: ReadonlySet<string> = new Set([
  ...['SY', system, 'BA', 'S-1-5-32-544', 'LA', 'DA', 'EA'],
  ...['CO', 'S-1-3-0', 'OW', 'S-1-3-4'],
]);

/** The numbers of groups, by their names in SDDL. */
const sidOf: Readonly<Record<string, string>> = {
  WD: 'S-1-1-0',
  BU: 'S-1-5-32-545',
  AU: 'S-1-5-11',
  BG: 'S-1-5-32-546',
  AN: 'S-1-5-7',
  IU: 'S-1-5-4',
  NU: 'S-1-5-2',
};

const names: Readonly<Record<string, string>> = {
  WD: 'Everyone',
  BU: 'Users',
  AU: 'Authenticated Users',
  BG: 'Guests',
  AN: 'Anonymous',
  IU: 'Interactive',
  NU: 'Network',
};

/** Returns the English name of a group, else the number or the name in SDDL. */
function nameOf(who: string): string {
  const [short = who] = Object.entries(sidOf).find(([, sid]) => sid === who) ?? [];
  return names[short] ?? who;
}

/**
 * Returns the others that an access list grants something, by number or name in SDDL. Denials are ignored.
 * https://learn.microsoft.com/windows/win32/secauthz/security-descriptor-string-format
 * https://learn.microsoft.com/windows/win32/secauthz/ace-strings
 */
export function othersIn(list: string, own: string): string[] {
  if (/^D:[A-Z]*NO_ACCESS_CONTROL/.test(list)) return ['WD'];
  const entries = list.matchAll(/\(([A-Z]{1,2});[^;()]*;[^;()]*;[^;()]*;[^;()]*;([^;()]+)/g);
  const granted = [...entries].flatMap(([, type = '', who = '']) =>
    ['A', 'OA', 'XA', 'ZA'].includes(type) && who !== own && !trusted.has(who) ? [who] : [],
  );
  return [...new Set(granted)];
}
