"""The same resources as a CDK app in Python and in JavaScript, made from the template."""
