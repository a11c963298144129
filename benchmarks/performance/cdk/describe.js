// Prints, as JSON, what a CDK program writes to make each resource of a CloudFormation template: module, class and
// properties, in the library's own names. The library translates them itself, with the code that it keeps for CfnInclude.
// Arguments: the folder with node_modules, the template (JSON). A function of CloudFormation becomes {$: kind, of: it},
// where kind is what stands in its place: 'string', 'number', 'list' or 'any'; a JSON document that is wanted as text
// becomes {$: 'json', of: it}.
const { createRequire } = require('node:module');
const fs = require('node:fs');
const path = require('node:path');

const load = createRequire(path.join(path.resolve(process.argv[2]), 'package.json'));
const cdk = load('aws-cdk-lib');
const helpers = load('aws-cdk-lib/core/lib/helpers-internal');

class Call {
  constructor(of) {
    this.of = of;
    this.creationStack = [];
  }
  resolve() {
    return this.of;
  }
  toString() {
    return cdk.Token.asString(this);
  }
}

class Text {
  constructor(of) {
    this.of = of;
  }
}

const isCall = (value) => {
  const keys = Object.keys(value);
  return keys.length === 1 && (keys[0] === 'Ref' || keys[0].startsWith('Fn::'));
};

const marked = (value) => {
  if (Array.isArray(value)) return value.map(marked);
  if (value === null || typeof value !== 'object') return value;
  if (isCall(value)) return new Call(value);
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, marked(item)]));
};

const described = (value) => {
  if (value instanceof Text) return { $: 'json', of: described(value.of) };
  if (value instanceof Call) return { $: 'any', of: value.of };
  if (typeof value === 'string' && cdk.Token.isUnresolved(value)) {
    return { $: 'string', of: cdk.Tokenization.reverseString(value).firstToken.of };
  }
  if (typeof value === 'number' && cdk.Token.isUnresolved(value)) {
    return { $: 'number', of: cdk.Tokenization.reverseNumber(value).of };
  }
  if (Array.isArray(value)) {
    if (cdk.Token.isUnresolved(value)) return { $: 'list', of: cdk.Tokenization.reverseList(value).of };
    return value.map(described);
  }
  if (value === null || typeof value !== 'object') return value;
  const items = Object.entries(value).filter(([, item]) => item !== undefined);
  return Object.fromEntries(items.map(([key, item]) => [key, described(item)]));
};

// The outermost properties are finished last.
let finished;
const prototype = helpers.FromCloudFormationPropertyObject.prototype;
const finish = prototype.addUnrecognizedPropertiesAsExtra;
prototype.addUnrecognizedPropertiesAsExtra = function (properties) {
  finish.call(this, properties);
  finished = this;
};

const { getString } = helpers.FromCloudFormation;
helpers.FromCloudFormation.getString = (value) => {
  const document = value !== null && typeof value === 'object' && !(value instanceof Call);
  return document ? new helpers.FromCloudFormationResult(new Text(value)) : getString(value);
};

const parser = { parseValue: (value) => value, handleAttributes: () => {} };
const stack = new cdk.Stack(new cdk.App({ analyticsReporting: false }), 'Described');
const template = JSON.parse(fs.readFileSync(process.argv[3], 'utf8'));
const resources = [];
for (const [id, resource] of Object.entries(template.Resources)) {
  const [vendor, service, name] = resource.Type.split('::');
  const properties = marked(resource.Properties ?? {});
  if (vendor !== 'AWS') {
    resources.push({ id, module: '', class: 'CfnResource', type: resource.Type, properties: described(properties) });
    continue;
  }
  const module = `aws_${service.toLowerCase()}`;
  const construct = cdk[module]?.[`Cfn${name}`];
  if (construct?.CFN_RESOURCE_TYPE_NAME !== resource.Type) throw new Error(`no class for ${resource.Type}`);
  construct._fromCloudFormation(stack, id, { Properties: properties }, { parser });
  const extra = Object.keys(finished.extraProperties);
  resources.push({ id, module, class: `Cfn${name}`, properties: described(finished.value), extra });
}
console.log(JSON.stringify(resources));
