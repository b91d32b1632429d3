import { execFileSync } from 'node:child_process';
import { createPrivateKey, X509Certificate } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { JWK } from 'jose';
import { later } from './other-clock.ts';

export interface Certificate {
  key: string;
  cert: string;
}

/** A company's certificate authority. */
export interface Authority {
  /** The file of its certificate, for NODE_EXTRA_CA_CERTS. */
  file: string;
  /**
   * Issues a certificate for these names that is valid for a day from now plus `offset` (in libfaketime's
   * form).
   */
  issue(names: string, offset?: string): Certificate;
  remove(): void;
}

/** Creates an authority with openssl, because Node cannot issue certificates. */
export function createAuthority(): Authority {
  const folder = mkdtempSync(join(tmpdir(), 'daypass-ca-'));
  const openssl = (args: string[], offset = '+0') =>
    execFileSync('openssl', args, {
      cwd: folder,
      stdio: 'ignore',
      env: { PATH: process.env.PATH, ...later(offset) },
    });
  const newKey = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes'];
  // The authority must be older than every certificate that it issues.
  openssl(
    [
      'req',
      '-x509',
      ...newKey,
      '-keyout',
      'ca.key',
      '-out',
      'ca.pem',
      '-subj',
      '/CN=A Company',
      '-days',
      '30',
    ],
    '-10d',
  );
  let count = 0;
  return {
    file: join(folder, 'ca.pem'),
    issue(names, offset = '-1h') {
      const name = `server-${++count}`;
      writeFileSync(join(folder, `${name}.ext`), `subjectAltName=${names}\n`);
      openssl(['req', ...newKey, '-keyout', `${name}.key`, '-out', `${name}.csr`, '-subj', '/CN=A Server']);
      const signed = [
        '-CA',
        'ca.pem',
        '-CAkey',
        'ca.key',
        '-CAcreateserial',
        '-extfile',
        `${name}.ext`,
        '-days',
        '1',
      ];
      openssl(['x509', '-req', '-in', `${name}.csr`, '-out', `${name}.pem`, ...signed], offset);
      const text = (suffix: string) => readFileSync(join(folder, name + suffix), 'utf8');
      return { key: text('.key'), cert: text('.pem') };
    },
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}

/**
 * Returns a private RS256 key with a certificate of its own in `x5c`: some servers verify tokens by that
 * alone.
 */
export function certifiedSigningKey(): JWK {
  const folder = mkdtempSync(join(tmpdir(), 'daypass-key-'));
  try {
    const files = ['-keyout', 'key.pem', '-out', 'cert.pem'];
    const what = ['-newkey', 'rsa:2048', '-nodes', '-subj', '/CN=An identity provider', '-days', '2'];
    execFileSync('openssl', ['req', '-x509', ...what, ...files], { cwd: folder, stdio: 'ignore' });
    const key = createPrivateKey(readFileSync(join(folder, 'key.pem')));
    const { raw } = new X509Certificate(readFileSync(join(folder, 'cert.pem')));
    const jwk = key.export({ format: 'jwk' }) as JWK;
    return { ...jwk, kid: 'certified', alg: 'RS256', use: 'sig', x5c: [raw.toString('base64')] };
  } finally {
    rmSync(folder, { recursive: true });
  }
}
