import { nearest } from '../terminal/nearest.ts';
import type { ConsoleSite } from './console.ts';

/** The page to open, or why a destination is none and the names that may be meant. */
export type ConsolePage = { page: string } | { fault: string; near: readonly string[] };

/** Common services whose path in the console is their name. AWS publishes no list. */
const plain = [
  ...['acm', 'apigateway', 'appsync', 'athena', 'backup', 'batch', 'bedrock', 'billing', 'cloudformation'],
  ...['cloudfront', 'cloudtrail', 'cloudwatch', 'config', 'ec2', 'ecr', 'efs', 'eks', 'elasticache'],
  ...[
    'elasticbeanstalk',
    'emr',
    'events',
    'glue',
    'guardduty',
    'iam',
    'kinesis',
    'kms',
    'lambda',
    'msk',
    'ram',
  ],
  ...['rds', 's3', 'sagemaker', 'secretsmanager', 'securityhub', 'servicecatalog', 'ses', 'states', 'vpc'],
];

/** Those with another path. */
const paths: Readonly<Record<string, string>> = {
  'cost-explorer': 'cost-management',
  dms: 'dms/v2',
  dynamodb: 'dynamodbv2',
  ecs: 'ecs/v2',
  eventbridge: 'events',
  opensearch: 'aos',
  redshift: 'redshiftv2',
  route53: 'route53/v2',
  sns: 'sns/v3',
  sqs: 'sqs/v3',
  ssm: 'systems-manager',
  sso: 'singlesignon',
  stepfunctions: 'states',
};

const known: ReadonlyMap<string, string> = new Map([
  ...plain.map((name) => [name, name] as const),
  ...Object.values(paths).map((path) => [path, path] as const),
  ...Object.entries(paths),
]);

/** A shorter name is too near to others to be a misspelling of one. */
const shortestMisspelling = 5;

/**
 * Returns the page of a service (`s3`), a path (`ec2/v2`) or an address of this console, or the start page. Only an
 * address can lead elsewhere, so its host is compared.
 */
export function consolePage(site: ConsoleSite, region: string, destination?: string): ConsolePage {
  const pageAt = (path: string) => ({ page: `https://${region}.${site.console}/${path}?region=${region}` });
  if (destination === undefined) return pageAt('console/home');
  if (/[:\\]|\/\//.test(destination)) return addressPage(site, destination);
  if (!/^[a-z0-9][a-z0-9-]{0,39}(\/[a-z0-9][a-z0-9-]{0,39}){0,5}$/.test(destination)) {
    const lower = destination.toLowerCase();
    return {
      fault: `must be a service such as s3, or an address of ${site.console}`,
      near: nearNames(lower),
    };
  }
  const path = known.get(destination);
  // A person who writes a path knows the console.
  const near = path === undefined && !destination.includes('/') ? nearNames(destination) : [];
  if (near.length > 0) return { fault: 'must be a service', near };
  const whole = path ?? destination;
  return pageAt(/(^|\/)home$/.test(whole) ? whole : `${whole}/home`);
}

function nearNames(name: string): string[] {
  if (known.has(name)) return [name];
  return name.length < shortestMisspelling ? [] : nearest(name, known.keys());
}

/** Accepts text that every browser reads as this address: no blanks, no backslashes, no letters beyond ASCII. */
function addressPage(site: ConsoleSite, text: string): ConsolePage {
  const refused = { fault: `must be an https address of ${site.console}`, near: [] };
  if (!/^https:\/\/[a-z0-9.-]+(?=[/?#]|$)[!#-;=?-[\]-~]*$/i.test(text) || !URL.canParse(text)) return refused;
  const { hostname, href } = new URL(text);
  const isWithin = hostname === site.console || hostname.endsWith(`.${site.console}`);
  return isWithin ? { page: href } : refused;
}
