"""The platform with as many stages as the variable STAGES asks for. It runs beside a copy of ``components/``."""

import os

import pulumi_aws as aws

from cloudformation.program import export
from components.layer import Context
from components.settings import TapSettings
from components.streaming import PipelineSpec, StageSpec
from components.tap_stack import TapSpec, TapStack

settings = TapSettings.load()
context = Context(
    suffix=settings.environment_suffix,
    account_id=aws.get_caller_identity().account_id,
    partition=aws.get_partition().partition,
    region=aws.get_region().region,
    zones=tuple(aws.get_availability_zones(state="available").names),
)
stages = tuple(StageSpec(f"stage{number}") for number in range(int(os.environ["STAGES"])))
stack = TapStack(context, settings, TapSpec(pipeline=PipelineSpec(stages)))
for name, output in stack.outputs.items():
    export(name, output.value, output.description)
