"""Compiles a Pulumi program to a CloudFormation template, losslessly, for a listed set of resource types."""
