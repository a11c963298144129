"""Entry point of both ways to AWS: settings, the platform, its outputs."""

import pulumi_aws as aws

from cloudformation.program import export
from components.layer import Context
from components.settings import TapSettings, check_region
from components.tap_stack import TapStack

settings = TapSettings.load()
context = Context(
    suffix=settings.environment_suffix,
    account_id=aws.get_caller_identity().account_id,
    partition=aws.get_partition().partition,
    region=check_region(aws.get_region().region),
    zones=tuple(aws.get_availability_zones(state="available").names),
)
stack = TapStack(context, settings)
for name, output in stack.outputs.items():
    export(name, output.value, output.description)
