import type { AwsPartition } from './aws-partition.ts';
import { isRegion } from './parse-values.ts';
import { spellings } from './setting-table.ts';

// A shell keeps AWS_REGION and AWS_DEFAULT_REGION for all programs: they may belong to another profile, or to
// a service that only resembles AWS (`auto`, `nyc3`). A flag and a key are for daypass, and stay strict.

/** What the region of a variable must fit. */
export interface RegionUse {
  env: NodeJS.ProcessEnv;
  profile: string;
  /** The role's partition, if it is known. */
  partition: AwsPartition | undefined;
}

/** The variable with which `env` and `exec` say which region they set for which profile: `eu-west-1,dev`. */
export const regionMark = 'DAYPASS_SET_REGION';

/** Returns the value of `regionMark` for a region; undefined if the region is the person's own. */
export function markOf(region: string, { env, profile }: Omit<RegionUse, 'partition'>): string | undefined {
  const isOwn = variables().some((name) => env[name] === region) && markedIn(env)?.region !== region;
  return isOwn ? undefined : `${region},${profile}`;
}

/** Returns why daypass ignores the region of a variable; undefined if it does not. */
export function whyIgnored(region: string, { env, profile, partition }: RegionUse): string | undefined {
  if (!isRegion(region)) return 'is not a region of AWS';
  if (partition && !partition.regions.test(region)) return `is not a region of ${partition.id}`;
  const mark = markedIn(env);
  return mark?.region === region && mark.profile !== profile
    ? `was set by daypass for profile ${mark.profile}`
    : undefined;
}

/** Returns the region of the environment, unless daypass ignores it. */
export function regionIn(use: RegionUse): string | undefined {
  return variables()
    .map((name) => use.env[name])
    .find((region) => region && !whyIgnored(region, use));
}

/** Returns the variables whose region daypass ignores, with the reasons. */
export function ignoredRegions(use: RegionUse): { name: string; region: string; why: string }[] {
  return variables().flatMap((name) => {
    const region = use.env[name];
    const why = region && whyIgnored(region, use);
    return why ? [{ name, region, why }] : [];
  });
}

function variables(): readonly string[] {
  return spellings('region').env;
}

function markedIn(env: NodeJS.ProcessEnv): { region: string; profile: string } | undefined {
  const [, region, profile] = /^([^,]*),(.*)$/s.exec(env[regionMark] ?? '') ?? [];
  return region && profile ? { region, profile } : undefined;
}
