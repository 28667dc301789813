"""Calendar files in, listed hearings and bad rows out; one mapping describes one source."""

from notifier.importers.mapping import SourceMapping
from notifier.importers.mapping_file import load_mapping
from notifier.importers.reading import BYTES_MAX, read_list
from notifier.importers.shelf import find_mapping, shipped_mappings

__all__ = [
    "BYTES_MAX",
    "SourceMapping",
    "find_mapping",
    "load_mapping",
    "read_list",
    "shipped_mappings",
]
