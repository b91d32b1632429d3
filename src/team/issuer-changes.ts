import type { Keys } from '../aws-config/edit.ts';
import type { AwsConfigFile } from '../aws-config/parse.ts';
import { issuerKey, sourceKey } from './team-keys.ts';

/** Present profiles whose people would sign in somewhere else. */
export interface IssuerChange {
  /** Undefined if the profile has no issuer now. */
  from: string | undefined;
  to: string | undefined;
  /** Also those that only take the issuer from another profile, and profiles of the person that do. */
  profiles: string[];
}

type Lookup = (profile: string, key: string) => string | undefined;

/** Returns the changes of issuers, each with all its profiles. */
export function issuerChanges(
  planned: readonly { name: string; keys: Keys }[],
  { profiles }: AwsConfigFile,
): IssuerChange[] {
  const keys = new Map(planned.map((profile) => [profile.name, profile.keys]));
  const before: Lookup = (name, key) => profiles.get(name)?.get(key)?.value;
  const after: Lookup = (name, key) => {
    const own = keys.get(name);
    return own ? own[key] : before(name, key);
  };
  const found = new Map<string, IssuerChange>();
  for (const profile of profiles.keys()) {
    const [from, to] = [issuerOf(profile, before), issuerOf(profile, after)];
    if (from === to) continue;
    const change = found.get(`${from} ${to}`) ?? { from, to, profiles: [] };
    change.profiles.push(profile);
    found.set(`${from} ${to}`, change);
  }
  return [...found.values()];
}

/** Returns the issuer of a profile, or of the profiles that lend it settings. */
export function issuerOf(profile: string, find: Lookup): string | undefined {
  const seen = new Set<string>();
  for (let next: string | undefined = profile; next && !seen.has(next); next = find(next, sourceKey)) {
    const issuer = find(next, issuerKey);
    if (issuer) return issuer;
    seen.add(next);
  }
  return undefined;
}
