// Prints what cdk-nag's rule packs find in a CloudFormation template, as JSON: [[rule, logical id], ...].
// Arguments: the folder with node_modules, the template (JSON).
const { createRequire } = require('node:module');
const path = require('node:path');

const load = createRequire(path.join(path.resolve(process.argv[2]), 'package.json'));
const { App, Stack } = load('aws-cdk-lib');
const { CfnInclude } = load('aws-cdk-lib/cloudformation-include');
const nag = load('cdk-nag');

const PACKS = ['AwsSolutionsChecks', 'PCIDSS321Checks', 'NIST80053R5Checks', 'HIPAASecurityChecks', 'ServerlessChecks'];

const stack = new Stack(new App({ analyticsReporting: false }), 'Template');
new CfnInclude(stack, 'Included', { templateFile: process.argv[3] });
const found = [];
for (const pack of PACKS) {
  for (const violation of new nag[pack]().validateScope(stack).violations) {
    for (const resource of violation.violatingResources) {
      found.push([violation.ruleName, resource.constructPath.split('/').pop()]);
    }
  }
}
console.log(JSON.stringify(found));
