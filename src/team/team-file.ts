import { isUtf8 } from 'node:buffer';
import { encodingFaults } from '../aws-config/encoding.ts';
import { isProfileName, profileNameRule } from '../aws-config/lines.ts';
import { DaypassError } from '../errors.ts';
import { printable } from '../terminal/printable.ts';
import type { Draft, DraftProfile, Fault } from './draft.ts';
import { readIni } from './read-ini.ts';
import { readJson } from './read-json.ts';
import { foreignKeyFault, sourceKey, teamKeys, teamValueFault } from './team-keys.ts';

/** One profile of a team's file. Each of its keys is allowed, and each value is valid by itself. */
export interface TeamProfile {
  name: string;
  /** The line of its header, or of its name in JSON; counted from 1. */
  line: number;
  /** The values by the keys of the AWS config file. */
  keys: ReadonlyMap<string, string>;
}

export interface TeamFile {
  /** Up to five lines of printable text. */
  comment?: string;
  /** At least one, in the order of the file. */
  profiles: readonly TeamProfile[];
}

const mostProfiles = 2000;
/** Each line of a hostile file can be a fault. */
const mostLines = 50_000;

/**
 * Parses and checks a team's file: the syntax of the AWS config file, or JSON. Throws `bad-configuration` with all
 * faults in the order of their lines, each `SHOWN:LINE: …`.
 */
export function parseTeamFile(bytes: Uint8Array, shown: string): TeamFile {
  const content = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  refuse(contentFaults(content), shown);
  const draft = readDraft(content);
  const { profiles } = draft;
  if (profiles.length > mostProfiles)
    refuse([{ line: profiles[mostProfiles]?.line ?? 1, text: `more than ${mostProfiles} profiles` }], shown);
  // A file that cannot be read has no profiles, which is no fault of its own.
  const isEmpty = profiles.length === 0 && draft.faults.length === 0;
  const none = isEmpty ? [{ line: 1, text: 'no profile: add a section [profile NAME]' }] : [];
  const checked = [...nameFaults(profiles), ...profiles.flatMap(valueFaults), ...sourceFaults(profiles)];
  // Of the faults in one line, a key that is not allowed comes first.
  refuse([...profiles.flatMap(foreignKeys), ...draft.faults, ...none, ...checked], shown);
  const comment = shownComment(draft);
  return {
    ...(comment ? { comment } : {}),
    profiles: profiles.map(({ name, line, entries }) => ({
      name,
      line,
      keys: new Map(entries.map(({ key, value }) => [key, value])),
    })),
  };
}

function readDraft(content: Buffer): Draft {
  const text = content.toString();
  return text.trimStart().startsWith('{') ? readJson(text) : readIni(content);
}

/** Returns the faults that make all other checks meaningless. */
function contentFaults(content: Buffer): Fault[] {
  const encoding = encodingFaults(content);
  if (encoding.length > 0) return encoding.map(({ line, text }) => ({ line, text }));
  if (!isUtf8(content)) return [{ line: foreignLine(content), text: 'not UTF-8' }];
  const text = content.toString();
  if (text.startsWith('\uFEFF'))
    return [
      { line: 1, text: 'a byte order mark, which AWS clients refuse: save the file as UTF-8 without it' },
    ];
  if (text.trimStart().startsWith('<')) return [{ line: 1, text: "a web page, not a team's file" }];
  const lines = (text.match(/\n|\r/g)?.length ?? 0) + 1;
  return lines > mostLines ? [{ line: mostLines, text: `more than ${mostLines} lines` }] : [];
}

function foreignLine(content: Buffer): number {
  const lines = content.toString('latin1').split(/\r\n|\n|\r/);
  return lines.findIndex((line) => !isUtf8(Buffer.from(line, 'latin1'))) + 1 || 1;
}

/** AWS clients and people tell names apart by their case, or not. */
function nameFaults(profiles: readonly DraftProfile[]): Fault[] {
  const names = new Map<string, number>();
  return profiles.flatMap(({ name, line }) => {
    const plain = name.toLowerCase();
    const before = names.get(plain);
    names.set(plain, before ?? line);
    if (!isProfileName(name))
      return [{ line, text: `the profile name ${profileNameRule}, not "${printable(name, 100)}"` }];
    if (plain === 'default')
      return [
        { line, text: "a team's file must not set [default], which is the person's own: give it a name" },
      ];
    if (before === undefined) return [];
    return [{ line, text: `a second profile ${name} (the first is in line ${before}; case does not count)` }];
  });
}

function foreignKeys({ entries }: DraftProfile): Fault[] {
  const foreign = entries.filter(({ key }) => !teamKeys.includes(key));
  return foreign.map(({ key, line }) => ({ line, text: () => foreignKeyFault(key) }));
}

function valueFaults({ entries }: DraftProfile): Fault[] {
  return entries.flatMap(({ key, value, line }) => {
    const fault = teamKeys.includes(key) && key !== sourceKey ? teamValueFault(key, value) : undefined;
    return fault ? [{ line, text: `${key} ${fault}` }] : [];
  });
}

/** Returns the faults of source profiles: not in the file, or a chain that leads back to itself. */
function sourceFaults(profiles: readonly DraftProfile[]): Fault[] {
  const sources = new Map(
    profiles.map(({ name, entries }) => [name, entries.find(({ key }) => key === sourceKey)]),
  );
  const circular = inCircles(new Map([...sources].map(([name, entry]) => [name, entry?.value])));
  return [...sources].flatMap(([name, entry]) => {
    if (!entry) return [];
    const { value, line } = entry;
    if (circular.has(name)) return [{ line, text: `${sourceKey} leads back to itself: ${value}` }];
    if (sources.has(value)) return [];
    return [{ line, text: `${sourceKey} must name a profile of this file, not "${printable(value, 100)}"` }];
  });
}

/** Returns the names that lead back to themselves. Follows each name once, so that it takes linear time. */
function inCircles(next: ReadonlyMap<string, string | undefined>): Set<string> {
  const circular = new Set<string>();
  const done = new Set<string>();
  for (const start of next.keys()) {
    const path = new Set<string>();
    let name: string | undefined = start;
    for (; name !== undefined && !done.has(name) && !path.has(name); name = next.get(name)) path.add(name);
    const closing = name !== undefined && path.has(name) ? [...path].indexOf(name) : path.size;
    for (const each of [...path].slice(closing)) circular.add(each);
    for (const each of path) done.add(each);
  }
  return circular;
}

/** Returns what a terminal shows of the comment. */
function shownComment({ comment }: Draft): string | undefined {
  const lines = comment.map((line) => printable(line.trim(), 199)).filter(Boolean);
  return lines.slice(0, 5).join('\n') || undefined;
}

/** Throws `bad-configuration` if there are faults. */
function refuse(faults: readonly Fault[], shown: string): void {
  if (faults.length === 0) return;
  const inOrder = faults.toSorted((a, b) => a.line - b.line);
  // An error shows three, and counts the others.
  const lines = inOrder.map(({ line, text }, index) => {
    const told = typeof text === 'string' ? text : index < 20 ? text() : 'a key that is not allowed';
    return `${shown}:${line}: ${told}`;
  });
  const hint = 'nothing was written: send this to the person who maintains the file';
  throw new DaypassError('bad-configuration', lines, { hint });
}
