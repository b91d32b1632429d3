import type { Profiles } from '../aws-config/config-file.ts';
import { parseRoleArn } from '../settings/aws-partition.ts';
import { spellings } from '../settings/setting-table.ts';

/** A value and the first profile that has it. */
export interface Offer {
  value: string;
  profile: string;
}

/** Returns the roles of all profiles, with or without daypass, in the order of the file. */
export function rolesOf(profiles: Profiles): Offer[] {
  return offers(profiles, [spellings('roleArn').key, 'role_arn'], (arn) => parseRoleArn(arn) !== undefined);
}

/** Returns the regions of all profiles for which `isUsable` returns true. */
export function regionsOf(profiles: Profiles, isUsable: (region: string) => boolean): Offer[] {
  return offers(profiles, ['region'], isUsable);
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

function offers(profiles: Profiles, keys: string[], isUsable: (value: string) => boolean): Offer[] {
  const found = new Map<string, Offer>();
  for (const [profile, entries] of profiles) {
    for (const key of keys) {
      const value = entries.get(key)?.value;
      if (value && !found.has(value) && isUsable(value)) found.set(value, { value, profile });
    }
  }
  return [...found.values()];
}
