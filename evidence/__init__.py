"""Evidence for people: what an auditor, an operator or a founder looks at before reading the template.

Everything here is computed from the recorded program, the rules and the specs. Nothing is typed in but the price table
and the workload, which are data with a source for each figure.
"""
