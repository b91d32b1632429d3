import type { Profiles } from '../aws-config/parse.ts';
import { spellings } from '../settings/setting-table.ts';

/** Returns the usable values of these keys, in file order, each with the first profile that has it. */
export function offers(
  profiles: Profiles,
  keys: readonly string[],
  isUsable: (value: string) => boolean,
): { value: string; profile: string }[] {
  const found = new Map<string, string>();
  for (const [profile, entries] of profiles) {
    for (const key of keys) {
      const value = entries.get(key)?.value;
      if (value && !found.has(value) && isUsable(value)) found.set(value, profile);
    }
  }
  return [...found].map(([value, profile]) => ({ value, profile }));
}

/** Returns one profile for each sign-in that is configured in full: others can use it as their source. */
export function signInsOf(profiles: Profiles): { profile: string; issuer: string; clientId: string }[] {
  const found = [...profiles].flatMap(([profile, entries]) => {
    const issuer = entries.get(spellings('issuer').key)?.value;
    const clientId = entries.get(spellings('clientId').key)?.value;
    return issuer && clientId ? [{ profile, issuer, clientId }] : [];
  });
  return found.filter(
    ({ issuer, clientId }, index) =>
      found.findIndex((other) => other.issuer === issuer && other.clientId === clientId) === index,
  );
}
