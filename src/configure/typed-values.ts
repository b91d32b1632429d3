import { parseRoleArn } from '../settings/aws-partition.ts';

/**
 * Returns the issuer in what a person typed or pasted: without blanks and without the address of its metadata, with
 * `https://`. Everything else stays byte for byte, since IAM compares it.
 */
export function typedIssuer(text: string): string {
  const compact = text.replace(/\s/g, '');
  const metadata = compact.indexOf('/.well-known/');
  const issuer = metadata < 0 ? compact : compact.slice(0, metadata);
  const scheme = /^https?:\/\//i.exec(issuer)?.[0];
  if (scheme !== undefined) return scheme.toLowerCase() + issuer.slice(scheme.length);
  return /^[\w[]/.test(issuer) ? `https://${issuer}` : issuer;
}

/**
 * Returns the ARN of the role in what a person pasted: a line of a config file, JSON, an `assumed-role` ARN of
 * `aws sts get-caller-identity`, or a link of the console to switch roles. Any other text stays as it is.
 */
export function typedRole(text: string): string {
  const pasted = text.trim();
  const [arn] = /arn:aws[a-z-]{0,20}:iam::\d{12}:role\/[\w+=,.@/-]{1,600}/.exec(pasted) ?? [];
  // The comma that ends a value of JSON is no part of the name, although IAM allows one.
  const role = arn?.replace(/,$/, '');
  if (role && parseRoleArn(role) && role !== pasted) return role;
  const assumed = /arn:(aws[a-z-]{0,20}):sts::(\d{12}):assumed-role\/([\w+=,.@-]{1,64})/.exec(pasted);
  if (assumed) return `arn:${assumed[1]}:iam::${assumed[2]}:role/${assumed[3]}`;
  return roleOfLink(pasted) ?? pasted;
}

/** https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_use_switch-role-console.html */
function roleOfLink(text: string): string | undefined {
  if (!text.startsWith('https://') || !URL.canParse(text)) return undefined;
  const { hostname, pathname, searchParams } = new URL(text);
  const partitions = {
    'aws.amazon.com': 'aws',
    'amazonaws-us-gov.com': 'aws-us-gov',
    'amazonaws.cn': 'aws-cn',
  };
  const found = Object.entries(partitions).find(([site]) => hostname.endsWith(`.${site}`));
  const [account, name] = [searchParams.get('account'), searchParams.get('roleName')];
  if (!found || !pathname.endsWith('/switchrole') || !account || !name) return undefined;
  const arn = `arn:${found[1]}:iam::${account}:role/${name}`;
  return parseRoleArn(arn) ? arn : undefined;
}
