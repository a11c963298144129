"""Compiles CloudFormation templates backwards, by the same data by which programs are compiled forwards."""
