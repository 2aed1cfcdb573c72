"""The workloads, each measured beside its floor in the same run."""
