"""The emulated AWS account: who owns it, where it is, and what stands in it before the first stack."""

from __future__ import annotations

ACCOUNT_ID = "123456789012"
REGION = "eu-west-1"
PARTITION = "aws"
URL_SUFFIX = "amazonaws.com"
ZONES = tuple(f"{REGION}{letter}" for letter in "abc")

CERTIFICATE_ARN = f"arn:{PARTITION}:acm:{REGION}:{ACCOUNT_ID}:certificate/00000000-0000-4000-8000-000000000001"
"""A certificate that is always there: load balancers refuse a listener whose certificate does not exist."""

TEMPLATE_BUCKET = f"emulator-templates-{ACCOUNT_ID}"
"""A bucket that is always there, for templates above the 51,200 bytes that fit into a request."""

# Any key pair will do: the emulator does not check signatures.
CREDENTIALS = {"AWS_ACCESS_KEY_ID": "emulator", "AWS_SECRET_ACCESS_KEY": "emulator"}
