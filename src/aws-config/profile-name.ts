export const profileNameRule = 'must be 1 to 128 of A-Z a-z 0-9 _ . @ : / + -';

/** Returns whether every AWS client reads this profile name as it is written. */
export function isProfileName(name: string): boolean {
  return /^[A-Za-z0-9_.@:/+-]{1,128}$/.test(name);
}

/** Returns the section header of a profile in the AWS config file, as every AWS client reads it. */
export function profileHeader(profile: string): string {
  return profile === 'default' ? '[default]' : `[profile ${profile}]`;
}

/** Returns the profile that a section of the AWS config file describes; undefined for other sections. */
export function profileOfSection(section: string): string | undefined {
  if (section === 'default') return 'default';
  if (!/^profile\s/.test(section)) return undefined;
  const name = section.slice('profile'.length).trim();
  return /^(?:"([^"]+)"|'([^']+)')$/.exec(name)?.slice(1).find(Boolean) ?? name;
}
