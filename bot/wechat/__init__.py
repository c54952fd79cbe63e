"""The WeChat official-account protocol and nothing else."""
