import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

type Fields = Record<string, unknown>;
interface Answer {
  status: number;
  body?: Fields;
}

/**
 * How a provider answers, from its own documentation. `{name}` stands for a value of the variant, or for one of
 * the request.
 */
export interface ProviderData {
  /** As `configure` names it. */
  name: string;
  sources: string[];
  /** The values of each way in which the provider is addressed. */
  variants: Record<string, Record<string, string> & { issuer: string }>;
  /** The keys that `configure` writes beside issuer, client and role. */
  profile: Record<string, string>;
  discovery: Fields;
  /** Seconds for which a cache has kept the metadata. */
  discoveryAge?: number;
  client: {
    secret?: string;
    /** The hosts that an http redirect address may have. Without any, none is registered and all may be used. */
    loopbackHosts: string[];
    /** The hosts whose port is not compared. */
    anyPortOf: string[];
    scopes: string[];
    unknownScope: 'refused' | 'ignored';
    refreshTokenFor: 'everyone' | 'offline_access' | 'access_type=offline';
  };
  /** Further parameters of the callback. */
  callback: Record<string, string>;
  rotation: 'each' | 'new beside old' | 'none';
  answers: { code: Fields; refresh: Fields };
  idToken: {
    claims: Fields;
    omits?: string[];
    /** What a refresh changes. */
    refreshed: Fields;
    refreshedOmits: string[];
  };
  /** Seconds (3600). */
  idTokenLifetime?: number;
  /** Absent without a revocation endpoint. */
  revocation?: { alive: Answer; dead: Answer };
  deadRefreshToken: Answer;
}

const folder = join(import.meta.dirname, 'providers');

/** Returns the data of every provider by the name of its file. */
export function providerData(): Map<string, ProviderData> {
  const names = readdirSync(folder).map((file) => file.replace(/\.json$/, ''));
  return new Map(names.map((name) => [name, JSON.parse(readFileSync(join(folder, `${name}.json`), 'utf8'))]));
}

/** Replaces each `{name}`. One that stands alone keeps the type of its value; without a value the field goes. */
export function filled<Data>(data: Data, values: Fields): Data {
  if (typeof data === 'string') {
    const [, alone] = /^\{(\w+)\}$/.exec(data) ?? [];
    if (alone) return values[alone] as Data;
    return data.replace(/\{(\w+)\}/g, (_all, name) => String(values[name])) as Data;
  }
  if (Array.isArray(data)) return data.map((item) => filled(item, values)) as Data;
  if (typeof data !== 'object' || data === null) return data;
  const fields = Object.entries(data).map(([name, value]) => [name, filled(value, values)] as const);
  return Object.fromEntries(fields.filter(([, value]) => value !== undefined)) as Data;
}
