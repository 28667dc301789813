"""The schema's history: numbered steps, expand first, contract a release later."""
