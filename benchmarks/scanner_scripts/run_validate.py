"""Prints what cloudformation-validate finds in a template, as JSON: [[rule, logical id], ...].

Arguments: the template, the Region. Runs in the scanners' own virtual environment.
"""

import json
import sys

from cloudformation_validate import CompositeEngine, PseudoParameterOverrides, ValidateConfig

template, region = sys.argv[1:]
config = ValidateConfig(pseudo_parameter_overrides=PseudoParameterOverrides(region=region))
report = CompositeEngine().validate_template(template, config)
print(json.dumps([[item.rule_id, item.entity.logical_id if item.entity else ""] for item in report.diagnostics]))
