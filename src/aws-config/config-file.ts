/** One `key = value` of a profile and the line it stands on, counted from 1. */
export interface ConfigEntry {
  value: string;
  line: number;
}

/** Something that other AWS clients trip over as well; without a profile it spoils the whole file. */
export interface ConfigFault {
  profile?: string;
  /** Counted from 1. */
  line: number;
  text: string;
}

export interface AwsConfigFile {
  profiles: Map<string, Map<string, ConfigEntry>>;
  faults: ConfigFault[];
}

/**
 * Reads the profiles of an AWS config file as botocore does: comments only on lines of their own, a value runs to the
 * end of its line, the first key of a section sets its
 * indentation, and lines indented further belong to the key above, which can be none of ours. `nameOf` gives the profile of a section.
 * https://docs.aws.amazon.com/sdkref/latest/guide/file-format.html
 */
export function parseAwsConfigFile(text: string, nameOf = profileName): AwsConfigFile {
  const profiles: AwsConfigFile['profiles'] = new Map();
  const faults: AwsConfigFile['faults'] = [];
  const marked = text.startsWith('\uFEFF');
  if (marked) faults.push({ line: 1, text: 'a byte order mark, which AWS clients refuse' });

  let name: string | undefined;
  let profile: Map<string, ConfigEntry> | undefined;
  let above: { key: string; indent: number } | undefined;
  // A bare CR ends a line for botocore, so it must for us: a value cannot smuggle a second key past one of the two.
  let line = 0;
  for (const raw of text.slice(marked ? 1 : 0).split(/\r\n|\n|\r/)) {
    line++;
    const content = raw.trimStart();
    if (content === '' || content.startsWith('#') || content.startsWith(';')) continue;

    const header = /^\[\s*([^\]]*?)\s*\]/.exec(raw);
    if (header) {
      name = nameOf(header[1] ?? '');
      above = undefined;
      profile = name === undefined ? undefined : (profiles.get(name) ?? new Map());
      if (name === undefined || !profile) continue;
      if (profiles.has(name)) faults.push({ profile: name, line, text: `a second [${header[1]}]` });
      profiles.set(name, profile);
      continue;
    }

    if (name === undefined) continue;
    const indent = raw.length - content.length;
    if (above && indent > above.indent) {
      // It would be a part of the value for other clients: half a setting must not pass for the whole.
      if (/^(daypass_|region$)/.test(above.key))
        faults.push({
          profile: name,
          line,
          text: `belongs to ${above.key} above, whose value must be on one line`,
        });
      continue;
    }
    const equals = raw.indexOf('=');
    if (equals < 1) {
      faults.push({ profile: name, line, text: 'not a "key = value"' });
      continue;
    }
    const key = raw.slice(0, equals).trim().toLowerCase();
    above = { key, indent };
    if (profile?.has(key)) faults.push({ profile: name, line, text: `a second ${key}` });
    profile?.set(key, { value: raw.slice(equals + 1).trim(), line });
  }
  return { profiles, faults };
}

/** Of `profile NAME`, or `default`; other sections are no profiles. */
export function profileName(section: string): string | undefined {
  if (section === 'default') return 'default';
  const match = /^profile\s+(?:"([^"]+)"|'([^']+)'|(.+))$/.exec(section);
  return match?.[1] ?? match?.[2] ?? match?.[3];
}

/** Reads the AWS credentials file, in which every section is a profile of that very name. */
export function parseAwsCredentialsFile(text: string): AwsConfigFile {
  return parseAwsConfigFile(text, (section) => section);
}
