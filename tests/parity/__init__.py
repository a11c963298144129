"""Do both ways to AWS ask for the same? Every input of every resource, compared in one normal form.

One side is what the Pulumi program asks its provider for, after the provider's Check (the engine harness with its
provider double). The other is what the emulated CloudFormation makes of the template's properties, with all functions
worked out. Both get the same settings.

Nothing of the compiler takes part in the comparison. How a resource is named on the other side (:mod:`.pairs`), how a
property is (:mod:`.paths`), what an attribute is (:mod:`.references`) and what differs for which reason
(:mod:`.differences`) is written down here a second time, from the documentation of AWS and of the provider. A mapping
that both had wrong in the same way would go unnoticed; :mod:`.back_ends` therefore also asks the services themselves.
"""
