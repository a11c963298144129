"""Functions that do in a CloudFormation stack what Pulumi's provider does by itself; each runs as inline code."""
