import { X509Certificate } from 'node:crypto';
import tls from 'node:tls';
import { DaypassError, systemCode } from '../errors.ts';
import { expandPath } from '../process/expand-path.ts';
import { homeDirectory } from '../process/home-directory.ts';
import { isNotAFile, readFile } from '../process/read-file.ts';
import { printable } from '../terminal/printable.ts';

/** A PEM file of further authorities, and the setting that names it, as messages show it. */
export interface CaBundle {
  path: string;
  origin: string;
}

/** Returns the bundle of a profile's settings, or that of the environment where no profile is read. */
export function bundleInUse(ofSettings: CaBundle | undefined, env: NodeJS.ProcessEnv): CaBundle | undefined {
  const { AWS_CA_BUNDLE: bundle } = env;
  if (ofSettings || !bundle) return ofSettings;
  const place = {
    env,
    // Lazily: the account of a service may have none.
    get home() {
      return homeDirectory(env);
    },
  };
  return { path: expandPath(bundle, place), origin: 'AWS_CA_BUNDLE' };
}

/** Returns the certificates of Node, NODE_EXTRA_CA_CERTS and the bundle. Throws `bad-configuration`. */
export function trustedAuthorities(
  { path, origin }: CaBundle,
  { NODE_EXTRA_CA_CERTS: extra }: NodeJS.ProcessEnv,
): string[] {
  const extras = extra ? readPemIfAny(extra) : [];
  return [...tls.rootCertificates, ...extras, ...readPem(origin, path)];
}

function readPem(name: string, path: string): string[] {
  let text: string;
  try {
    text = readFile(path).toString();
  } catch (error) {
    if (isNotAFile(error)) throw unusable(name, path, `it ${error.message}`, error);
    throw unusable(name, path, systemCode(error) ?? 'it cannot be read', error);
  }
  const certificates =
    text.match(/-----BEGIN (TRUSTED )?CERTIFICATE-----[^-]+-----END \1?CERTIFICATE-----/g) ?? [];
  if (certificates.length === 0) throw unusable(name, path, 'it has no certificates');
  try {
    for (const certificate of certificates) new X509Certificate(certificate);
  } catch (error) {
    throw unusable(name, path, 'a certificate in it is damaged', error);
  }
  return certificates;
}

/** Returns no certificates if the file is unusable: Node has warned of it already, and continues. */
function readPemIfAny(path: string): string[] {
  try {
    return readPem('NODE_EXTRA_CA_CERTS', path);
  } catch {
    return [];
  }
}

function unusable(name: string, path: string, reason: string, cause?: unknown): DaypassError {
  return new DaypassError('bad-configuration', `${name} ${printable(path)}: ${reason}`, {
    hint: `set ${name} to a PEM file of your company's certificates, or remove it`,
    cause,
  });
}
