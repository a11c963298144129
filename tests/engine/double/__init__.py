"""A provider double for AWS: a process that speaks the provider protocol and takes its schema from pulumi_aws.

It is no AWS provider and knows nothing of AWS beyond what the installed SDK declares and the tables in
:mod:`identifiers` say. It refuses inputs that the SDK does not know, that are missing, or of another type; makes up
ids and outputs that are the same in every run; and writes down what it was asked to do.

What the real provider does and this one does not: names for unnamed resources (here they follow from the Pulumi
name), the provider's own default values, and conversions between text, numbers and truth values (refused here).
"""
