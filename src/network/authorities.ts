import { X509Certificate } from 'node:crypto';
import tls from 'node:tls';
import { DaypassError, systemCode } from '../errors.ts';
import { expandPath } from '../process/expand-path.ts';
import { homeDirectory } from '../process/home-directory.ts';
import { isNotAFile, readFile } from '../process/read-file.ts';
import { printable } from '../terminal/printable.ts';

/**
 * Returns the certificates of Node, NODE_EXTRA_CA_CERTS and AWS_CA_BUNDLE, or undefined if AWS_CA_BUNDLE is
 * not set. Throws `bad-configuration`.
 */
export function trustedAuthorities(env: NodeJS.ProcessEnv): string[] | undefined {
  const { AWS_CA_BUNDLE: bundle, NODE_EXTRA_CA_CERTS: extra } = env;
  if (!bundle) return undefined;
  const place = {
    env,
    // Lazily: the account of a service may have none.
    get home() {
      return homeDirectory(env);
    },
  };
  const extras = extra ? readPemIfAny(extra) : [];
  return [...tls.rootCertificates, ...extras, ...readPem('AWS_CA_BUNDLE', expandPath(bundle, place))];
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
    hint: `set ${name} to a PEM file of your company's certificates, or unset it`,
    cause,
  });
}
