"""A hearing's life, one file per step: intake, plan, dispatch, follow up, upkeep. Start here.

Each step is conducted by one function that gathers, asks the core, and applies.
"""
