"""Entry point of the policy pack. Pulumi runs this folder; nothing else builds the pack."""

import sys
from pathlib import Path

# Pulumi puts this folder on the path, where its modules would hide others of the same name; the package's parent is
# what belongs there.
FOLDER = Path(__file__).resolve().parent
sys.path[:] = [str(FOLDER.parent), *(entry for entry in sys.path if Path(entry).resolve() != FOLDER)]

from pulumi_policy import EnforcementLevel, PolicyPack  # noqa: E402

from policies import serving  # noqa: E402
from policies.crossguard import policies  # noqa: E402

serving.install()
PolicyPack(serving.NAME, list(policies()), enforcement_level=EnforcementLevel.MANDATORY)
