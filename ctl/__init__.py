"""Configures, supervises and maintains a container registry beside a self-managed GitLab."""

__version__ = "0.1.0"
