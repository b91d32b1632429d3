import { profileHeader, profileOfSection, type SectionLine } from '../aws-config/lines.ts';
import { type AwsConfigFile, decodeAwsConfigFile } from '../aws-config/parse.ts';
import { fileSpelling, profileSpelling } from '../aws-config/spelling.ts';
import { printable } from '../terminal/printable.ts';
import type { Draft, Fault } from './draft.ts';

/** Reads a team's file in the syntax of the AWS config file. Remarks about a person's own file are faults here. */
export function readIni(bytes: Buffer): Draft {
  const file = decodeAwsConfigFile(bytes);
  const profiles = [...file.sections].flatMap(([name, [section]]) => {
    const entries = [...(file.profiles.get(name) ?? [])];
    const line = section?.number ?? 1;
    return [{ name, line, entries: entries.map(([key, { value, line }]) => ({ key, value, line })) }];
  });
  return { comment: topComment(file), profiles, faults: faultsOf(file) };
}

function faultsOf(file: AwsConfigFile): Fault[] {
  const sections = file.lines.filter((line) => line.kind === 'section');
  const all: Fault[] = [
    ...sections.flatMap(sectionFault),
    ...file.faults,
    ...file.refusals,
    ...fileSpelling(file),
    ...[...file.sections.keys()].flatMap((name) => profileSpelling(name, profileHeader(name), file)),
  ];
  // One for each line: several of these checks find the same fault.
  const first = new Map<number, Fault>();
  for (const { line, text } of all) if (!first.has(line)) first.set(line, { line, text });
  return [...first.values()];
}

function sectionFault({ number, name }: SectionLine): Fault[] {
  if (profileOfSection(name) !== undefined) return [];
  return [
    { line: number, text: `[${printable(name, 100)}] is not a section of a profile: write [profile NAME]` },
  ];
}

/** Returns the lines of the comment above everything else. */
function topComment({ lines }: AwsConfigFile): string[] {
  const begin = lines.findIndex(({ kind }) => kind !== 'blank');
  const rest = lines.slice(Math.max(0, begin));
  const end = rest.findIndex(({ kind }) => kind !== 'comment');
  return rest.slice(0, end < 0 ? undefined : end).map(({ text }) => text.trim().replace(/^[#;]+/, ''));
}
