import { printable } from '../terminal/printable.ts';
import type { Draft, DraftEntry, Fault } from './draft.ts';
import { type JsonMember, type JsonPart, NotJson, readJsonText } from './json-text.ts';

const form = '{"comment": "…", "profiles": {"NAME": {"daypass_issuer": "…"}}}';

/** Reads a team's file in JSON: `{"comment": "…", "profiles": {"NAME": {"KEY": "VALUE"}}}`. */
export function readJson(text: string): Draft {
  const draft: Draft = { comment: [], profiles: [], faults: [] };
  const { faults } = draft;
  try {
    for (const { name, line, part } of membersOf(readJsonText(text), 'the file', faults)) {
      if (name === 'comment' && part.kind === 'text') draft.comment = part.value.split(/\r\n|\n|\r/);
      else if (name === 'comment') faults.push({ line, text: 'comment must be a text' });
      else if (name === 'profiles') draft.profiles = profilesIn(part, faults);
      else faults.push({ line, text: `${printable(name, 60)} is not known here: the form is ${form}` });
    }
  } catch (error) {
    if (!(error instanceof NotJson)) throw error;
    faults.push({ line: error.line, text: error.message });
  }
  return draft;
}

function profilesIn(part: JsonPart, faults: Fault[]): Draft['profiles'] {
  return membersOf(part, 'profiles', faults).map(({ name, line, part }) => ({
    name,
    line,
    entries: membersOf(part, printable(name, 128), faults).flatMap((member) => entryOf(member, faults)),
  }));
}

function entryOf({ name: key, line, part }: JsonMember, faults: Fault[]): DraftEntry[] {
  const isWord = part.kind === 'text' || (part.kind === 'other' && /^\d+$/.test(part.value));
  if (isWord) return [{ key, value: part.value, line }];
  faults.push({ line, text: `${printable(key, 60)} must be a text or a whole number` });
  return [];
}

/** Returns the members of an object. JSON.parse() would use the last of two with one name. */
function membersOf(part: JsonPart, what: string, faults: Fault[]): JsonMember[] {
  if (part.kind !== 'object') {
    faults.push({ line: part.line, text: `${what} must be an object: the form is ${form}` });
    return [];
  }
  const names = new Set<string>();
  return part.members.filter(({ name, line }) => {
    const isSecond = names.has(name);
    names.add(name);
    if (isSecond) faults.push({ line, text: `a second ${printable(name, 128)} in ${what}` });
    return !isSecond;
  });
}
