"""How this installation is configured and what its organisation wants; read once, at start."""

from notifier.settings.policy import load_policy, policy_fingerprint
from notifier.settings.reading import CONFIG_VARIABLE, load
from notifier.settings.schema import Settings

__all__ = ["CONFIG_VARIABLE", "Settings", "load", "load_policy", "policy_fingerprint"]
